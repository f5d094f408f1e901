"""What a running invocation says of its execution, and reads of it: checkpoints, calls of other functions, callbacks."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.core.context import Context, Scope
from lambent.core.errors import ServiceError
from lambent.core.ports import Reply
from lambent.durable.outbox import Ended, Outbox
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import limits, targets
from lambent.services.lambda_.engine.deliveries import role_session_arn
from lambent.services.lambda_.engine.durable import answers, history, operations, updates
from lambent.services.lambda_.engine.durable.draft import Draft
from lambent.services.lambda_.engine.durable.errors import CallbackClosed, DurableExecutionMissing
from lambent.services.lambda_.engine.durable.lifecycle import Lifecycle, Start, found, is_interrupted
from lambent.services.lambda_.engine.durable.names import CallbackName, ExecutionArn, ExecutionKey, Token, parse_token
from lambent.services.lambda_.engine.durable.operations import CALLBACK, CHAINED_INVOKE, EXECUTION, FAILED, STARTED, Operation
from lambent.services.lambda_.engine.durable.updates import Change, Place, Update
from lambent.services.lambda_.engine.identifiers import LATEST, FunctionName, parse_function
from lambent.services.lambda_.tables import durable
from lambent.services.lambda_.tables.durable import PAUSING, Execution, Origin, Outcome, Page
from lambent.services.lambda_.tables.functions import VersionRow
from lambent.store.database import Transaction

CALL_END = "lambda.durable-call"


class Checkpoint(Struct, frozen=True):
    """``token`` is good for the next checkpoint; there is none once the execution has ended, or is to pause here."""

    token: str | None
    changed: list[Operation]


class Checkpoints:
    """``calls`` is the outbox whose entries are functions that executions wait for."""

    def __init__(self, *, lifecycle: Lifecycle, calls: Outbox) -> None:
        self._lifecycle = lifecycle
        self._calls = calls

    def checkpoint(
        self,
        tx: Transaction,
        arn: ExecutionArn,
        token_text: str,
        client_token: str,
        given: Sequence[Update],
        now: Instant,
    ) -> Checkpoint:
        execution, token = _held(tx, arn, token_text)
        is_repeated = token.sequence == execution.sequence - 1 and client_token and client_token == execution.last_client_token
        if is_interrupted(execution):
            if not is_repeated:
                raise errors.CheckpointTokenInvalid()
            return Checkpoint(None, durable.list_changed(tx, execution.key, execution.last_seen))
        if is_repeated:
            # The answer was lost. Whatever has changed since is told as well: it will be told again.
            changed = durable.list_changed(tx, execution.key, execution.last_seen)
            return Checkpoint(Token(execution.id, execution.invocation, execution.sequence).text, changed)
        if token.sequence != execution.sequence:
            raise errors.CheckpointTokenInvalid()
        draft = Draft(tx, execution, now)
        self._apply(draft, arn, given)
        seen = execution.seen
        if not draft.execution.is_running:
            changed = durable.list_changed(tx, execution.key, seen)
            draft.save(self._lifecycle.timers)
            return Checkpoint(None, changed)
        if self._lifecycle.fire_due(draft):
            draft.want()
        changed = durable.list_changed(tx, execution.key, seen)
        draft.set(sequence=execution.sequence + 1, last_client_token=client_token, last_seen=seen, seen=draft.execution.changes)
        pause = draft.execution.pause
        if draft.execution.status == PAUSING and pause is not None:
            draft.set(pause=replace(pause, interrupted=execution.invocation))
            draft.want()  # once it is resumed
            self._lifecycle.settle_pause(draft)
        draft.save(self._lifecycle.timers)
        if is_interrupted(draft.execution):
            return Checkpoint(None, changed)
        return Checkpoint(Token(execution.id, execution.invocation, draft.execution.sequence).text, changed)

    def _apply(self, draft: Draft, arn: ExecutionArn, given: Sequence[Update]) -> None:
        tx, key = draft.tx, draft.execution.key
        wanted = {update["Id"] for update in given} | {update["ParentId"] for update in given if update.get("ParentId")}
        known = {
            operation.id: operation
            for operation_id in sorted(wanted)
            if (operation := durable.find_operation(tx, key, operation_id)) is not None
        }
        updates.check(given, known)
        for update in given:
            place = Place(arn, draft.execution.operations, draft.now)
            change = updates.apply(update, known.get(update["Id"]), place)
            operation = change.operation
            if operation.type == EXECUTION:
                self._lifecycle.close(draft, operation.status, result=operation.result, error=operation.error)
                return
            if operation.position >= limits.DURABLE_OPERATIONS_MAX:
                raise errors.DurableOperationsTooMany(limit=limits.DURABLE_OPERATIONS_MAX)
            if operation.type == CHAINED_INVOKE:
                change = self._call(draft, operation, (update["ChainedInvokeOptions"].get("TenantId") or ""))
            draft.put(change)
            known[operation.id] = operation

    # ---- calls of other functions ------------------------------------------------------------------------------------

    def _call(self, draft: Draft, call: Operation, tenant_id: str) -> Change:
        """Has another function called: an execution of its own where it is durable, an invocation where it is not."""
        here = draft.execution.scope
        function = _called(call.function_name, here)
        try:
            target = targets.find(draft.tx, function)
            if target.first.settings.durable is not None and function.qualifier is None:
                raise errors.DurableUnqualified()
        except errors.FunctionNotFound:
            qualified = f"{function.arn}:{function.qualifier or LATEST}"
            return _refuse(draft, call, tenant_id, errors.FunctionNotFound(arn=qualified))
        except ServiceError as error:
            return _refuse(draft, call, tenant_id, error)
        version = target.first
        if target.other is not None and ids.fraction() < target.other_weight:
            version = target.other
        child = self._start_child(draft, call, function, version)
        if child is None:
            self._add_call(draft, call)
        else:
            call = replace(call, child_id=child.id)
        event = history.call_started(
            call, tenant_id=tenant_id, version=version.label, child_arn="" if child is None else child.arn
        )
        return Change(call, event)

    def _start_child(self, draft: Draft, call: Operation, function: FunctionName, version: VersionRow) -> Execution | None:
        settings, parent = version.settings, draft.execution
        if settings.durable is None:
            return None
        origin = Origin(
            request_id=ids.uuid4(),
            trace_id=parent.origin.trace_id,
            principal_arn=role_session_arn(parent.origin.role_arn, parent.function_name),
            endpoint_url=parent.origin.endpoint_url,
            role_arn=settings.role_arn,
            is_async=True,
            qualifier=function.qualifier or "",
            parent_id=parent.id,
            parent_operation_id=call.id,
        )
        start = Start(function, version.label, settings.durable, None, call.input, origin)
        return self._lifecycle.start(draft.tx, start, draft.now)

    def _add_call(self, draft: Draft, call: Operation) -> None:
        execution, origin = draft.execution, draft.execution.origin
        context = Context(
            account=execution.scope.account,
            region=execution.scope.region,
            request_id=ids.uuid4(),
            principal_arn=role_session_arn(origin.role_arn, execution.function_name),
            endpoint_url=origin.endpoint_url,
        )
        payload = ("{}" if call.input is None else call.input).encode()
        parameters = {"FunctionName": call.function_name, "Payload": payload}
        key = f"{execution.id}/{call.id}"
        self._calls.add(draft.tx, context, "lambda", "Invoke", parameters, ordering_key=key, on_end=CALL_END)

    def call_ended(self, tx: Transaction, end: Ended, now: Instant) -> None:
        """Runs in the transaction that ends the call's entry."""
        execution_id, _, operation_id = end.entry.ordering_key.partition("/")
        key = ExecutionKey(Scope(end.entry.account, end.entry.region), execution_id)
        status, outcome = _outcome_of(end.reply, end.error)
        self._lifecycle.end_call(tx, key, operation_id, status, outcome, now)

    # ---- callbacks ---------------------------------------------------------------------------------------------------

    def complete_callback(self, tx: Transaction, name: CallbackName, status: str, outcome: Outcome, now: Instant) -> None:
        execution, callback = _open_callback(tx, name, now)
        draft = Draft(tx, execution, now)
        draft.put(updates.ended(callback, status, now, result=outcome.result, error=outcome.error))
        draft.want()
        draft.save(self._lifecycle.timers)

    def heartbeat(self, tx: Transaction, name: CallbackName, now: Instant) -> None:
        execution, callback = _open_callback(tx, name, now)
        if callback.heartbeat_s:
            durable.move_operation(tx, execution.key, replace(callback, heartbeat_due_at=now + callback.heartbeat_s))
            Draft(tx, execution, now).save(self._lifecycle.timers)


