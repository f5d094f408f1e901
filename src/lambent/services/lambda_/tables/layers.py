"""Layer versions. They never change; they are only deleted."""

import json
from collections.abc import Sequence

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.lambda_.engine.identifiers import LayerName, LayerVersionName
from lambent.services.lambda_.engine.settings import Code
from lambent.store.database import Transaction


class LayerVersionRow(Struct, frozen=True):
    """``runtimes`` and ``architectures`` only say what the layer was made for; None where nobody said."""

    scope: Scope
    name: str
    version: int
    description: str
    license: str
    runtimes: Sequence[str] | None
    architectures: Sequence[str] | None
    code: Code
    created_at: Instant

    @property
    def layer(self) -> LayerName:
        return LayerName(self.scope, self.name)

    @property
    def arn(self) -> str:
        return self.layer.version_arn(self.version)


_COLUMNS = """account, region, name, version, description, license, runtimes, architectures, sha256, zipped_bytes,
unzipped_bytes, created_at"""
INSERT_LAYER_VERSION = f"""
INSERT INTO lambda_layer_versions ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""  # noqa: S608 - column names only
FIND_LAYER_VERSION = f"""
SELECT {_COLUMNS} FROM lambda_layer_versions WHERE account = ? AND region = ? AND name = ? AND version = ?
"""  # noqa: S608
LIST_LAYER_VERSIONS = f"""
SELECT {_COLUMNS} FROM lambda_layer_versions WHERE account = ? AND region = ? AND name = ? AND version <= ?
ORDER BY version DESC
"""  # noqa: S608
LIST_LAYERS = f"""
SELECT {_COLUMNS} FROM lambda_layer_versions WHERE account = ? AND region = ? AND name >= ? ORDER BY name, version DESC
"""  # noqa: S608
DELETE_LAYER_VERSION = "DELETE FROM lambda_layer_versions WHERE account = ? AND region = ? AND name = ? AND version = ?"
SUM_LAYER_BYTES = "SELECT coalesce(sum(zipped_bytes), 0) FROM lambda_layer_versions WHERE account = ? AND region = ?"
VERSION_MAX = 2**62


def insert_layer_version(tx: Transaction, row: LayerVersionRow) -> None:
    key = (row.scope.account, row.scope.region, row.name, row.version)
    told = (row.description, row.license, json.dumps(row.runtimes), json.dumps(row.architectures))
    tx.run(
        INSERT_LAYER_VERSION,
        (*key, *told, row.code.sha256, row.code.zipped_bytes, row.code.unzipped_bytes, row.created_at),
    )


def find_layer_version(tx: Transaction, name: LayerVersionName) -> LayerVersionRow | None:
    return tx.one(FIND_LAYER_VERSION, (*_key(name.layer), name.version), into=_layer_version)


def list_layer_versions(tx: Transaction, layer: LayerName, *, start: int | None = None) -> list[LayerVersionRow]:
    """Newest first, from the version ``start`` down."""
    return tx.all(LIST_LAYER_VERSIONS, (*_key(layer), VERSION_MAX if start is None else start), into=_layer_version)


def list_layers(tx: Transaction, scope: Scope, *, start: str = "") -> list[LayerVersionRow]:
    """All versions of all layers from the name ``start`` on, by name, newest first."""
    return tx.all(LIST_LAYERS, (scope.account, scope.region, start), into=_layer_version)


def delete_layer_version(tx: Transaction, name: LayerVersionName) -> None:
    tx.run(DELETE_LAYER_VERSION, (*_key(name.layer), name.version))


def sum_code_bytes(tx: Transaction, scope: Scope) -> int:
    return tx.one(SUM_LAYER_BYTES, (scope.account, scope.region), into=int) or 0


def _key(layer: LayerName) -> tuple[str, str, str]:
    return layer.scope.account, layer.scope.region, layer.name


def _layer_version(
    account: str, region: str, name: str, version: int, description: str, license_: str, *rest: object
) -> LayerVersionRow:
    runtimes, architectures, sha256, zipped, unzipped, created_at = rest
    return LayerVersionRow(
        scope=Scope(account, region),
        name=name,
        version=version,
        description=description,
        license=license_,
        runtimes=json.loads(str(runtimes)),
        architectures=json.loads(str(architectures)),
        code=Code(str(sha256), int(str(zipped)), int(str(unzipped))),
        created_at=float(str(created_at)),
    )
