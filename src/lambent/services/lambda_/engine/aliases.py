"""Aliases: a name for a version, or for two with weights."""

from collections.abc import Mapping

from msgspec.structs import replace

from lambent.core import ids
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import checks
from lambent.services.lambda_.engine.functions import check_not_failed
from lambent.services.lambda_.engine.identifiers import (
    LATEST_NUMBER,
    FunctionName,
    version_number,
)
from lambent.services.lambda_.tables import aliases, event_invoke_configs, function_urls, functions, policies, provisioned
from lambent.services.lambda_.tables.aliases import AliasRow
from lambent.store.database import Transaction


def create(
    tx: Transaction, function: FunctionName, name: str, *, version: str, description: str, weights: Mapping[str, float]
) -> AliasRow:
    """Raises AliasExists, FunctionNotFound, and what is wrong with the weights."""
    number = _number(version)
    if functions.find_function(tx, function) is None:
        raise errors.FunctionNotFound(arn=f"{function.arn}:{version}")
    _check_weights(tx, function, number, weights)
    _check_version(tx, function, version)
    row = AliasRow(
        scope=function.scope,
        function_name=function.name,
        name=name,
        version=number,
        description=description,
        weights={_number(label): weight for label, weight in weights.items()},
        revision_id=ids.uuid4(),
    )
    if aliases.find_alias(tx, function, name) is not None:
        raise errors.AliasExists(arn=row.arn)
    aliases.put_alias(tx, row)
    return row


def find(tx: Transaction, function: FunctionName, name: str) -> AliasRow:
    """Raises AliasArnNotFound."""
    alias = aliases.find_alias(tx, function, name)
    if alias is None:
        raise errors.AliasArnNotFound(arn=f"{function.arn}:{name}")
    return alias


def update(
    tx: Transaction,
    function: FunctionName,
    name: str,
    *,
    version: str | None,
    description: str | None,
    weights: Mapping[str, float] | None,
    revision_id: str | None,
) -> AliasRow:
    """Changes what is given. Raises AliasNotFound, RevisionDiffers, and what is wrong with the weights."""
    alias = aliases.find_alias(tx, function, name)
    if alias is None:
        raise errors.AliasNotFound(arn=f"{function.arn}:{name}")
    checks.check_revision(revision_id, alias.revision_id, operation="GetFunction/GetAlias")
    after = replace(alias, revision_id=ids.uuid4())
    if version is not None:
        after = replace(after, version=_number(version))
        _check_version(tx, function, version)
        _check_provisioned(tx, function, name, after.version)
    if description is not None:
        after = replace(after, description=description)
    if weights is not None:
        after = replace(after, weights={_number(label): weight for label, weight in weights.items()})
    _check_weights(tx, function, after.version, {str(number): weight for number, weight in after.weights.items()})
    aliases.put_alias(tx, after)
    tx.signal(provisioned.CHANGED_TOPIC)
    return after


def delete(tx: Transaction, function: FunctionName, name: str) -> None:
    """AWS says nothing when the alias is not there."""
    if functions.find_function(tx, function) is None:
        raise errors.FunctionNotFound(arn=function.arn)
    policies.delete_policy(tx, function.scope, f"function:{function.name}:{name}")
    provisioned.delete_provisioned(tx, function, name)
    event_invoke_configs.delete_config(tx, function, name)
    function_urls.delete_url(tx, replace(function, qualifier=name))
    aliases.delete_alias(tx, function, name)


def list_aliases(tx: Transaction, function: FunctionName, *, version: str | None, start: str, count_max: int) -> list[AliasRow]:
    """By name; only those that point to ``version`` where it is given."""
    if functions.find_function(tx, function) is None:
        raise errors.FunctionNotFound(arn=function.arn)
    if version is None:
        return aliases.list_aliases(tx, function, start=start, count_max=count_max)
    number = _number(version)
    pointing = [alias for alias in aliases.list_aliases(tx, function, start=start) if alias.version == number]
    return pointing[:count_max]


def _number(label: str) -> int:
    number = version_number(label)
    if number is None:
        raise errors.ValidationException(
            value=label, member="functionVersion", must=r"satisfy regular expression pattern: (\$LATEST|[0-9]+)"
        )
    return number


def _check_version(tx: Transaction, function: FunctionName, label: str) -> None:
    version = functions.find_version(tx, function, _number(label))
    if version is None:
        raise errors.FunctionNotFound(arn=f"{function.arn}:{label}")
    check_not_failed(version)


def _check_provisioned(tx: Transaction, function: FunctionName, name: str, number: int) -> None:
    """What is provisioned for an alias moves with it, to where it may be."""
    version = functions.find_version(tx, function, number)
    if version is not None and version.is_snap_start and provisioned.find_provisioned(tx, function, name) is not None:
        raise errors.SnapStartProvisioned()


def _check_weights(tx: Transaction, function: FunctionName, version: int, weights: Mapping[str, float]) -> None:
    if not weights:
        return
    if len(weights) > 1:
        raise errors.WeightsTooMany()
    if version == LATEST_NUMBER:
        raise errors.WeightsOnLatest()
    label = next(iter(weights))
    other = _number(label)
    if other == version:
        raise errors.WeightOfSameVersion(version=version)
    if other == LATEST_NUMBER:
        raise errors.WeightsOnLatest()
    _check_version(tx, function, label)
