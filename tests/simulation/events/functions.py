"""Functions that are no processes: they take time, fail and are missed by the platform as the seed says."""

import asyncio
import base64
import json
import random
from typing import Any

from tests.simulation.events import streams
from tests.simulation.events.town import POISON
from tests.simulation.events.watch import Watch

from lambent.core.clock import VirtualClock
from lambent.core.ports import EnvironmentSpec, Invocation, Outcome, Provisioned, RuntimeUnavailable

FAILED = Outcome(payload=b'{"errorMessage": "no", "errorType": "Exception"}', function_error="Unhandled")
NOT_STARTED = Outcome(payload=b'{"errorMessage": "no", "errorType": "Sandbox.Failure"}', function_error="Unhandled")
SYSTEM_FAILURES = 0.2  # of all failures


class Functions:
    """The environments of one process. ``failing``: how often a call of a function fails that could succeed."""

    def __init__(self, watch: Watch, fate: Any, chance: random.Random, clock: VirtualClock) -> None:
        self.failing = 0.0
        self.takes_s_max = 0.0
        self.reports_failures = False
        self._watch = watch
        self._fate = fate
        self._chance = chance
        self._clock = clock

    async def prepare(self, spec: EnvironmentSpec) -> None:
        pass

    async def ready_runtime(self, runtime: str) -> None:
        pass

    async def provision(self, spec: EnvironmentSpec, count: int) -> Provisioned:
        return self.provisioned(spec.key)

    def provisioned(self, key: str) -> Provisioned:
        return Provisioned(0, 0, 0)

    async def retire(self, key: str) -> None:
        pass

    async def retire_account(self, account: str | None) -> None:
        pass

    async def invoke(self, spec: EnvironmentSpec, invocation: Invocation, stream: Any = None) -> Outcome:
        await self._fate.alive()
        chance = self._chance
        if chance.random() < self.failing * SYSTEM_FAILURES:
            if chance.random() < 0.5:
                raise RuntimeUnavailable("python3.12", "simulated")
            return NOT_STARTED
        name, records = spec.function_name, _records(invocation.payload)
        if name in streams.FUNCTIONS.values():
            return await self._follow(name, invocation)
        self._watch.entered(name, invocation.request_id, records)
        await self._take_time()
        outcome, handled = self._outcome(name, invocation, records)
        self._watch.left(name, invocation.request_id, records, handled, has_failed=outcome.function_error is not None)
        return outcome

    async def _take_time(self) -> None:
        chance = self._chance
        if self.takes_s_max and chance.random() < 0.3:
            await self._clock.sleep_until(self._clock.now() + chance.uniform(0, self.takes_s_max))
        else:
            for _ in range(chance.randrange(4)):
                await asyncio.sleep(0)
        await self._fate.alive()

    async def _follow(self, name: str, invocation: Invocation) -> Outcome:
        """A batch of records of a stream: fails at the first that it cannot handle."""
        records, watch = json.loads(invocation.payload)["Records"], self._watch
        watch.note("enter", name, invocation.request_id, *map(streams.sequence_of, records))
        watch.records.entered(invocation.request_id, records)
        await self._take_time()
        good = next((number for number, each in enumerate(records) if self._is_bad(each)), len(records))
        settings = watch.records.settings
        assert settings is not None
        is_whole = good == len(records) or settings.reports_failures
        watch.note("leave", name, invocation.request_id, good, "of", len(records))
        watch.records.left(invocation.request_id, records[:good] if is_whole else [])
        if not is_whole:
            return FAILED
        failures = [{"itemIdentifier": str(streams.sequence_of(each))} for each in records[good:]]
        return Outcome(payload=json.dumps({"batchItemFailures": failures}).encode())

    def _is_bad(self, record: Any) -> bool:
        if "kinesis" in record:
            kind = json.loads(base64.b64decode(record["kinesis"]["data"]))["kind"]
        else:
            kind = record["dynamodb"]["NewImage"]["kind"]["S"]
        return kind == POISON or self._chance.random() < self.failing

    def _outcome(self, name: str, invocation: Invocation, records: list[Any]) -> tuple[Outcome, list[Any]]:
        if name == "auditor":
            return Outcome(payload=b"null"), []
        if self._chance.random() < self.failing or (
            b'"kind": "poison"' in invocation.payload.replace(b"\\", b"") and not records
        ):
            return FAILED, []
        if not records:
            return Outcome(payload=b'{"done": true}'), []
        handled = []
        for record in records:
            is_bad = json.loads(record["body"])["kind"] == POISON or self._chance.random() < self.failing / 2
            if not is_bad:
                handled.append(record)
            elif name == "orderer":
                break  # what stands behind it in its group must not overtake it
        if len(handled) == len(records):
            return Outcome(payload=b"null"), handled
        if not self.reports_failures:
            return FAILED, []
        left = [record for record in records if record not in handled]
        answer = {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in left]}
        return Outcome(payload=json.dumps(answer).encode()), handled


def _records(payload: bytes) -> list[Any]:
    """Those of a queue."""
    event = json.loads(payload)
    records = event.get("Records", []) if isinstance(event, dict) else []
    return [record for record in records if record.get("eventSource") == "aws:sqs"]