def state(tx: Transaction, arn: ExecutionArn, token_text: str, *, start: int, count_max: int) -> Page:
    """A page of what a replay needs. Only the invocation that runs may read it."""
    execution, token = _held(tx, arn, token_text)
    if token.sequence != execution.sequence or is_interrupted(execution):
        raise errors.CheckpointTokenInvalid()
    return durable.page(tx, execution.key, start, count_max=count_max, bytes_max=limits.DURABLE_PAGE_BYTES_MAX)


def _held(tx: Transaction, arn: ExecutionArn, token_text: str) -> tuple[Execution, Token]:
    """The execution that runs, and a token of the invocation that runs it. Raises CheckpointTokenInvalid."""
    token = parse_token(token_text)
    if token is None:
        raise errors.CheckpointTokenInvalid()
    if token.execution_id != arn.id:
        raise errors.CheckpointTokenOfOther()
    execution = durable.find_execution(tx, arn.key)
    if execution is None or not execution.is_running or not execution.invocation or execution.invocation != token.invocation:
        raise errors.CheckpointTokenInvalid()
    return execution, token


def _open_callback(tx: Transaction, name: CallbackName, now: Instant) -> tuple[Execution, Operation]:
    """Raises CallbackClosed. One whose time is over is closed, also before its timer has fired."""
    try:
        execution = found(tx, name.execution.key)
    except DurableExecutionMissing:
        raise CallbackClosed() from None
    callback = durable.find_operation(tx, execution.key, name.operation_id)
    if callback is None or callback.type != CALLBACK or callback.status != STARTED or callback.due_at <= now:
        raise CallbackClosed()
    if not execution.is_running:
        raise CallbackClosed()
    return execution, callback


