"""kill -9 at many points of what lambda is told: everything acknowledged is there, whole, and works."""

import base64
import hashlib
import io
import json
import threading
import urllib.request
import zipfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from tests.lives import Life, living
from tests.service.lambda_.conftest import FAST, ROLE, RUNTIME, zipped

DEADLINE_S = 60.0
POINTS = range(1, 13)  # how much a life is told before it dies
POINTS_EVERY_DAY = (1, 4, 7, 10)  # each life begins where the last was killed, so that these reach all kinds of what is told


class Book:
    """What was acknowledged: each entry is a name of ours and what AWS' answer said of it."""

    def __init__(self) -> None:
        self.functions: dict[str, str] = {}
        self.updates: dict[str, str] = {}
        self.versions: set[tuple[str, str]] = set()
        self.aliases: dict[tuple[str, str], str] = {}
        self.layers: dict[str, str] = {}
        self.deleted: set[str] = set()
        self.count = 0
        self.changed = threading.Condition()

    def acknowledge(self) -> None:
        with self.changed:
            self.count += 1
            self.changed.notify_all()

    def wait_for(self, count: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.count >= count, DEADLINE_S), "the platform acknowledges nothing"


def layer_zip(text: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(zipfile.ZipInfo("python/greeting.py"), f"TEXT = {text!r}\n")
    return content.getvalue()


def code(text: str) -> bytes:
    return zipped(app=f"import greeting\ndef handler(event, context): return [{text!r}, greeting.TEXT]\n")


def digest_of(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def work(platform: Life, life: int, book: Book) -> None:
    """Layer, function, version, alias, new code, again and again until the platform is no more."""
    aws = platform.client("lambda")
    with suppress(BotoCoreError, ClientError):
        for turn in range(1_000):
            name = f"f-{life}-{turn}"
            layer = aws.publish_layer_version(LayerName=name, Content={"ZipFile": layer_zip(name)})
            book.layers[name] = layer["LayerVersionArn"]
            book.acknowledge()
            given = {"Runtime": RUNTIME, "Handler": "app.handler", "Role": ROLE, "Layers": [layer["LayerVersionArn"]]}
            told = aws.create_function(FunctionName=name, Code={"ZipFile": code(name)}, Publish=True, **given)
            book.functions[name] = told["CodeSha256"]
            book.versions.add((name, told["Version"]))
            book.acknowledge()
            aws.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=FAST)
            told = aws.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
            book.aliases[name, "live"] = told["FunctionVersion"]
            book.acknowledge()
            told = aws.update_function_code(FunctionName=name, ZipFile=code(f"{name}-new"))
            book.updates[name] = told["CodeSha256"]
            book.acknowledge()
            if turn:
                aws.delete_function(FunctionName=f"f-{life}-{turn - 1}")
                book.deleted.add(f"f-{life}-{turn - 1}")
                book.acknowledge()


def live_and_be_killed(data: Path, life: int, book: Book, count: int) -> None:
    with living(data) as platform:
        worker = threading.Thread(target=work, args=(platform, life, book))
        worker.start()
        try:
            book.wait_for(book.count + count)
        finally:
            platform.kill()
            worker.join()


def check(platform: Life, book: Book) -> None:
    aws = platform.client("lambda")
    pages = aws.get_paginator("list_functions").paginate(FunctionVersion="ALL")
    there = {(each["FunctionName"], each["Version"]): each for page in pages for each in page["Functions"]}
    for name, digest in book.functions.items():
        if name in book.deleted:
            assert (name, "$LATEST") not in there
        elif (name, "$LATEST") in there or not was_being_deleted(name, book):
            # An update may have been done and not acknowledged any more; one that was acknowledged was done.
            possible = {book.updates[name]} if name in book.updates else {digest, digest_of(code(f"{name}-new"))}
            assert there[name, "$LATEST"]["CodeSha256"] in possible
            assert there[name, "1"]["CodeSha256"] == digest
    for (name, alias), version in book.aliases.items():
        if (name, "$LATEST") in there:
            assert aws.get_alias(FunctionName=name, Name=alias)["FunctionVersion"] == version
    for name, arn in book.layers.items():
        told = aws.get_layer_version_by_arn(Arn=arn)
        with urllib.request.urlopen(told["Content"]["Location"]) as answer:
            assert answer.read() == layer_zip(name)


def was_being_deleted(name: str, book: Book) -> bool:
    """The deletion that follows a function's update may have been done and not acknowledged any more."""
    return name in book.updates


def check_that_all_runs(platform: Life, book: Book) -> None:
    aws = platform.client("lambda")
    pages = aws.get_paginator("list_functions").paginate()
    names = [each["FunctionName"] for page in pages for each in page["Functions"]]
    assert set(names) >= book.functions.keys() - book.updates.keys()
    for name in names:
        # What was being prepared when the platform died is prepared by the next.
        aws.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=FAST)
        aws.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig=FAST)
        latest = json.loads(aws.invoke(FunctionName=name)["Payload"].read())
        assert latest in ([name, name], [f"{name}-new", name])
        if name in book.updates:
            assert latest == [f"{name}-new", name]
        assert json.loads(aws.invoke(FunctionName=f"{name}:1")["Payload"].read()) == [name, name]


