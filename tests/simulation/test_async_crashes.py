"""A crash around every commit of an event that fails three times: no attempt is lost or added, and its end is told."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from tests.simulation import remains
from tests.unit.services.lambda_.operations.conftest import FAILED, House

from lambent.store.writer import CommitPoint

QUEUE = "arn:aws:sqs:us-east-1:111111111111:q"
DLQ = "arn:aws:sqs:us-east-1:111111111111:dead"
COMMITS_MAX = 100
DAY_S = 86_400.0


def open_house(folder: Path) -> House:
    """One whose functions all fail, with queues that take everything."""
    house = House(folder)
    house.environments.outcomes = [FAILED] * 100
    house.answers = {
        ("iam", "SimulatePrincipalPolicy"): {"EvaluationResults": [{"EvalDecision": "allowed"}]},
        ("sqs", "GetQueueUrl"): {},
        ("sqs", "SendMessage"): {},
    }
    return house


def told(house: House) -> Counter[str]:
    """How many messages went to which queue."""
    sends = [call for call in house.called("sqs") if call.operation == "SendMessage"]
    return Counter(call.parameters["QueueUrl"].rpartition("/")[2] for call in sends)


class Crash:
    """Keeps what the disk holds around one commit, and what had happened by then."""

    def __init__(self, folder: Path, remains: Path, point: CommitPoint, commit: int) -> None:
        self.house = open_house(folder)
        self.house.probe = self.probe
        self.is_acknowledged = False
        self.was_acknowledged: bool | None = None
        self.attempts = 0
        self.told: Counter[str] = Counter()
        self._remains, self._point, self._commit = remains, point, commit
        self._commits = 0

    def probe(self, point: CommitPoint) -> None:
        self._commits += point is CommitPoint.BEFORE
        if point is self._point and self._commits == self._commit and self.was_acknowledged is None:
            self.was_acknowledged = self.is_acknowledged
            self.attempts, self.told = len(self.house.environments.invoked), told(self.house)
            remains.keep(self.house.folder, self._remains)


async def live(crash: Crash) -> None:
    house = crash.house
    await house.start()
    await house.create(DeadLetterConfig={"TargetArn": DLQ})
    destinations = {"OnFailure": {"Destination": QUEUE}}
    await house("put_function_event_invoke_config", FunctionName="f", DestinationConfig=destinations)
    await house("invoke", request_id="one", FunctionName="f", InvocationType="Event", Payload=b"1")
    crash.is_acknowledged = True
    await house.clock.advance(DAY_S)
    assert len(house.environments.invoked) == 3
    await house.stop()


async def check(folder: Path, crash: Crash) -> None:
    house = open_house(folder)
    await house.start()
    await house.clock.advance(DAY_S)
    attempts, sent = crash.attempts + len(house.environments.invoked), crash.told + told(house)
    assert await house.waiting() == 0
    if crash.was_acknowledged or attempts:
        # What was under way at the crash is done again: one attempt, or the delivery to each of the two.
        assert attempts in (3, 4)
        assert sent["q"] in (1, 2)
        assert sent["dead"] in (1, 2)
    await house.stop()


@pytest.mark.parametrize("point", CommitPoint)
def test_no_crash_loses_or_adds_an_attempt_or_keeps_its_end_to_itself(tmp_path: Path, point: CommitPoint) -> None:
    for commit in range(1, COMMITS_MAX):
        crash = Crash(tmp_path / str(commit), tmp_path / f"{commit}+", point, commit)
        asyncio.run(live(crash))
        if crash.was_acknowledged is None:
            assert commit > 8
            return
        asyncio.run(check(tmp_path / f"{commit}+", crash))
    raise AssertionError(f"more than {COMMITS_MAX} commits")
