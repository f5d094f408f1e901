"""Rows of apigateway_parts: whatever belongs to one API, each kind with its record; and of apigateway_snapshots."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from lambent.services.apigateway.engine.records import (
    Api,
    Authorizer,
    Deployment,
    Integration,
    IntegrationResponse,
    Route,
    RouteResponse,
    Snapshot,
    Stage,
)
from lambent.services.apigateway.engine.v2.resources import Model
from lambent.store.database import Transaction

T = TypeVar("T")

FIND_PART = "SELECT record FROM apigateway_parts WHERE api_id = ? AND kind = ? AND part_id = ?"
FIND_NAMED = "SELECT record FROM apigateway_parts WHERE api_id = ? AND kind = ? AND name = ?"
LIST_PARTS = "SELECT record FROM apigateway_parts WHERE api_id = ? AND kind = ? ORDER BY part_id"
PAGE_OF_PARTS = """
SELECT record FROM apigateway_parts WHERE api_id = ? AND kind = ? AND part_id > ? ORDER BY part_id LIMIT ?
"""
COUNT_PARTS = "SELECT count(*) FROM apigateway_parts WHERE api_id = ? AND kind = ?"
PUT_PART = """
INSERT INTO apigateway_parts (account, region, api_id, kind, part_id, name, record) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (api_id, kind, part_id) DO UPDATE SET name = excluded.name, record = excluded.record
"""
DELETE_PART = "DELETE FROM apigateway_parts WHERE api_id = ? AND kind = ? AND part_id = ?"
DELETE_PARTS_OF_KIND = "DELETE FROM apigateway_parts WHERE api_id = ? AND kind = ?"
DELETE_ALL_PARTS = "DELETE FROM apigateway_parts WHERE api_id = ?"
FIND_SNAPSHOT = "SELECT snapshot FROM apigateway_snapshots WHERE api_id = ? AND deployment_id = ?"
PUT_SNAPSHOT = """
INSERT INTO apigateway_snapshots (account, region, api_id, deployment_id, snapshot) VALUES (?, ?, ?, ?, ?)
"""
DELETE_SNAPSHOT = "DELETE FROM apigateway_snapshots WHERE api_id = ? AND deployment_id = ?"
DELETE_ALL_SNAPSHOTS = "DELETE FROM apigateway_snapshots WHERE api_id = ?"


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """One kind of parts. ``name_of`` tells what must be one in the API; of most that is the id."""

    kind: str
    record: type[T]
    id_of: Callable[[T], str]
    name_of: Callable[[T], str]


ROUTES = Kind("route", Route, lambda part: part.route_id, lambda part: part.route_key)
INTEGRATIONS = Kind("integration", Integration, lambda part: part.integration_id, lambda part: part.integration_id)
AUTHORIZERS = Kind("authorizer", Authorizer, lambda part: part.authorizer_id, lambda part: part.name)
STAGES = Kind("stage", Stage, lambda part: part.stage_name, lambda part: part.stage_name)
DEPLOYMENTS = Kind("deployment", Deployment, lambda part: part.deployment_id, lambda part: part.deployment_id)
MODELS = Kind("model", Model, lambda part: part.model_id, lambda part: part.name)
INTEGRATION_RESPONSES = Kind(
    "integration-response",
    IntegrationResponse,
    lambda part: part.integration_response_id,
    lambda part: f"{part.integration_id}/{part.integration_response_key}",
)
ROUTE_RESPONSES = Kind(
    "route-response",
    RouteResponse,
    lambda part: part.route_response_id,
    lambda part: f"{part.route_id}/{part.route_response_key}",
)


def find(tx: Transaction, api_id: str, kind: Kind[T], part_id: str) -> T | None:
    return _read(kind, tx.one(FIND_PART, (api_id, kind.kind, part_id), into=str))


def named(tx: Transaction, api_id: str, kind: Kind[T], name: str) -> T | None:
    return _read(kind, tx.one(FIND_NAMED, (api_id, kind.kind, name), into=str))


def listed(tx: Transaction, api_id: str, kind: Kind[T]) -> list[T]:
    return [_decoded(kind, record) for record in tx.all(LIST_PARTS, (api_id, kind.kind), into=str)]


def page(tx: Transaction, api_id: str, kind: Kind[T], *, after: str, count_max: int) -> list[T]:
    return [_decoded(kind, record) for record in tx.all(PAGE_OF_PARTS, (api_id, kind.kind, after, count_max), into=str)]


def count(tx: Transaction, api_id: str, kind: Kind[T]) -> int:
    return tx.one(COUNT_PARTS, (api_id, kind.kind), into=int) or 0


def put(tx: Transaction, api: Api, kind: Kind[T], part: T) -> None:
    where = (api.scope.account, api.scope.region, api.api_id, kind.kind)
    tx.run(PUT_PART, (*where, kind.id_of(part), kind.name_of(part), msgspec.json.encode(part).decode()))


def delete(tx: Transaction, api_id: str, kind: Kind[T], part_id: str) -> None:
    tx.run(DELETE_PART, (api_id, kind.kind, part_id))


def delete_kind(tx: Transaction, api_id: str, kind: Kind[T]) -> None:
    tx.run(DELETE_PARTS_OF_KIND, (api_id, kind.kind))


def delete_all(tx: Transaction, api_id: str) -> None:
    """Of the API, its snapshots too."""
    tx.run(DELETE_ALL_PARTS, (api_id,))
    tx.run(DELETE_ALL_SNAPSHOTS, (api_id,))


def snapshot(tx: Transaction, api_id: str, deployment_id: str) -> Snapshot | None:
    return tx.one(FIND_SNAPSHOT, (api_id, deployment_id), into=_snapshot)


def insert_snapshot(tx: Transaction, api: Api, deployment_id: str, taken: Snapshot) -> None:
    where = (api.scope.account, api.scope.region, api.api_id, deployment_id)
    tx.run(PUT_SNAPSHOT, (*where, msgspec.json.encode(taken).decode()))


def delete_snapshot(tx: Transaction, api_id: str, deployment_id: str) -> None:
    tx.run(DELETE_SNAPSHOT, (api_id, deployment_id))


def _read(kind: Kind[T], record: str | None) -> T | None:
    return None if record is None else _decoded(kind, record)


def _decoded(kind: Kind[T], record: str) -> T:
    return msgspec.json.decode(record, type=kind.record)


def _snapshot(record: str) -> Snapshot:
    return msgspec.json.decode(record, type=Snapshot)
