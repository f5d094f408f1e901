"""Code that is a folder of this machine: S3Bucket "hot-reload" and an absolute path as S3Key."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest
from tests.service.lambda_.conftest import FAST, ROLE, RUNTIME, zipped

from lambent.core.errors import StartupError
from lambent.core.sessions import SessionSeal
from lambent.core.source_folders import permission
from lambent.store.folder import Folder
from lambent.testing import LocalPlatform

ANSWER = "def handler(event, context):\n    return {!r}\n"


@pytest.fixture(scope="module")
def allowed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("allowed")


@pytest.fixture(scope="module")
def serving(allowed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPlatform]:
    """A platform that may serve functions from a folder."""
    with LocalPlatform(data=tmp_path_factory.mktemp("data"), source_folders=(allowed,)) as platform:
        yield platform


@pytest.fixture
def client(serving: LocalPlatform, account: str) -> Callable[..., Any]:
    def make(service: str) -> Any:
        keys = {"aws_access_key_id": account, "aws_secret_access_key": "x", "region_name": "us-east-1"}
        return boto3.client(service, endpoint_url=serving.url, **keys)

    return make


@pytest.fixture
def source(allowed: Path, account: str) -> Path:
    folder = allowed / account
    folder.mkdir()
    (folder / "app.py").write_text(ANSWER.format("first"))
    return folder


def code(folder: Path) -> dict[str, str]:
    return {"S3Bucket": "hot-reload", "S3Key": str(folder)}


def test_an_edit_is_live_at_the_next_invocation(create, invoke, source):
    create(Code=code(source))
    assert invoke() == "first"
    (source / "app.py").write_text(ANSWER.format("again"))
    assert invoke() == "again"


def test_it_is_told_where_the_code_is(create, aws, source):
    told = create(Code=code(source))
    assert told["CodeSize"] == 0
    assert aws.get_function(FunctionName="f")["Code"] == {"RepositoryType": "S3", "Location": source.as_uri()}


def test_a_function_moves_from_a_zip_to_a_folder_and_back(create, aws, invoke, source):
    create(app=ANSWER.format("zip"))
    assert invoke() == "zip"
    aws.update_function_code(FunctionName="f", **code(source))
    aws.get_waiter("function_updated_v2").wait(FunctionName="f", WaiterConfig=FAST)
    assert invoke() == "first"
    aws.update_function_code(FunctionName="f", ZipFile=zipped(app=ANSWER.format("zip again")))
    aws.get_waiter("function_updated_v2").wait(FunctionName="f", WaiterConfig=FAST)
    assert invoke() == "zip again"
    assert "Location" in aws.get_function(FunctionName="f")["Code"]


def test_a_configuration_may_change_while_the_code_is_a_folder(create, update, invoke, source):
    (source / "app.py").write_text("import os\ndef handler(event, context):\n    return os.environ['AB']\n")
    create(Code=code(source), Environment={"Variables": {"AB": "1"}})
    assert invoke() == "1"
    update(Environment={"Variables": {"AB": "2"}})
    assert invoke() == "2"


def test_events_and_published_versions_see_edits_too(create, aws, invoke, source):
    create(Code=code(source), Publish=True)
    assert invoke(Qualifier="1") == "first"
    (source / "app.py").write_text(ANSWER.format("again"))
    assert invoke(Qualifier="1") == "again"


def test_a_syntax_error_is_the_ordinary_answer(create, invoke, source):
    create(Code=code(source))
    (source / "app.py").write_text("def handler(:\n")
    assert invoke()["errorType"] == "Runtime.UserCodeSyntaxError"


def test_a_folder_that_nobody_allowed_is_refused(refused, allowed):
    name, message = refused(
        "create_function", FunctionName="f", Runtime=RUNTIME, Handler="app.handler", Role=ROLE, Code=code(Path("/etc"))
    )
    assert name == "InvalidParameterValueException"
    assert "lambent start --allow-folder /etc" in message
    name, message = refused(
        "create_function", FunctionName="f", Runtime=RUNTIME, Handler="a.b", Role=ROLE, Code=code(allowed / "no")
    )
    assert (name, message.partition(":")[0]) == (
        "InvalidParameterValueException",
        f"The folder {allowed / 'no'} cannot be served from",
    )


def test_a_folder_that_has_gone_is_told_to_who_invokes(create, refused, invoke, source):
    create(Code=code(source))
    moved = source.with_name(f"{source.name}-moved")
    source.rename(moved)
    name, message = refused("invoke", FunctionName="f")
    assert name == "InvalidRuntimeException"
    assert str(source) in message
    moved.rename(source)
    assert invoke() == "first"


def test_the_bucket_of_that_name_is_one_like_others_for_other_keys(client, create, invoke):
    s3 = client("s3")
    s3.create_bucket(Bucket="hot-reload")
    s3.put_object(Bucket="hot-reload", Key="app.zip", Body=zipped(app=ANSWER.format("zip")))
    create(Code={"S3Bucket": "hot-reload", "S3Key": "app.zip"})
    assert invoke() == "zip"


def ask(platform: LocalPlatform, query: dict[str, str]) -> tuple[int, Any]:
    request = urllib.request.Request(f"{platform.url}/_lambent/folders?{urlencode(query)}", method="POST")
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_who_can_read_the_data_directory_allows_a_folder_while_it_runs(serving, create, invoke, tmp_path):
    tmp_path.chmod(0o755)
    (tmp_path / "app.py").write_text(ANSWER.format("allowed"))
    assert ask(serving, {"folder": str(tmp_path)})[0] == 403
    seal = SessionSeal(Folder(serving.platform.folder.path).seal_key())
    assert ask(serving, permission(seal, tmp_path)) == (200, {"allowed": str(tmp_path)})
    create(Code=code(tmp_path))
    assert invoke() == "allowed"


def test_a_function_is_refused_its_folder_by_a_platform_that_may_not_serve_it(tmp_path, account):
    source = tmp_path / "source"
    source.mkdir()
    (source / "app.py").write_text(ANSWER.format("first"))
    data = tmp_path / "data"
    keys = {"aws_access_key_id": account, "aws_secret_access_key": "x", "region_name": "us-east-1"}
    with LocalPlatform(data=data, source_folders=(source,)) as platform:
        aws = boto3.client("lambda", endpoint_url=platform.url, **keys)
        aws.create_function(FunctionName="f", Runtime=RUNTIME, Handler="app.handler", Role=ROLE, Code=code(source))
        aws.get_waiter("function_active_v2").wait(FunctionName="f", WaiterConfig=FAST)
    with LocalPlatform(data=data) as platform:
        aws = boto3.client("lambda", endpoint_url=platform.url, **keys)
        with pytest.raises(aws.exceptions.InvalidRuntimeException, match="may not serve functions from"):
            aws.invoke(FunctionName="f")


def test_a_platform_that_others_reach_does_not_start_with_such_a_permission(tmp_path):
    with (
        pytest.raises(StartupError, match=r"--allow-folder.*loopback"),
        LocalPlatform(data=tmp_path / "data", host="0.0.0.0", auth="signed", source_folders=(tmp_path,)),
    ):
        pass
