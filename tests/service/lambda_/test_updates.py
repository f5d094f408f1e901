"""The life of an update: what runs while it is in progress, after it has failed, and when it is done."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import WaiterError
from tests.service.lambda_.conftest import FAST, zipped

from lambent.core.ports import BadArchive, EnvironmentSpec
from lambent.environments.pool import Pool

ANSWER = "import os\ndef handler(event, context): return [{!r}, os.environ.get('STAGE')]\n"


class Preparing:
    """Nothing is made ready while the gate is closed, or where there is a fault (as on a disk that is full)."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.fault: Exception | None = None


@pytest.fixture
def preparing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Preparing]:
    preparing, prepare = Preparing(), Pool.prepare

    async def patient(pool: Pool, spec: EnvironmentSpec) -> None:
        await asyncio.to_thread(preparing.gate.wait)
        if preparing.fault is not None:
            raise preparing.fault
        await prepare(pool, spec)

    monkeypatch.setattr(Pool, "prepare", patient)
    yield preparing
    preparing.gate.set()


def wait_for(aws: Any, waiter: str = "function_updated_v2") -> None:
    aws.get_waiter(waiter).wait(FunctionName="f", WaiterConfig=FAST)


def status(aws: Any) -> list[str | None]:
    told = aws.get_function(FunctionName="f")["Configuration"]
    return [told["State"], told["LastUpdateStatus"], told.get("LastUpdateStatusReasonCode")]


def change_code(aws: Any) -> None:
    aws.update_function_code(FunctionName="f", ZipFile=zipped(app=ANSWER.format("new")))


def change_configuration(aws: Any) -> None:
    aws.update_function_configuration(FunctionName="f", Environment={"Variables": {"STAGE": "new"}})


@pytest.mark.parametrize(
    ("change", "after"),
    [(change_code, ["new", "old"]), (change_configuration, ["old", "new"])],
    ids=["code", "configuration"],
)
def test_what_was_there_before_runs_while_an_update_is_in_progress(
    create: Any, invoke: Any, aws: Any, preparing: Preparing, change: Callable[[Any], None], after: list[str]
):
    create(app=ANSWER.format("old"), Environment={"Variables": {"STAGE": "old"}})
    aws.create_alias(FunctionName="f", Name="live", FunctionVersion="$LATEST")
    assert invoke() == ["old", "old"]
    preparing.gate.clear()
    change(aws)
    assert status(aws) == ["Active", "InProgress", "Creating"]
    wait_for(aws, "function_active_v2")
    for qualifier in ("$LATEST", "live"):
        assert invoke(Qualifier=qualifier) == ["old", "old"]
    arn = aws.get_function_configuration(FunctionName="f")["FunctionArn"]
    refusals = [
        lambda: change_code(aws),
        lambda: change_configuration(aws),
        lambda: aws.publish_version(FunctionName="f"),
    ]
    for refused in refusals:
        with pytest.raises(aws.exceptions.ResourceConflictException) as caught:
            refused()
        assert caught.value.response["Error"]["Message"] == (
            f"The operation cannot be performed at this time. An update is in progress for resource: {arn}"
        )
    preparing.gate.set()
    wait_for(aws)
    for qualifier in ("$LATEST", "live"):
        assert invoke(Qualifier=qualifier) == after
    assert status(aws) == ["Active", "Successful", None]


def test_what_was_there_before_runs_after_failed_updates_until_one_succeeds(
    create: Any, update: Any, invoke: Any, aws: Any, preparing: Preparing
):
    create(app=ANSWER.format("old"), Environment={"Variables": {"STAGE": "old"}})
    aws.create_alias(FunctionName="f", Name="live", FunctionVersion="$LATEST")
    preparing.fault = BadArchive("it cannot be read")
    change_code(aws)
    with pytest.raises(WaiterError, match='matched expected path: "Failed"'):
        wait_for(aws)
    assert status(aws) == ["Active", "Failed", "InvalidZipFileException"]
    told = aws.get_function_configuration(FunctionName="f")
    assert told["LastUpdateStatusReason"] == "Lambda could not unzip the deployment package: it cannot be read"
    with pytest.raises(WaiterError):
        update(Environment={"Variables": {"STAGE": "new"}})
    assert aws.get_function_configuration(FunctionName="f")["Environment"]["Variables"] == {"STAGE": "new"}
    for qualifier in ("$LATEST", "live"):
        assert invoke(Qualifier=qualifier) == ["old", "old"]
    preparing.fault = None
    update(app=ANSWER.format("mended"))
    assert status(aws) == ["Active", "Successful", None]
    assert invoke() == ["mended", "new"]


def test_a_version_that_could_not_be_made_ready_is_published_anew_when_its_cause_is_mended(
    create: Any, aws: Any, invoke: Any, preparing: Preparing
):
    create(app=ANSWER.format("old"))
    preparing.fault = BadArchive("it cannot be read")
    change_code(aws)
    with pytest.raises(WaiterError):
        wait_for(aws)
    assert aws.publish_version(FunctionName="f")["Version"] == "1"
    with pytest.raises(WaiterError):
        aws.get_waiter("published_version_active").wait(FunctionName="f", Qualifier="1", WaiterConfig=FAST)
    preparing.fault = None
    change_code(aws)
    wait_for(aws)
    assert aws.publish_version(FunctionName="f")["Version"] == "2"
    aws.get_waiter("published_version_active").wait(FunctionName="f", Qualifier="2", WaiterConfig=FAST)
    assert invoke(Qualifier="2") == ["new", None]
    assert aws.publish_version(FunctionName="f")["Version"] == "2"


def test_a_layer_that_is_not_there_is_refused_and_no_update_begins(create: Any, aws: Any):
    arn = create()["FunctionArn"].replace("function:f", "layer:none:1")
    before = aws.get_function_configuration(FunctionName="f")
    with pytest.raises(aws.exceptions.InvalidParameterValueException):
        aws.update_function_configuration(FunctionName="f", Layers=[arn])
    assert aws.get_function_configuration(FunctionName="f")["RevisionId"] == before["RevisionId"]
