"""A durable execution from its start to its end: started, invoked, answered, resumed by time, stopped, forgotten.

https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from lambent.core import ids
from lambent.core.clock import NEVER, Instant, iso
from lambent.core.context import Context, Scope
from lambent.durable.outbox import Outbox
from lambent.durable.tables import Timer
from lambent.durable.timers import Timers
from lambent.services.lambda_.engine import limits
from lambent.services.lambda_.engine.durable import answers, history, updates
from lambent.services.lambda_.engine.durable.answers import CRASHED, INVALID, PENDING, SUCCEEDED, Answer
from lambent.services.lambda_.engine.durable.draft import TIMER, Draft
from lambent.services.lambda_.engine.durable.errors import (
    DurableExecutionAlreadyStarted,
    DurableExecutionIs,
    DurableExecutionMissing,
    DurableExecutionRuns,
)
from lambent.services.lambda_.engine.durable.names import ExecutionKey, Token
from lambent.services.lambda_.engine.durable.operations import EXECUTION, FAILED, STARTED, STOPPED, TIMED_OUT, Operation
from lambent.services.lambda_.engine.durable.updates import Change
from lambent.services.lambda_.engine.identifiers import FunctionName
from lambent.services.lambda_.engine.settings import Durable
from lambent.services.lambda_.tables import durable
from lambent.services.lambda_.tables.durable import PAUSED, PAUSING, RUNNING, Execution, Origin, Outcome, Pause
from lambent.store.database import Transaction

RETENTION = "lambda.durable-retention"
DAY_S = 86_400.0
SERVICE = "lambda.amazonaws.com"
STATUS_CHANGE = "Durable Execution Status Change"
NOTHING_PENDING = "Cannot return PENDING status with no pending operations."
DEAD_LETTER_STATUSES = (FAILED, TIMED_OUT)

Post = Callable[[Transaction], None]


class Start(Struct, frozen=True):
    """An execution that is asked for. ``version``: "$LATEST" or digits; ``input``: JSON text, None for none."""

    function: FunctionName
    version: str
    durable: Durable
    name: str | None
    input: str | None
    origin: Origin


class Begun(Struct, frozen=True):
    """An invocation that is to be made now."""

    execution: Execution
    payload: bytes


class Lifecycle:
    """Every method is one transaction's work, or part of one."""

    def __init__(self, *, timers: Timers, retention: Timers, outbox: Outbox) -> None:
        """``retention``: timers whose alarms are housekeeping."""
        self.timers = timers
        self.retention = retention
        self.outbox = outbox
        timers.on(TIMER, self._fire)
        retention.on(RETENTION, _expire)

    def start(self, tx: Transaction, start: Start, now: Instant) -> Execution:
        """The execution of this name, a new one where there is none. Raises DurableExecutionAlreadyStarted for another."""
        if start.name is not None and (found := durable.find_named(tx, start.function, start.name)) is not None:
            root = durable.find_operation(tx, found.key, found.id)
            if found.version != start.version or root is None or root.input != start.input:
                raise DurableExecutionAlreadyStarted(arn=found.arn)
            return found
        execution_id = ids.uuid4()
        execution = Execution(
            scope=start.function.scope,
            id=execution_id,
            function_name=start.function.name,
            version=start.version,
            name=start.name or ids.uuid4(),
            status=RUNNING,
            started_at=now,
            ended_at=0.0,
            timeout_s=start.durable.timeout_s,
            retention_days=start.durable.retention_days,
            origin=start.origin,
        )
        durable.insert_execution(tx, execution)
        root = Operation(execution_id, EXECUTION, STARTED, 0, now, name=execution.name, input=start.input)
        draft = Draft(tx, execution, now)
        draft.put(Change(root, history.execution_started(root, execution.timeout_s)))
        draft.want()
        draft.save(self.timers)
        self._publish(draft)
        return draft.execution

    def begin(self, tx: Transaction, key: ExecutionKey, invocation: str, now: Instant) -> Begun | None:
        """Makes ``invocation`` the one that may write checkpoints. None where none is wanted (any more)."""
        execution = durable.find_execution(tx, key)
        if execution is None or not execution.is_running or not execution.is_wanted or execution.invocation:
            return None
        if execution.status in (PAUSING, PAUSED):
            self._pause_now(tx, execution, now)
            return None
        updated = durable.list_ids_changed(tx, key, execution.seen, limits.DURABLE_ITEMS_MAX)
        page = durable.page(tx, key, 0, count_max=limits.DURABLE_ITEMS_MAX, bytes_max=limits.DURABLE_PAGE_BYTES_MAX)
        draft = Draft(tx, execution, now)
        draft.set(
            invocation=invocation, is_wanted=False, seen=execution.changes, last_client_token="", last_seen=execution.changes
        )
        draft.save(self.timers)
        token = Token(key.id, invocation, execution.sequence).text
        payload = answers.event(
            execution.arn, token, page.operations, next_marker=marker(page.next_position), updated_ids=updated
        )
        return Begun(draft.execution, payload)

    def finish(
        self, tx: Transaction, key: ExecutionKey, invocation: str, answer: Answer, began_at: Instant, now: Instant
    ) -> None:
        """What an invocation has answered. One that is no longer the execution's has nothing to say."""
        execution = durable.find_execution(tx, key)
        if execution is None or execution.invocation != invocation:
            return
        draft = Draft(tx, execution, now)
        draft.set(invocation="")
        draft.tell(history.invocation_completed(invocation, began_at, now, answer.error))
        # One that a pause has broken off could not write down what it did since: it is made again.
        if execution.is_running and not is_interrupted(execution):
            self._take(draft, answer)
        if draft.execution.status == PAUSING:
            self.settle_pause(draft)
        draft.save(self.timers)

    def put_off(self, tx: Transaction, key: ExecutionKey, invocation: str, due_at: Instant) -> None:
        """An invocation that has not reached the function, or could not even be begun, is made later."""
        execution = durable.find_execution(tx, key)
        if execution is None:
            return
        is_unbegun = execution.invocation == "" and execution.is_wanted
        if execution.invocation == invocation or is_unbegun:
            durable.update_execution(tx, _wanted(execution, due_at))

    def fail(self, tx: Transaction, key: ExecutionKey, error: dict[str, Any], now: Instant) -> None:
        """Ends an execution whose function cannot be invoked any more."""
        execution = durable.find_execution(tx, key)
        if execution is not None and execution.is_running:
            draft = Draft(tx, execution, now)
            draft.set(invocation="")
            self.close(draft, FAILED, error=error)
            draft.save(self.timers)

    def stop(self, tx: Transaction, key: ExecutionKey, error: dict[str, Any], now: Instant) -> Instant:
        """When it ended: now, or when it had ended before."""
        execution = found(tx, key)
        if not execution.is_running:
            return execution.ended_at
        draft = Draft(tx, execution, now)
        self.close(draft, STOPPED, error=error)
        draft.save(self.timers)
        return now

    def pause(self, tx: Transaction, key: ExecutionKey, wanted: Pause) -> None:
        """No invocation begins from now on; one that runs is broken off at its next checkpoint.

        Raises DurableExecutionIs.

        https://docs.aws.amazon.com/lambda/latest/dg/durable-pause-resume.html
        """
        execution, now = found(tx, key), wanted.requested_at
        last = execution.pause
        if last is not None and _is_repeated(wanted.client_token, now, last.client_token, last.requested_at):
            return
        if execution.status != RUNNING:
            raise DurableExecutionIs(arn=execution.arn, wanted="paused", status=execution.status)
        draft = Draft(tx, execution, now)
        kept = Pause(now, False, "") if last is None else last
        wanted = replace(
            wanted,
            lasted_s=kept.lasted_s,
            resumed_at=kept.resumed_at,
            resume_token=kept.resume_token,
            interrupted=kept.interrupted,
        )
        draft.set(status=PAUSING, pause=wanted)
        if execution.invocation:
            self._publish(draft)
        else:
            self.settle_pause(draft)
        draft.save(self.timers)

    def resume(self, tx: Transaction, key: ExecutionKey, client_token: str, reason: str | None, now: Instant) -> None:
        """Raises DurableExecutionIs."""
        execution = found(tx, key)
        pause = execution.pause
        if pause is not None and _is_repeated(client_token, now, pause.resume_token, pause.resumed_at):
            return
        if execution.status not in (PAUSING, PAUSED):
            raise DurableExecutionIs(arn=execution.arn, wanted="resumed", status=execution.status)
        assert pause is not None, "who is paused has been asked to"
        has_paused = execution.status == PAUSED
        lasted_s = now - pause.paused_at if has_paused and pause.is_timeout_paused else 0.0
        pause = replace(
            pause, lasted_s=pause.lasted_s + lasted_s, resumed_at=now, resume_token=client_token, resume_reason=reason
        )
        draft = Draft(tx, execution, now)
        draft.set(status=RUNNING, pause=pause)
        if has_paused:
            draft.tell(history.resumed(pause))
        draft.save(self.timers)
        self._publish(draft)

    def settle_pause(self, draft: Draft) -> None:
        """From PAUSING to PAUSED. ``save`` is left to the caller."""
        assert draft.execution.pause is not None
        pause = replace(draft.execution.pause, paused_at=draft.now)
        draft.set(status=PAUSED, pause=pause)
        draft.tell(history.paused(pause))
        self._publish(draft)

    def _pause_now(self, tx: Transaction, execution: Execution, now: Instant) -> None:
        """The invocation that was to reach a checkpoint has been lost, or never was."""
        if execution.status == PAUSING:
            draft = Draft(tx, execution, now)
            self.settle_pause(draft)
            draft.save(self.timers)

    def delete(self, tx: Transaction, key: ExecutionKey) -> None:
        execution = found(tx, key)
        if execution.is_running:
            raise DurableExecutionRuns(arn=execution.arn)
        scope = key.scope
        self.retention.cancel(tx, RETENTION, key.id, account=scope.account, region=scope.region)
        durable.delete_execution(tx, key)

    def dead_letter_sent(self, tx: Transaction, key: ExecutionKey, posts: Sequence[Post]) -> None:
        execution = durable.find_execution(tx, key)
        if execution is not None and execution.is_wanted and not execution.is_running:
            for post in posts:
                post(tx)
            durable.update_execution(tx, _wanted(execution, NEVER, is_wanted=False))

    def close(self, draft: Draft, status: str, *, result: str | None = None, error: dict[str, Any] | None = None) -> None:
        """Ends the execution, and tells whoever waits for it. ``save`` is left to the caller."""
        execution = draft.execution
        is_async = execution.origin.is_async
        if status == SUCCEEDED and (refused := answers.too_large(result, is_async=is_async)) is not None:
            status, result, error = FAILED, None, refused
        root = durable.find_operation(draft.tx, execution.key, execution.id)
        assert root is not None, "an execution has the operation that it is"
        end = updates.ended(root, status, draft.now, result=result, error=error)
        # The result stands beside the execution: a replay never needs it.
        draft.put(Change(replace(end.operation, result=None, error=None), end.event))
        durable.set_outcome(draft.tx, execution.key, Outcome(result, error))
        origin = execution.origin
        has_dead_letter = is_async and not origin.parent_id and status in DEAD_LETTER_STATUSES and origin.dead_letter_arn != ""
        draft.set(status=status, ended_at=draft.now, is_wanted=has_dead_letter, due_at=draft.now)
        scope, expires_at = execution.scope, draft.now + execution.retention_days * DAY_S
        self.retention.set(draft.tx, RETENTION, execution.id, expires_at, account=scope.account, region=scope.region)
        if origin.parent_id:
            self.end_call(
                draft.tx,
                ExecutionKey(scope, origin.parent_id),
                origin.parent_operation_id,
                *_call_ending(draft.execution, Outcome(result, error)),
                draft.now,
            )
        self._publish(draft)

    def end_call(
        self, tx: Transaction, key: ExecutionKey, operation_id: str, status: str, outcome: Outcome, now: Instant
    ) -> None:
        """What came of a function that an execution has called. Nobody waits for it where that execution has ended."""
        execution = durable.find_execution(tx, key)
        call = durable.find_operation(tx, key, operation_id)
        if execution is None or not execution.is_running or call is None or call.status != STARTED:
            return
        draft = Draft(tx, execution, now)
        draft.put(updates.ended(call, status, now, result=outcome.result, error=outcome.error))
        draft.want()
        draft.save(self.timers)

    def fire_due(self, draft: Draft) -> bool:
        """Ends the waits whose time has come. Whether there were any."""
        due = durable.list_operations_due(draft.tx, draft.execution.key, draft.now)
        for operation in due:
            draft.put(updates.fired(operation, draft.now))
        return bool(due)

    def _fire(self, tx: Transaction, timer: Timer) -> None:
        execution = durable.find_execution(tx, ExecutionKey(Scope(timer.account, timer.region), timer.key))
        if execution is None or not execution.is_running:
            return
        draft = Draft(tx, execution, timer.due_at)
        draft.set(timer_at=NEVER)
        if execution.times_out_at <= timer.due_at:
            message = f"Execution timed out after {execution.timeout_s} seconds."
            self.close(draft, TIMED_OUT, error={"ErrorMessage": message})
        elif self.fire_due(draft):
            draft.want()
        draft.save(self.timers)

    def _take(self, draft: Draft, answer: Answer) -> None:
        if answer.kind in (SUCCEEDED, FAILED):
            self.close(draft, answer.kind, result=answer.result, error=answer.error)
        elif answer.kind == INVALID:
            self.close(draft, FAILED, error=answer.error)
        elif answer.kind == CRASHED:
            self._retry(draft, answer.error, failures_max=limits.DURABLE_FAILURES_MAX)
        else:
            self._suspend(draft, answer)

    def _suspend(self, draft: Draft, answer: Answer) -> None:
        assert answer.kind == PENDING
        key = draft.execution.key
        if draft.execution.is_wanted or durable.list_ids_changed(draft.tx, key, draft.execution.seen, 1):
            draft.set(failures=0)
            draft.want()
        elif durable.first_pending_due_at(draft.tx, key) is not None:
            draft.set(failures=0)
        else:
            error = {"ErrorMessage": NOTHING_PENDING, "ErrorType": "InvalidParameterValueException"}
            self._retry(draft, error, failures_max=limits.DURABLE_PENDING_FOR_NOTHING_MAX)

    def _retry(self, draft: Draft, error: dict[str, Any] | None, *, failures_max: int) -> None:
        failures = draft.execution.failures + 1
        draft.set(failures=failures)
        if failures >= failures_max:
            self.close(draft, FAILED, error=error)
        else:
            draft.set(is_wanted=True, due_at=draft.now + answers.retry_delay_s(failures))

    def _publish(self, draft: Draft) -> None:
        """https://docs.aws.amazon.com/lambda/latest/dg/durable-monitoring.html"""
        execution, scope = draft.execution, draft.execution.scope
        detail = {
            "durableExecutionArn": execution.arn,
            "durableExecutionName": execution.name,
            "functionArn": f"{execution.function.arn}:{execution.version}",
            "status": execution.status,
            "startTimestamp": iso(execution.started_at),
        }
        if execution.ended_at:
            detail["endTimestamp"] = iso(execution.ended_at)
        entry = {"Source": "aws.lambda", "DetailType": STATUS_CHANGE, "Detail": json.dumps(detail), "Resources": []}
        context = Context(
            scope.account, scope.region, ids.uuid4(), SERVICE, execution.origin.endpoint_url, source_arn=execution.arn
        )
        self.outbox.add(draft.tx, context, "events", "PutEvents", {"Entries": [entry]})


