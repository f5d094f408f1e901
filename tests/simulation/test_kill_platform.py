"""kill -9 of the whole platform under load, again and again on one data directory: all that was acknowledged is there."""

import io
import json
import random
import sys
import threading
import time
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from tests.lives import ACCOUNT, Life, living

CLIENTS = 6
DEADLINE_S = 60.0
LIVES = 12
LIVES_EVERY_DAY = 2
CODE = "def handler(event, context):\n    print('ran', event['id'])\n"
GROUP = "/aws/lambda/echo"


class Book:
    """What the platform has acknowledged, by kind."""

    def __init__(self) -> None:
        self.kept: dict[str, set[str]] = {"object": set(), "group": set(), "event": set(), "invoked": set()}
        self.count = 0
        self.changed = threading.Condition()

    def enter(self, kind: str, name: str) -> None:
        with self.changed:
            self.kept[kind].add(name)
            self.count += 1
            self.changed.notify_all()

    def wait_for(self, count: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.count >= count, DEADLINE_S), "the platform acknowledges nothing"


def prepare(platform: Life) -> None:
    platform.client("s3").create_bucket(Bucket="kept")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("app.py", CODE)
    functions = platform.client("lambda")
    functions.create_function(
        FunctionName="echo",
        Runtime=f"python3.{sys.version_info[1]}",
        Role=f"arn:aws:iam::{ACCOUNT}:role/echo",
        Handler="app.handler",
        Code={"ZipFile": archive.getvalue()},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="echo")
    logs = platform.client("logs")
    logs.create_log_group(logGroupName="events")
    logs.create_log_stream(logGroupName="events", logStreamName="stream")


def work(platform: Life, life: str, number: int, book: Book) -> None:
    """Writes until the platform is no more."""
    s3, logs, functions = (platform.client(service) for service in ("s3", "logs", "lambda"))
    with suppress(BotoCoreError, ClientError):
        for count in range(1_000_000):
            name = f"{life}-{number}-{count}"
            s3.put_object(Bucket="kept", Key=name, Body=name.encode() * 100)
            book.enter("object", name)
            logs.create_log_group(logGroupName=name)
            book.enter("group", name)
            event = {"timestamp": time.time_ns() // 1_000_000, "message": name}
            logs.put_log_events(logGroupName="events", logStreamName="stream", logEvents=[event])
            book.enter("event", name)
            functions.invoke(FunctionName="echo", InvocationType="Event", Payload=json.dumps({"id": name}))
            book.enter("invoked", name)


def live_and_be_killed(data: Path, life: str, book: Book, count: int) -> None:
    with living(data) as platform:
        clients = [threading.Thread(target=work, args=(platform, life, number, book)) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        try:
            book.wait_for(book.count + count)
        finally:
            platform.kill()
            for client in clients:
                client.join()


def check(platform: Life, book: Book) -> None:
    s3, logs = platform.client("s3"), platform.client("logs")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket="kept")
    objects = {item["Key"] for page in pages for item in page.get("Contents", [])}
    assert book.kept["object"] <= objects
    for key in random.sample(sorted(objects), min(40, len(objects))):
        assert s3.get_object(Bucket="kept", Key=key)["Body"].read() == key.encode() * 100
    pages = logs.get_paginator("describe_log_groups").paginate()
    assert book.kept["group"] <= {group["logGroupName"] for page in pages for group in page["logGroups"]}
    assert book.kept["event"] <= set(messages(logs, "events"))
    until = time.monotonic() + DEADLINE_S
    while missing := book.kept["invoked"] - {line.removeprefix("ran ").strip() for line in messages(logs, GROUP)}:
        assert time.monotonic() < until, f"accepted events never ran: {sorted(missing)[:5]}"


def messages(logs: Any, group: str) -> list[str]:
    """What a group holds; nothing while nobody has written to it yet."""
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
    try:
        return [event["message"] for page in pages for event in page["events"]]
    except logs.exceptions.ResourceNotFoundException:
        return []


def lives(data: Path, count: int) -> None:
    book = Book()
    with living(data) as platform:
        prepare(platform)
    for life in range(count):
        live_and_be_killed(data, str(life), book, random.randrange(1, 250))
        with living(data) as platform:
            check(platform, book)


@pytest.mark.slow
@pytest.mark.parametrize("count", [LIVES_EVERY_DAY, pytest.param(LIVES, marks=pytest.mark.realtime)])
def test_a_platform_killed_again_and_again_keeps_all_it_acknowledged(tmp_path, count):
    lives(tmp_path, count)
