"""Connections through boto3: how to authorize with web APIs, and who is never told the secrets."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.service.web import Web, serving

KEY = {"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "secret"}}


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as found:
        yield found


def create(events: Any, name: str = "c", kind: str = "API_KEY", parameters: Any = KEY, **members: Any) -> Any:
    return events.create_connection(Name=name, AuthorizationType=kind, AuthParameters=parameters, **members)


def test_a_connection_is_described_without_its_secret(events: Any, account: str) -> None:
    made = create(events, Description="d")
    told = events.describe_connection(Name="c")
    assert made["ConnectionState"] == told["ConnectionState"] == "AUTHORIZED"
    assert made["ConnectionArn"] == told["ConnectionArn"]
    assert told["ConnectionArn"].startswith(f"arn:aws:events:us-east-1:{account}:connection/c/")
    assert told["AuthParameters"] == {"ApiKeyAuthParameters": {"ApiKeyName": "X-Key"}}
    assert (told["AuthorizationType"], told["Description"]) == ("API_KEY", "d")
    assert told["SecretArn"].startswith(f"arn:aws:secretsmanager:us-east-1:{account}:secret:events!connection/c/")
    assert told["LastAuthorizedTime"] == told["CreationTime"]


def test_a_connection_is_there_once_and_until_it_is_deleted(events: Any, refusal: Callable[..., Any]) -> None:
    create(events)
    assert refusal(create, events=events) == ("ResourceAlreadyExistsException", 400, "Connection c already exists.")
    assert events.delete_connection(Name="c")["ConnectionState"] == "DELETING"
    text = "Failed to describe the connection(s). Connection 'c' does not exist."
    for call in (events.describe_connection, events.delete_connection, events.deauthorize_connection, events.update_connection):
        assert refusal(call, Name="c") == ("ResourceNotFoundException", 400, text)


def test_connections_are_listed_by_prefix_and_state_in_pages(events: Any) -> None:
    for name in ("a1", "a2", "b1"):
        create(events, name)
    events.deauthorize_connection(Name="b1")
    first = events.list_connections(Limit=1)
    second = events.list_connections(Limit=2, NextToken=first["NextToken"])
    assert [one["Name"] for one in first["Connections"] + second["Connections"]] == ["a1", "a2", "b1"]
    assert "NextToken" not in second
    assert [one["Name"] for one in events.list_connections(NamePrefix="b")["Connections"]] == ["b1"]
    assert [one["Name"] for one in events.list_connections(ConnectionState="DEAUTHORIZED")["Connections"]] == ["b1"]


def test_an_update_authorizes_again(events: Any) -> None:
    create(events)
    events.deauthorize_connection(Name="c")
    basic = {"BasicAuthParameters": {"Username": "u", "Password": "p"}}
    assert (
        events.update_connection(Name="c", AuthorizationType="BASIC", AuthParameters=basic)["ConnectionState"] == "AUTHORIZED"
    )
    assert events.describe_connection(Name="c")["AuthParameters"] == {"BasicAuthParameters": {"Username": "u"}}


@pytest.mark.parametrize(("status", "state"), [(200, "AUTHORIZED"), (403, "DEAUTHORIZED")])
def test_an_authorization_server_decides(events: Any, web: Web, status: int, state: str) -> None:
    web.answer = lambda _: (status, {"access_token": "t", "expires_in": 3600})
    oauth = {
        "ClientParameters": {"ClientID": "id", "ClientSecret": "shh"},
        "AuthorizationEndpoint": f"{web.url}/token",
        "HttpMethod": "POST",
    }
    assert create(events, "o", "OAUTH_CLIENT_CREDENTIALS", {"OAuthParameters": oauth})["ConnectionState"] == state
    assert web.seen[0].body == "grant_type=client_credentials"
    told = events.describe_connection(Name="o")
    assert ("StateReason" in told) == (status == 403)