def found(tx: Transaction, key: ExecutionKey) -> Execution:
    """Raises DurableExecutionMissing."""
    execution = durable.find_execution(tx, key)
    if execution is None:
        raise DurableExecutionMissing()
    return execution


def is_interrupted(execution: Execution) -> bool:
    """Whether the invocation that still runs was broken off by a pause: it writes nothing any more."""
    return execution.pause is not None and execution.invocation != "" and execution.pause.interrupted == execution.invocation


def _is_repeated(token: str, now: Instant, last_token: str, last_at: Instant) -> bool:
    return token != "" and token == last_token and now - last_at <= limits.DURABLE_REPEAT_S_MAX


def marker(position: int) -> str:
    """Of a page of operations: none where it is the last."""
    return str(position) if position else ""


def _wanted(execution: Execution, due_at: Instant, *, is_wanted: bool = True) -> Execution:
    return replace(execution, invocation="", is_wanted=is_wanted, due_at=due_at)


def _call_ending(child: Execution, outcome: Outcome) -> tuple[str, Outcome]:
    """How the operation ends that has called an execution."""
    if child.status == TIMED_OUT:
        message = f"CHAINED_INVOKE timed out after {child.timeout_s} seconds."
        return TIMED_OUT, Outcome(error={"ErrorMessage": message, "ErrorType": "ChainedInvoke.Timeout"})
    return child.status, outcome


def _expire(tx: Transaction, timer: Timer) -> None:
    durable.delete_execution(tx, ExecutionKey(Scope(timer.account, timer.region), timer.key))