@pytest.mark.slow
@pytest.mark.parametrize("points", [POINTS_EVERY_DAY, pytest.param(POINTS, marks=pytest.mark.realtime)], ids=["some", "all"])
def test_what_was_acknowledged_survives_kill_9_at_many_points(tmp_path: Path, points: Sequence[int]) -> None:
    book = Book()
    for life, count in enumerate(points):
        live_and_be_killed(tmp_path, life, book, count)
        with living(tmp_path) as platform:
            check(platform, book)
    with living(tmp_path) as platform:
        check_that_all_runs(platform, book)


def test_a_number_of_a_deleted_version_is_not_given_again_after_kill_9(tmp_path: Path) -> None:
    given = {"Runtime": RUNTIME, "Handler": "app.handler", "Role": ROLE}
    with living(tmp_path) as platform:
        platform.client("lambda").create_function(FunctionName="f", Code={"ZipFile": zipped()}, Publish=True, **given)
        platform.client("lambda").delete_function(FunctionName="f", Qualifier="1")
    with living(tmp_path) as platform:
        platform.client("lambda").get_waiter("function_active_v2").wait(FunctionName="f", WaiterConfig=FAST)
        assert platform.client("lambda").publish_version(FunctionName="f")["Version"] == "2"


def test_blobs_that_nothing_needs_are_swept_by_the_next_life(tmp_path: Path) -> None:
    given = {"FunctionName": "f", "Runtime": RUNTIME, "Handler": "app.handler", "Role": ROLE}
    with living(tmp_path) as platform:
        platform.client("lambda").create_function(**given, Code={"ZipFile": zipped()})
    folder = tmp_path / "blobs" / "lambda"
    orphan = folder / "ab" / ("ab" * 32)
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"put, and never recorded")
    with living(tmp_path) as platform:
        platform.client("lambda").get_waiter("function_active_v2").wait(FunctionName="f", WaiterConfig=FAST)
        while orphan.exists():
            platform.client("lambda").list_functions()
        assert json.loads(platform.client("lambda").invoke(FunctionName="f", Payload=b"1")["Payload"].read()) == 1


def test_a_version_with_snap_start_begins_from_a_template_in_the_next_life_too(tmp_path: Path) -> None:
    app = "import os, uuid\nTOKEN = uuid.uuid4().hex\ndef handler(event, context):\n"
    app += "    return [TOKEN, os.environ['AWS_LAMBDA_INITIALIZATION_TYPE'], os.environ['AWS_LAMBDA_LOG_STREAM_NAME']]\n"
    given = {"FunctionName": "f", "Runtime": RUNTIME, "Handler": "app.handler", "Role": ROLE, "Timeout": 30}
    with living(tmp_path) as platform:
        aws = platform.client("lambda")
        aws.create_function(
            **given, Code={"ZipFile": zipped(app=app)}, SnapStart={"ApplyOn": "PublishedVersions"}, Publish=True
        )
        aws.get_waiter("published_version_active").wait(FunctionName="f", Qualifier="1", WaiterConfig=FAST)
        platform.kill()
    with living(tmp_path) as platform:

        def call() -> list[str]:
            return json.loads(platform.client("lambda").invoke(FunctionName="f:1")["Payload"].read())

        with ThreadPoolExecutor() as threads:
            answers = [each.result() for each in [threads.submit(call) for _ in range(8)]]
    assert {(token, kind) for token, kind, _ in answers} == {(answers[0][0], "snap-start")}
