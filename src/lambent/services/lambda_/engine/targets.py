"""What an invocation needs to know of a function, found once and remembered until it changes."""

from msgspec import Struct

from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import concurrency, limits, retries
from lambent.services.lambda_.engine.functions import ACTIVE, PENDING
from lambent.services.lambda_.engine.identifiers import LATEST, FunctionName, version_number
from lambent.services.lambda_.engine.retries import Rules
from lambent.services.lambda_.engine.settings import Durable
from lambent.services.lambda_.tables import aliases, event_invoke_configs, functions, provisioned
from lambent.services.lambda_.tables.functions import VersionRow
from lambent.store.database import Transaction


class Target(Struct, frozen=True):
    """``other`` gets ``other_weight`` of the invocations (0 to 1) and ``first`` the rest.

    ``is_provisioned``: environments of ``first`` are kept ready for who invokes by this qualifier.
    """

    function: FunctionName
    first: VersionRow
    other: VersionRow | None
    other_weight: float
    is_provisioned: bool
    reserved_concurrency: int | None
    unreserved_concurrency: int
    rules: Rules  # of events


def find(tx: Transaction, function: FunctionName) -> Target:
    """Raises FunctionNotFound, and FunctionNotReady where a version that may be chosen cannot run yet."""
    row = functions.find_function(tx, function)
    if row is None:
        raise errors.FunctionNotFound(arn=function.invoked_arn)
    qualifier = function.qualifier or LATEST
    number = version_number(qualifier)
    other, other_weight = None, 0.0
    if number is None:
        alias = aliases.find_alias(tx, function, function.qualifier or "")
        if alias is None:
            raise errors.FunctionNotFound(arn=function.invoked_arn)
        number = alias.version
        if alias.weights:
            ((version, other_weight),) = alias.weights.items()
            other = _ready(tx, function, version)
    return Target(
        function=function,
        first=_ready(tx, function, number),
        other=other,
        other_weight=other_weight,
        is_provisioned=provisioned.find_provisioned(tx, function, qualifier) is not None,
        reserved_concurrency=row.reserved_concurrency,
        unreserved_concurrency=concurrency.unreserved(tx, function.scope),
        rules=retries.rules(event_invoke_configs.find_config(tx, function, qualifier)),
    )


def _ready(tx: Transaction, function: FunctionName, number: int) -> VersionRow:
    version = functions.find_version(tx, function, number)
    if version is None:
        raise errors.FunctionNotFound(arn=function.invoked_arn)
    # What is served from a folder needs no more preparation than its first event gives it: who works on it need not ask again.
    if version.state != ACTIVE and not (version.state == PENDING and version.settings.folder):
        raise errors.FunctionNotReady(state=version.state)
    return version.served


def check_durable(durable: Durable | None, function: FunctionName, *, is_async: bool) -> None:
    """Raises DurableUnqualified, and DurableTooLong for what nobody can wait for so long."""
    if durable is None:
        return
    if function.qualifier is None:
        raise errors.DurableUnqualified()
    if not is_async and durable.timeout_s > limits.DURABLE_SYNCHRONOUS_TIMEOUT_S_MAX:
        raise errors.DurableTooLong()
