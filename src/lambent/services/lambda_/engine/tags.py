"""Tags of functions."""

from collections.abc import Mapping, Sequence

from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import checks
from lambent.services.lambda_.engine.identifiers import FunctionName
from lambent.services.lambda_.tables import functions
from lambent.store.database import Transaction


def tags_of(tx: Transaction, function: FunctionName) -> Mapping[str, str]:
    """Raises FunctionNotFound."""
    row = functions.find_function(tx, function)
    if row is None:
        raise errors.FunctionNotFound(arn=function.arn)
    return row.tags


def add(tx: Transaction, function: FunctionName, tags: Mapping[str, str]) -> None:
    after = {**tags_of(tx, function), **tags}
    checks.check_tags(after)
    functions.set_tags(tx, function, after)


def remove(tx: Transaction, function: FunctionName, keys: Sequence[str]) -> None:
    """Keys that are not there are passed over."""
    functions.set_tags(tx, function, {key: value for key, value in tags_of(tx, function).items() if key not in keys})
