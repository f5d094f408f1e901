"""``http:invoke``: web APIs called with the credentials of EventBridge's connections."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.service.stepfunctions.conftest import Execution, machine
from tests.service.web import Web, serving

Run = Callable[..., Execution]


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as found:
        yield found


@pytest.fixture
def connection(client: Callable[..., Any]) -> str:
    """The ARN of a connection that adds a key, a query parameter and a member of the body."""
    added = {
        "HeaderParameters": [{"Key": "X-Added", "Value": "h"}],
        "QueryStringParameters": [{"Key": "q", "Value": "theirs"}],
        "BodyParameters": [{"Key": "b", "Value": "theirs"}],
    }
    parameters = {
        "ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "secret"},
        "InvocationHttpParameters": added,
    }
    made = client("events").create_connection(Name="c", AuthorizationType="API_KEY", AuthParameters=parameters)
    return str(made["ConnectionArn"])


def task(url: str, connection: str, **members: Any) -> dict[str, Any]:
    given = {"ApiEndpoint": url, "Method": "POST", "Authentication": {"ConnectionArn": connection}, **members}
    return {"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "Parameters": given, "End": True}


def test_a_web_api_is_called_with_what_task_and_connection_say(run: Run, web: Web, connection: str) -> None:
    state = task(f"{web.url}/orders", connection, **{"QueryParameters": {"q": "mine", "p": "1"}, "RequestBody.$": "$"})
    execution = run(machine(S=state), {"a": 1, "b": "mine"})
    (seen,) = web.seen
    assert (seen.method, seen.path) == ("POST", "/orders?p=1&q=theirs")
    assert json.loads(seen.body) == {"a": 1, "b": "theirs"}
    assert (seen.headers["x-key"], seen.headers["x-added"]) == ("secret", "h")
    assert seen.headers["user-agent"] == "Amazon|StepFunctions|HttpInvoke|us-east-1"
    output = execution.output
    assert (output["StatusCode"], output["StatusText"], output["ResponseBody"]) == (200, "OK", {"ok": True})
    assert output["Headers"]["content-type"] == ["application/json"]
    (scheduled,) = execution.details("TaskScheduled")
    assert (scheduled["resourceType"], scheduled["resource"]) == ("http", "invoke")
    assert "secret" not in json.dumps(execution.events(), default=str)


def test_a_status_can_be_caught(run: Run, web: Web, connection: str) -> None:
    web.answer = lambda _: (404, {"message": "gone"})
    state = task(web.url, connection) | {"Catch": [{"ErrorEquals": ["States.Http.StatusCode.404"], "Next": "C"}]}
    output = run(machine(S=state, C={"Type": "Pass", "End": True})).output
    assert output["Error"] == "States.Http.StatusCode.404"
    assert json.loads(output["Cause"])["ResponseBody"] == {"message": "gone"}


def test_a_server_that_is_not_there_is_a_socket_error(run: Run, connection: str) -> None:
    assert run(machine(S=task("http://127.0.0.1:1/", connection))).failure[0] == "States.Http.Socket"


def test_a_server_that_does_not_speak_tls_is_a_socket_error(run: Run, web: Web, connection: str) -> None:
    error, cause = run(machine(S=task(web.url.replace("http:", "https:"), connection))).failure
    assert error == "States.Http.Socket"
    assert "SSL" in str(cause)


def test_a_forbidden_header_fails_the_execution(run: Run, web: Web, connection: str) -> None:
    assert run(machine(S=task(web.url, connection, Headers={"Host": "x"}))).failure[0] == "States.Runtime"
    assert web.seen == []


def test_a_connection_that_cannot_authorize_fails_the_task(run: Run, web: Web, connection: str, client: Any) -> None:
    assert run(machine(S=task(web.url, f"{connection}x"))).failure[0] == "Events.ConnectionResource.ResourceNotFound"
    client("events").deauthorize_connection(Name="c")
    failure = run(machine(S=task(web.url, connection)), name="n").failure
    assert failure[0] == "Events.ConnectionResource.InvalidConnectionState"
    assert web.seen == []


def test_a_token_is_fetched_once_while_it_is_good(run: Run, web: Web, client: Any, advance: Callable[[float], None]) -> None:
    web.answer = lambda seen: (200, {"access_token": f"t{len(web.seen)}", "expires_in": 120})
    oauth = {
        "ClientParameters": {"ClientID": "id", "ClientSecret": "shh"},
        "AuthorizationEndpoint": f"{web.url}/token",
        "HttpMethod": "POST",
    }
    given = {"AuthorizationType": "OAUTH_CLIENT_CREDENTIALS", "AuthParameters": {"OAuthParameters": oauth}}
    arn = client("events").create_connection(Name="o", **given)["ConnectionArn"]
    chain = task(f"{web.url}/a", arn, Method="GET") | {"Next": "B", "ResultPath": None}
    del chain["End"]
    waits = {"Type": "Wait", "Seconds": 100, "Next": "C"}
    execution = run(machine(S=chain, B=waits, C=task(f"{web.url}/c", arn, Method="GET")))
    advance(100)
    assert execution.status == "SUCCEEDED"
    paths = [(seen.path, seen.headers["authorization"]) for seen in web.seen]
    assert paths == [
        ("/token", "Basic aWQ6c2ho"),
        ("/a", "Bearer t1"),
        ("/token", "Basic aWQ6c2ho"),
        ("/c", "Bearer t3"),
    ]
