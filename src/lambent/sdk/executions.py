"""An execution of a pipeline's state machine: its status, its result, or why there is none."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import ChainMap
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from lambent.sdk.errors import Failure, RemoteError, exception_of
from lambent.sdk.keys import MissingKey
from lambent.sdk.values import loads, revived

if TYPE_CHECKING:
    from lambent.sdk.clients import Target
    from lambent.sdk.pipelines import Pipeline

B = TypeVar("B")

_ASKED_EVERY_S_MIN, _ASKED_EVERY_S_MAX = 0.01, 1.0
"""Step Functions tells nobody that an execution has ended; one has to ask."""
_GROWTH = 1.3
_OURS = re.compile(r"(MissingKey|TypeError): ([^\n]*)\Z")
"""What ``$error`` in our expressions says, at the end of AWS' sentence."""


class ExecutionFailed(RemoteError):
    """An execution ended without a result. ``type`` is its error, ``message`` its cause, ``status`` as Step Functions says."""

    status: str = "FAILED"

    def __str__(self) -> str:
        return f"the execution {self.failure.function} ended {self.status}: {self.type}: {self.message}"


class Execution(Generic[B]):
    """One run of a state machine. It goes on, whether anybody waits for it or not. ``await`` gives its result too."""

    def __init__(self, arn: str, target: Target, pipeline: Pipeline[Any, B]) -> None:
        self.arn = arn
        self._target, self._pipeline = target, pipeline
        self._ended: dict[str, Any] | None = None

    def __repr__(self) -> str:
        return f"<execution {self.arn}>"

    @property
    def name(self) -> str:
        return self.arn.rpartition(":")[2]

    @property
    def status(self) -> str:
        """RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED."""
        return str(self.describe()["status"])

    def describe(self) -> dict[str, Any]:
        """All that Step Functions tells of it."""
        if self._ended is not None:
            return self._ended
        told: dict[str, Any] = self._client.describe_execution(executionArn=self.arn)
        if told["status"] not in ("RUNNING", "PENDING_REDRIVE"):
            self._ended = told
        return told

    def done(self) -> bool:
        return self._ended is not None or self.status not in ("RUNNING", "PENDING_REDRIVE")

    def result(self, timeout_s: float | None = None) -> B:
        """Waits for the end. Raises what a function raised, ExecutionFailed for other ends, TimeoutError."""
        wait_s, deadline = _ASKED_EVERY_S_MIN, None if timeout_s is None else time.monotonic() + timeout_s
        while not self.done():
            if deadline is not None:
                wait_s = min(wait_s, deadline - time.monotonic())
                if wait_s <= 0:
                    raise TimeoutError(f"{self.arn} runs on after {timeout_s} s")
            time.sleep(wait_s)
            wait_s = min(wait_s * _GROWTH, _ASKED_EVERY_S_MAX)
        return self._outcome()

    def exception(self, timeout_s: float | None = None) -> Exception | None:
        """What ``result`` would raise. Raises TimeoutError."""
        try:
            self.result(timeout_s)
        except TimeoutError:
            if not self.done():
                raise
            return self._failure(self.describe())
        except Exception as error:  # noqa: BLE001 - it is what was asked for
            return error
        return None

    def __await__(self) -> Generator[Any, None, B]:
        return self._awaited().__await__()

    async def _awaited(self) -> B:
        wait_s = _ASKED_EVERY_S_MIN
        while not await asyncio.to_thread(self.done):
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * _GROWTH, _ASKED_EVERY_S_MAX)
        return await asyncio.to_thread(self._outcome)

    def stop(self, error: str | None = None, cause: str | None = None) -> None:
        """Ends it as ABORTED. Functions that are being called run to their end."""
        given = {"error": error, "cause": cause}
        self._client.stop_execution(
            executionArn=self.arn, **{name: value for name, value in given.items() if value is not None}
        )

    @property
    def _client(self) -> Any:
        return self._target.client("stepfunctions")

    def _outcome(self) -> B:
        told = self.describe()
        if told["status"] == "SUCCEEDED":
            return decoded(self._pipeline, loads(told["output"].encode()))  # type: ignore[no-any-return]
        raise self._failure(told)

    # ---- why there is none -------------------------------------------------------------------------------------------------

    def _failure(self, told: dict[str, Any]) -> Exception:
        error, cause = str(told.get("error") or told["status"]), str(told.get("cause") or "")
        if error == "States.ExceedToleratedFailureThreshold":
            error, cause = self._first_of_map() or (error, cause)
        failed = ExecutionFailed(Failure(error, cause, function=self.arn))
        failed.status = str(told["status"])
        raised = self._of_function(error, cause) or _of_expression(error, cause)
        if raised is None:
            return failed
        if raised.__cause__ is None:
            raised.__cause__ = failed
        return raised

    def _of_function(self, error: str, cause: str) -> Exception | None:
        """Lambda's causes are the payload of the function's error."""
        try:
            payload = json.loads(cause)
        except ValueError:
            return None
        if not isinstance(payload, dict) or payload.get("errorType") != error:
            return None
        namespace = ChainMap(*(dict(function.namespace) for function in self._pipeline.functions))
        request_id = str(payload.get("requestId") or "")
        return exception_of(Failure.of(payload, function=self.arn, request_id=request_id), namespace)

    def _first_of_map(self) -> tuple[str, str] | None:
        """The error and cause of a child execution that failed: of a distributed Map the execution itself tells none."""
        client = self._client
        for run in client.list_map_runs(executionArn=self.arn)["mapRuns"]:
            for child in client.list_executions(mapRunArn=run["mapRunArn"], statusFilter="FAILED", maxResults=1)["executions"]:
                told = client.describe_execution(executionArn=child["executionArn"])
                return str(told.get("error", "")), str(told.get("cause", ""))
        return None


def _of_expression(error: str, cause: str) -> Exception | None:
    found = (
        _OURS.search(cause.rsplit("threw an error during evaluation.", 1)[-1])
        if error == "States.QueryEvaluationError"
        else None
    )
    if found is None:
        return None
    return MissingKey(found[2]) if found[1] == "MissingKey" else TypeError(found[2])


def decoded(step: Any, value: Any) -> Any:
    """The value as the step gives it where it is called: by the type hints of its function."""
    from lambent.sdk.functions import Function
    from lambent.sdk.mapping import Map, Starred
    from lambent.sdk.pipelines import Partial, Pipeline

    if isinstance(step, Function):
        return step.decode(value)
    if isinstance(step, Pipeline):
        return _decoded_after(step.steps, value)
    if isinstance(step, Map) and isinstance(value, list):
        return [decoded(step.step, each) for each in value]
    if isinstance(step, Partial | Starred):
        return decoded(step.step, value)
    return revived(value)


def _decoded_after(steps: Sequence[Any], value: Any) -> Any:
    """What the last step gives. Steps that only choose, sort or put together leave each item as the step before made it."""
    from lambent.sdk.collections import Batched, DistinctBy, Filter, GroupBy, SortBy

    if not steps:
        return revived(value)
    last, before = steps[-1], steps[:-1]
    if isinstance(last, DistinctBy | Filter | SortBy):
        return _decoded_after(before, value)
    if isinstance(last, Batched):
        return [_decoded_after(before, batch) for batch in value]
    if isinstance(last, GroupBy):
        return [{**group, "items": _decoded_after(before, group["items"])} for group in value]
    return decoded(last, value)
