"""What is set beside a function's settings (runtime updates, recursion), and what the account uses and may use."""

from msgspec import Struct
from msgspec.structs import replace

from lambent.core.context import Scope
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import concurrency
from lambent.services.lambda_.engine.functions import find
from lambent.services.lambda_.engine.identifiers import FunctionName, version_number
from lambent.services.lambda_.engine.settings import runtime_version_arn
from lambent.services.lambda_.tables import functions, layers
from lambent.services.lambda_.tables.functions import VersionRow
from lambent.store.database import Transaction


class Usage(Struct, frozen=True):
    """What an account holds in a region."""

    function_count: int
    code_bytes: int
    unreserved_concurrency: int


def usage(tx: Transaction, scope: Scope) -> Usage:
    return Usage(
        function_count=functions.count_functions(tx, scope),
        code_bytes=functions.sum_code_bytes(tx, scope) + layers.sum_code_bytes(tx, scope),
        unreserved_concurrency=concurrency.unreserved(tx, scope),
    )


def set_recursive_loop(tx: Transaction, function: FunctionName, recursive_loop: str) -> None:
    """``recursive_loop``: "Allow" or "Terminate"."""
    find(tx, replace(function, qualifier=None))
    functions.set_recursive_loop(tx, function, recursive_loop)


def runtime_management(tx: Transaction, function: FunctionName) -> VersionRow:
    """The version whose runtime is asked about. An alias has none of its own."""
    if function.qualifier is not None and version_number(function.qualifier) is None:
        raise errors.FunctionNotFound(arn=function.invoked_arn)
    return find(tx, function).version


def set_runtime_management(
    tx: Transaction, function: FunctionName, *, update_runtime_on: str, given_arn: str | None
) -> VersionRow:
    """``update_runtime_on``: "Auto", "FunctionUpdate", or "Manual" with the version's ARN."""
    if update_runtime_on == "Manual" and not given_arn:
        raise errors.InvalidParameterValue(reason="RuntimeVersionArn must be provided when runtime update mode is Manual")
    if update_runtime_on != "Manual" and given_arn:
        raise errors.InvalidParameterValue(reason="RuntimeVersionArn is only supported for Manual runtime update mode")
    row = runtime_management(tx, function)
    arn = given_arn or runtime_version_arn(row.scope.region, row.settings.runtime)
    after = replace(row, update_runtime_on=update_runtime_on, runtime_version_arn=arn)
    functions.put_version(tx, after)
    return after
