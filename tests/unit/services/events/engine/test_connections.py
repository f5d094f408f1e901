"""Connections: what is kept, what is shown, and what requests in their name are given."""

import json
from typing import Any

import pytest
from msgspec.structs import replace
from tests.unit.services.events.engine.conftest import SCOPE

from lambent.services.events import errors
from lambent.services.events.engine import connections
from lambent.services.events.tables.connections import ConnectionRow
from lambent.store.database import Transaction

NOW = 1_767_225_600.0
BASIC = {"BasicAuthParameters": {"Username": "u", "Password": "p"}}
HTTP = {
    "InvocationHttpParameters": {
        "HeaderParameters": [{"Key": "H", "Value": "1", "IsValueSecret": True}],
        "QueryStringParameters": [{"Key": "q", "Value": "2"}],
        "BodyParameters": [{"Key": "b", "Value": "3"}],
    }
}
OAUTH = {
    "ClientParameters": {"ClientID": "id", "ClientSecret": "shh"},
    "AuthorizationEndpoint": "https://auth.test/token",
    "HttpMethod": "POST",
}


def made(kind: str = "BASIC", parameters: Any = None, *, name: str = "c") -> ConnectionRow:
    return connections.made(SCOPE, name, kind, BASIC if parameters is None else parameters, {}, NOW)


def oauth(**changes: Any) -> ConnectionRow:
    return made("OAUTH_CLIENT_CREDENTIALS", {"OAuthParameters": {**OAUTH, **changes}})


def test_a_connection_is_found_until_it_is_deleted(tx: Transaction) -> None:
    row = made()
    connections.insert(tx, row)
    assert connections.find(tx, SCOPE, "c") == row
    with pytest.raises(errors.ConnectionExists):
        connections.insert(tx, made())
    connections.delete(tx, SCOPE, "c")
    with pytest.raises(errors.ConnectionNotFound, match=r"Connection 'c' does not exist\."):
        connections.find(tx, SCOPE, "c")


@pytest.mark.parametrize("parameters", [{}, {"ApiKeyAuthParameters": {"ApiKeyName": "a", "ApiKeyValue": "b"}}])
def test_parameters_are_those_of_the_type(parameters: Any) -> None:
    with pytest.raises(errors.ValidationException):
        made("BASIC", parameters)


def test_an_update_keeps_what_it_does_not_name() -> None:
    before = replace(made(parameters=BASIC | HTTP), told={"Description": "d"})
    after = connections.changed(before, None, {"BasicAuthParameters": {"Password": "new"}}, {}, NOW + 1)
    assert after.secret == {"BasicAuthParameters": {"Username": "u", "Password": "new"}, **HTTP}
    assert (after.told, after.created_at, after.modified_at) == ({"Description": "d"}, NOW, NOW + 1)


def test_an_update_to_another_type_forgets_what_authorized_before() -> None:
    key = {"ApiKeyAuthParameters": {"ApiKeyName": "a", "ApiKeyValue": "b"}}
    assert connections.changed(made(), "API_KEY", key, {}, NOW).secret == key


def test_secrets_are_not_shown() -> None:
    row = made(parameters=BASIC | HTTP)
    shown = connections.shown(row.secret)
    assert shown["BasicAuthParameters"] == {"Username": "u"}
    assert shown["InvocationHttpParameters"]["HeaderParameters"] == [{"Key": "H", "IsValueSecret": True}]
    assert shown["InvocationHttpParameters"]["BodyParameters"] == [{"Key": "b", "Value": "3"}]
    assert connections.shown(oauth().secret)["OAuthParameters"]["ClientParameters"] == {"ClientID": "id"}


def test_who_is_deauthorized_has_no_secret_any_more(tx: Transaction) -> None:
    connections.insert(tx, made(parameters=BASIC | HTTP))
    row = connections.deauthorize(tx, SCOPE, "c", NOW)
    assert (row.state, row.secret) == ("DEAUTHORIZED", HTTP)


def test_a_page_is_of_a_prefix_and_a_state(tx: Transaction) -> None:
    for name in ("ab", "aa", "b", "ac"):
        connections.insert(tx, made(name=name))
    connections.deauthorize(tx, SCOPE, "ac", NOW)
    found = connections.page(tx, SCOPE, prefix="a", state="AUTHORIZED", after="", count_max=1)
    assert [row.name.name for row in found] == ["aa", "ab"]


def test_a_request_is_given_what_authorizes_it_and_what_the_connection_adds() -> None:
    basic = connections.additions(made(parameters=BASIC | HTTP), "")
    assert basic.headers == [("H", "1"), ("Authorization", "Basic dTpw")]
    assert (basic.query, basic.body) == ([("q", "2")], [("b", "3")])
    key = made("API_KEY", {"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "v"}})
    assert connections.additions(key, "").headers == [("X-Key", "v")]
    assert connections.additions(oauth(), "t").headers == [("Authorization", "Bearer t")]


def test_a_token_is_asked_for_with_the_clients_credentials() -> None:
    body = {"OAuthHttpParameters": {"BodyParameters": [{"Key": "scope", "Value": "a b"}]}}
    asked = connections.token_request(oauth(**body))
    assert (asked.method, asked.url) == ("POST", "https://auth.test/token")
    assert dict(asked.headers) == {
        "Authorization": "Basic aWQ6c2ho",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    assert asked.body == b"grant_type=client_credentials&scope=a+b"
    read = connections.token_request(oauth(HttpMethod="GET", AuthorizationEndpoint="https://auth.test/?x=1"))
    assert (read.url, read.body) == ("https://auth.test/?x=1&grant_type=client_credentials", b"")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"access_token": "t", "expires_in": 100}, ("t", 40.0)),
        ({"access_token": "t"}, ("t", 3_540.0)),
        ({"access_token": "t", "expires_in": 1}, ("t", 0.0)),
        ({"access_token": "t", "expires_in": 10**400}, ("t", 3_540.0)),
        ({"access_token": "t", "expires_in": float("inf")}, ("t", 3_540.0)),
        ({"access_token": "t", "expires_in": float("nan")}, ("t", 3_540.0)),
        ({"access_token": "a\r\nb: c"}, None),
        ({"error": "no"}, None),
        (["access_token"], None),
    ],
)
def test_a_token_is_read_with_how_long_it_is_good_for(answer: Any, expected: Any) -> None:
    assert connections.token_in(json.dumps(answer).encode()) == expected
