"""Connections: how to authorize with a web API, and what is added to every request of it.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-target-connection.html
"""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.core.servers import Request
from lambent.services.events import errors
from lambent.services.events.engine.identifiers import ConnectionName
from lambent.services.events.tables import connections
from lambent.services.events.tables.connections import ConnectionRow
from lambent.store.database import Transaction

CONNECTIONS_MAX = 3_000
TOKEN_S_DEFAULT = 3_600.0
TOKEN_S_MAX = 366 * 86_400.0
"""What a server says beyond it (or below nothing) is not believed."""
TOKEN_SPARE_S = 60.0
"""So long before it ends a token is not used any more."""

BASIC, API_KEY, OAUTH = "BASIC", "API_KEY", "OAUTH_CLIENT_CREDENTIALS"
AUTHORIZED, DEAUTHORIZED = "AUTHORIZED", "DEAUTHORIZED"
MEMBERS: Mapping[str, str] = {
    BASIC: "BasicAuthParameters",
    API_KEY: "ApiKeyAuthParameters",
    OAUTH: "OAuthParameters",
}
"""Of AuthParameters, by the authorization type whose they are."""

HTTP_PARAMETERS = "InvocationHttpParameters"
KINDS_OF_PARAMETERS = ("HeaderParameters", "QueryStringParameters", "BodyParameters")
SECRET_MEMBERS = frozenset({"Password", "ApiKeyValue", "ClientSecret"})

Pairs = Sequence[tuple[str, str]]


class Additions(Struct, frozen=True):
    """What a connection adds to requests: headers, query parameters, members of the body."""

    headers: Pairs
    query: Pairs
    body: Pairs


def find(tx: Transaction, scope: Scope, name: str) -> ConnectionRow:
    """Raises ConnectionNotFound."""
    row = connections.find(tx, scope, name)
    if row is None:
        raise errors.ConnectionNotFound(name=name)
    return row


def check_new(tx: Transaction, scope: Scope, name: str) -> None:
    """Raises ConnectionExists, LimitExceeded."""
    if connections.find(tx, scope, name) is not None:
        raise errors.ConnectionExists(name=name)
    if connections.count(tx, scope) >= CONNECTIONS_MAX:
        raise errors.LimitExceeded()


def made(
    scope: Scope, name: str, kind: str, parameters: Mapping[str, Any], told: Mapping[str, Any], now: Instant
) -> ConnectionRow:
    """A new one, about to be authorized. Raises ValidationException."""
    row = ConnectionRow(ConnectionName(scope, name, ids.uuid4()), kind, AUTHORIZED, "", told, parameters, now, now, now)
    _check(row)
    return row


def changed(
    row: ConnectionRow, kind: str | None, parameters: Mapping[str, Any], told: Mapping[str, Any], now: Instant
) -> ConnectionRow:
    """With what is given, and the rest as it was. Raises ValidationException."""
    kind = kind or row.kind
    before = {name: value for name, value in row.secret.items() if name in (MEMBERS[kind], HTTP_PARAMETERS)}
    secret = {
        name: _merged(before.get(name), parameters.get(name))
        for name in {**before, **parameters}
        if name != "ConnectivityParameters"
    }
    after = replace(
        row,
        kind=kind,
        state=AUTHORIZED,
        reason="",
        secret=secret,
        told={**row.told, **told},
        modified_at=now,
        authorized_at=now,
    )
    _check(after)
    return after


def _merged(before: Any, given: Any) -> Any:
    """Objects member by member; lists and texts are replaced."""
    if given is None:
        return before
    if not isinstance(before, Mapping) or not isinstance(given, Mapping):
        return given
    return {name: _merged(before.get(name), given.get(name)) for name in {**before, **given}}


def _check(row: ConnectionRow) -> None:
    wanted = MEMBERS[row.kind]
    given = [member for member in MEMBERS.values() if row.secret.get(member)]
    if given != [wanted]:
        raise errors.ValidationException(
            reason=f"AuthParameters of authorization type {row.kind} must have {wanted}, and no parameters of another type."
        )


def insert(tx: Transaction, row: ConnectionRow) -> None:
    """Raises ConnectionExists, LimitExceeded."""
    check_new(tx, row.name.scope, row.name.name)
    connections.put(tx, row)


def save(tx: Transaction, row: ConnectionRow) -> None:
    """Raises ConnectionNotFound for one that is gone, or another of the name."""
    if find(tx, row.name.scope, row.name.name).name != row.name:
        raise errors.ConnectionNotFound(name=row.name.name)
    connections.put(tx, row)


