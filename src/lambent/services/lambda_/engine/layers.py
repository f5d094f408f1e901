"""Layer versions: published, listed, attached, deleted."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from lambent.core.clock import Instant
from lambent.core.context import Context, Scope
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import limits, permissions, versions
from lambent.services.lambda_.engine.identifiers import LayerName, LayerVersionName, parse_layer_version
from lambent.services.lambda_.engine.settings import Code, Layer
from lambent.services.lambda_.tables import archives, functions, layers, policies
from lambent.services.lambda_.tables.layers import LayerVersionRow
from lambent.store.database import Transaction


def publish(tx: Transaction, row: LayerVersionRow, *, now: Instant) -> LayerVersionRow:
    """Keeps ``row`` under the layer's next number."""
    versions.check_storage(tx, row.scope, row.code.zipped_bytes)
    number = functions.next_number(tx, row.scope, "layer", row.name)
    published = replace(row, version=number, created_at=now)
    layers.insert_layer_version(tx, published)
    archives.add_uses(tx, row.scope, archives.layer_holder(row.name, number), [row.code.sha256])
    return published


def find(tx: Transaction, name: LayerVersionName) -> LayerVersionRow:
    """Raises NoSuchResource, and LayerVersionBelowOne for a number that no version can have."""
    if name.version < 1:
        raise errors.LayerVersionBelowOne()
    row = layers.find_layer_version(tx, name)
    if row is None:
        raise errors.NoSuchResource()
    return row


def is_published(tx: Transaction, name: LayerVersionName) -> bool:
    return layers.find_layer_version(tx, name) is not None


def delete(tx: Transaction, name: LayerVersionName) -> None:
    """Functions that have the layer keep it. AWS says nothing when the version is not there."""
    if name.version < 1:
        raise errors.LayerVersionBelowOne()
    layers.delete_layer_version(tx, name)
    policies.delete_policy(tx, name.layer.scope, permissions.layer_resource(name))
    archives.set_uses(tx, name.layer.scope, archives.layer_holder(name.layer.name, name.version), ())


def list_versions(
    tx: Transaction, layer: LayerName, *, runtime: str | None, architecture: str | None, start: int | None, count_max: int
) -> list[LayerVersionRow]:
    """Newest first."""
    rows = layers.list_layer_versions(tx, layer, start=start)
    return [row for row in rows if _is_compatible(row, runtime, architecture)][:count_max]


def list_layers(
    tx: Transaction, scope: Scope, *, runtime: str | None, architecture: str | None, start: str, count_max: int
) -> list[LayerVersionRow]:
    """The newest version that matches, of each layer that has one, by name."""
    newest: dict[str, LayerVersionRow] = {}
    for row in layers.list_layers(tx, scope, start=start):
        if _is_compatible(row, runtime, architecture):
            newest.setdefault(row.name, row)
    return list(newest.values())[:count_max]


def attach(
    tx: Transaction, scope: Scope, arns: Sequence[str], context: Context, now: Instant, provided: Mapping[str, Code]
) -> tuple[Layer, ...]:
    """The layers that a function of ``scope`` asks for, in its order. Raises what AWS finds wrong with them.

    ``provided``: those that the platform has, for where nobody has published one of that ARN.
    """
    if len(arns) > limits.LAYERS_MAX:
        raise errors.LayersTooMany(limit=limits.LAYERS_MAX)
    seen: dict[LayerName, str] = {}
    attached = []
    for arn in arns:
        name = parse_layer_version(arn)
        if name is None:
            raise errors.LayerToAttachMissing(arn=arn)
        if name.layer.scope.region != scope.region:
            raise errors.LayersElsewhere(region=scope.region)
        if name.layer in seen:
            raise errors.LayerTwice(first=seen[name.layer], second=arn)
        seen[name.layer] = arn
        if arn in provided and (name.version < 1 or layers.find_layer_version(tx, name) is None):
            attached.append(Layer(arn=name.arn, code=provided[arn]))
        else:
            attached.append(_attach_one(tx, scope, name, context, now))
    return tuple(attached)


def _attach_one(tx: Transaction, scope: Scope, name: LayerVersionName, context: Context, now: Instant) -> Layer:
    if name.layer.scope.account != scope.account:
        permissions.check_layer_access(tx, name, context, now)
    row = layers.find_layer_version(tx, name) if name.version >= 1 else None
    if row is None:
        raise errors.LayerToAttachMissing(arn=name.arn)
    return Layer(arn=name.arn, code=row.code)


def _is_compatible(row: LayerVersionRow, runtime: str | None, architecture: str | None) -> bool:
    runtimes, architectures = row.runtimes or (), row.architectures or ()
    return (runtime is None or runtime in runtimes) and (architecture is None or architecture in architectures)