def _called(name: str, here: Scope) -> FunctionName:
    """The function that an operation wants called. Raises InvalidParameterValue for one that no execution may call."""
    try:
        function = parse_function(name, None, here)
    except errors.FunctionElsewhere as error:
        reason = "Cannot start a CHAINED_INVOKE on a function in another region."
        raise errors.InvalidParameterValue(reason=reason) from error
    except errors.ValidationException as error:
        raise errors.InvalidParameterValue(reason=f"Invalid function ARN '{name}'") from error
    if function.scope.account != here.account:
        raise errors.InvalidParameterValue(reason="Cannot start a CHAINED_INVOKE on a function in another account.")
    return function


def _refuse(draft: Draft, call: Operation, tenant_id: str, error: ServiceError) -> Change:
    draft.tell(history.call_started(call, tenant_id=tenant_id, version="", child_arn=""))
    told = {"ErrorMessage": error.message, "ErrorType": error.code}
    return updates.ended(call, FAILED, draft.now, error=told)


def _outcome_of(reply: Reply | None, error: Exception | None) -> tuple[str, Outcome]:
    if reply is None:
        refused = error if isinstance(error, ServiceError) else errors.SystemFailed()
        return FAILED, Outcome(error={"ErrorMessage": refused.message, "ErrorType": refused.code})
    payload: bytes = reply.get("Payload") or b""
    if reply.get("FunctionError"):
        return FAILED, Outcome(error=answers.failure_of(payload))
    if len(payload) > limits.EVENT_PAYLOAD_BYTES_MAX:
        bytes_max = limits.EVENT_PAYLOAD_BYTES_MAX
        message = f"CHAINED_INVOKE output payload size must be less than or equal to {bytes_max} bytes."
        return FAILED, Outcome(error={"ErrorMessage": message})
    try:
        return operations.SUCCEEDED, Outcome(payload.decode() or None)
    except UnicodeDecodeError:
        return FAILED, Outcome(error={"ErrorMessage": "CHAINED_INVOKE response could not be decoded as UTF-8."})
