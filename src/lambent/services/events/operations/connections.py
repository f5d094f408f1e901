"""Connections: create, update, describe, list, deauthorize, delete; and what a request in their name is given."""

from datetime import UTC, datetime
from typing import Any

from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.events import errors
from lambent.services.events.engine import connections
from lambent.services.events.engine.connections import OAUTH
from lambent.services.events.engine.identifiers import CREDENTIALS
from lambent.services.events.operations.base import Base, page_size, paged, scope_of, start, told
from lambent.services.events.operations.tokens import TokenRefused
from lambent.services.events.tables.connections import ConnectionRow

SETTINGS = ("Description", "KmsKeyIdentifier", "InvocationConnectivityParameters")


class ConnectionOperations(Base):
    """An authorization server is asked at once, so a connection is authorized or refused when its creation is answered."""

    async def create_connection(self, context: Context, parameters: Parameters) -> Reply:
        scope, name = scope_of(context), parameters["Name"]
        await self._store.read(connections.check_new, scope, name)
        given, kind = parameters["AuthParameters"], parameters["AuthorizationType"]
        row = connections.made(scope, name, kind, given, _settings(parameters), self._clock.now())
        row = await self._authorized(row)
        await self._store.write(connections.insert, row)
        times = {"CreationTime": _date(row.created_at), "LastModifiedTime": _date(row.modified_at)}
        return {"ConnectionArn": row.name.arn, "ConnectionState": row.state, **times}

    async def update_connection(self, context: Context, parameters: Parameters) -> Reply:
        before = await self._store.read(connections.find, scope_of(context), parameters["Name"])
        given, kind = parameters.get("AuthParameters") or {}, parameters.get("AuthorizationType")
        row = connections.changed(before, kind, given, _settings(parameters), self._clock.now())
        row = await self._authorized(row)
        await self._store.write(connections.save, row)
        return _times(row) | {"ConnectionArn": row.name.arn, "ConnectionState": row.state}

    async def describe_connection(self, context: Context, parameters: Parameters) -> Reply:
        row = await self._store.read(connections.find, scope_of(context), parameters["Name"])
        if parameters.get(CREDENTIALS):
            return {CREDENTIALS: await self._credentials(row, parameters[CREDENTIALS])}
        return {
            **_listed(row),
            **row.told,
            "SecretArn": row.name.secret_arn,
            "AuthParameters": connections.shown(row.secret),
        }

    async def list_connections(self, context: Context, parameters: Parameters) -> Reply:
        size = page_size(parameters)
        found = await self._store.read(
            connections.page,
            scope_of(context),
            prefix=parameters.get("NamePrefix") or "",
            state=parameters.get("ConnectionState") or "",
            after=start(parameters),
            count_max=size,
        )
        return paged("Connections", [_listed(row) for row in found], [row.name.name for row in found], size)

    async def deauthorize_connection(self, context: Context, parameters: Parameters) -> Reply:
        row = await self._store.write(connections.deauthorize, scope_of(context), parameters["Name"], self._clock.now())
        return _times(row) | {"ConnectionArn": row.name.arn, "ConnectionState": "DEAUTHORIZING"}

    async def delete_connection(self, context: Context, parameters: Parameters) -> Reply:
        row = await self._store.write(connections.delete, scope_of(context), parameters["Name"])
        return _times(row) | {"ConnectionArn": row.name.arn, "ConnectionState": "DELETING"}

    async def _authorized(self, row: ConnectionRow) -> ConnectionRow:
        """As the authorization server sees it."""
        if row.kind != OAUTH:
            return row
        try:
            await self._tokens.find(row)
        except TokenRefused as refusal:
            return connections.refused(row, str(refusal))
        return row

    async def _credentials(self, row: ConnectionRow, asked: Parameters) -> dict[str, Any]:
        """What a request in the name of the connection is given. Raises ConnectionNotFound, ConnectionNotAuthorized."""
        if row.name.arn != asked["ConnectionArn"]:
            raise errors.ConnectionNotFound(name=row.name.name)
        if row.state != connections.AUTHORIZED:
            raise errors.ConnectionNotAuthorized(name=row.name.name, state=row.state, reason=row.reason)
        try:
            token = await self._tokens.find(row) if row.kind == OAUTH else ""
        except TokenRefused as refusal:
            raise errors.ConnectionNotAuthorized(name=row.name.name, state=row.state, reason=str(refusal)) from refusal
        found = connections.additions(row, token)
        return {"Headers": found.headers, "QueryParameters": found.query, "Body": found.body}


def _settings(parameters: Parameters) -> dict[str, Any]:
    return {name: parameters[name] for name in SETTINGS if parameters.get(name) is not None}


def _listed(row: ConnectionRow) -> dict[str, Any]:
    facts = {
        "ConnectionArn": row.name.arn,
        "Name": row.name.name,
        "ConnectionState": row.state,
        "StateReason": row.reason,
        "AuthorizationType": row.kind,
    }
    return told(facts) | _times(row)


def _times(row: ConnectionRow) -> dict[str, Any]:
    times = {"CreationTime": row.created_at, "LastModifiedTime": row.modified_at, "LastAuthorizedTime": row.authorized_at}
    return {name: _date(moment) for name, moment in times.items() if moment is not None}


def _date(moment: Instant) -> datetime:
    return datetime.fromtimestamp(moment, UTC)