def refused(row: ConnectionRow, reason: str) -> ConnectionRow:
    """The authorization server would not have it."""
    return replace(row, state=DEAUTHORIZED, reason=reason[:512], authorized_at=None)


def deauthorize(tx: Transaction, scope: Scope, name: str, now: Instant) -> ConnectionRow:
    """Forgets what authorizes. Raises ConnectionNotFound."""
    row = find(tx, scope, name)
    secret = {member: value for member, value in row.secret.items() if member not in MEMBERS.values()}
    after = replace(row, state=DEAUTHORIZED, reason="", secret=secret, modified_at=now)
    connections.put(tx, after)
    return after


def delete(tx: Transaction, scope: Scope, name: str) -> ConnectionRow:
    """Raises ConnectionNotFound."""
    row = find(tx, scope, name)
    connections.delete(tx, scope, name)
    return row


def page(tx: Transaction, scope: Scope, *, prefix: str, state: str, after: str, count_max: int) -> list[ConnectionRow]:
    """The connections of one page, and the first of the next where there is one."""
    rows = connections.after(tx, scope, after)
    meant = [row for row in rows if row.name.name.startswith(prefix) and state in ("", row.state)]
    return meant[: count_max + 1]


def shown(parameters: Any) -> Any:
    """AuthParameters as they are described: without secrets."""
    if isinstance(parameters, Mapping):
        hidden = SECRET_MEMBERS | ({"Value"} if parameters.get("IsValueSecret") else set())
        return {name: shown(value) for name, value in parameters.items() if name not in hidden}
    if isinstance(parameters, list):
        return [shown(each) for each in parameters]
    return parameters


# ---- what requests are given -----------------------------------------------------------------------------------------


def additions(row: ConnectionRow, token: str) -> Additions:
    """``token`` is that of the authorization server, for a connection of type OAuth."""
    headers, query, body = (_pairs(row.secret.get(HTTP_PARAMETERS), kind) for kind in KINDS_OF_PARAMETERS)
    given = row.secret[MEMBERS[row.kind]]
    if row.kind == BASIC:
        headers.append(("Authorization", _basic(given["Username"], given["Password"])))
    elif row.kind == API_KEY:
        headers.append((given["ApiKeyName"], given["ApiKeyValue"]))
    else:
        headers.append(("Authorization", f"Bearer {token}"))
    return Additions(headers, query, body)


def token_request(row: ConnectionRow) -> Request:
    """Asks the authorization server for a token, as a client with credentials of its own (RFC 6749, 4.4)."""
    given = row.secret[MEMBERS[OAUTH]]
    client, http = given["ClientParameters"], given.get("OAuthHttpParameters")
    headers, query, body = (_pairs(http, kind) for kind in KINDS_OF_PARAMETERS)
    form = {"grant_type": "client_credentials", **dict(body)}
    names = {name.lower() for name, _ in headers}
    if "authorization" not in names:
        headers.append(("Authorization", _basic(client["ClientID"], client["ClientSecret"])))
    url, method = given["AuthorizationEndpoint"], given["HttpMethod"]
    if method == "GET":
        query, text = [*query, *form.items()], b""
    else:
        is_json = any(name.lower() == "content-type" and value.startswith("application/json") for name, value in headers)
        text = json.dumps(form).encode() if is_json else urlencode(form).encode()
        if "content-type" not in names:
            headers.append(("Content-Type", "application/x-www-form-urlencoded"))
    if query:
        url += ("&" if "?" in url else "?") + urlencode(query)
    return Request(method, url, headers, text)


def token_in(answer: bytes) -> tuple[str, float] | None:
    """The token of an answer, and how many seconds it is good for; None where there is none."""
    try:
        told = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    token = told.get("access_token") if isinstance(told, dict) else None
    if not isinstance(token, str) or not token or not token.isprintable():
        return None
    lasts_s = told.get("expires_in")
    is_number = isinstance(lasts_s, int | float) and not isinstance(lasts_s, bool) and 0 <= lasts_s <= TOKEN_S_MAX
    return token, max(0.0, (float(lasts_s) if is_number else TOKEN_S_DEFAULT) - TOKEN_SPARE_S)


def _pairs(parameters: Any, kind: str) -> list[tuple[str, str]]:
    return [(each.get("Key") or "", each.get("Value") or "") for each in (parameters or {}).get(kind) or ()]


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
