"""WebSocket APIs, as their clients see them: made through boto3, talked to with a client library."""

import io
import json
import random
import socket
import sys
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

APP = """
import json, time

import boto3

table = boto3.resource("dynamodb").Table("people")


def chat(event, context):
    known = event["requestContext"]
    match known["routeKey"]:
        case "$connect":
            table.put_item(Item={"id": known["connectionId"]})
        case "$disconnect":
            table.update_item(
                Key={"id": known["connectionId"]}, UpdateExpression="SET code = :c",
                ExpressionAttributeValues={":c": known["disconnectStatusCode"]},
            )
        case "say":
            connections = boto3.client("apigatewaymanagementapi")
            for person in table.scan()["Items"]:
                try:
                    connections.post_to_connection(ConnectionId=person["id"], Data=json.loads(event["body"])["text"])
                except connections.exceptions.GoneException:
                    pass
        case "slow":
            time.sleep(0.3)
        case "back":
            url = f"http://{known['domainName']}/{known['stage']}"
            connections = boto3.client("apigatewaymanagementapi", endpoint_url=url)
            connections.post_to_connection(ConnectionId=known["connectionId"], Data="by its domain name")
    return {"statusCode": 200, "body": event.get("body")}


def authorize(event, context):
    effect = "Allow" if event["headers"].get("Token") == "good" else "Deny"
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": event["methodArn"]}
    return {"principalId": "ann", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
"""
FUNCTIONS = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{}/invocations"


class Chat:
    """An API with a stage ``prod``, whose default route echoes, and one with an authorizer (``guarded``)."""

    def __init__(self, platform: Any) -> None:
        self.account = f"{random.randrange(10**11, 10**12)}"
        self.platform = platform
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("app.py", APP)
        functions, self.client = self.aws("lambda"), self.aws("apigatewayv2")
        self.table = self.aws("dynamodb")
        self.table.create_table(
            TableName="people",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        arns = {}
        for name in ("chat", "authorize"):
            arns[name] = functions.create_function(
                FunctionName=name,
                Runtime=f"python3.{sys.version_info.minor}",
                Handler=f"app.{name}",
                Role=f"arn:aws:iam::{self.account}:role/r",
                Code={"ZipFile": content.getvalue()},
                Timeout=20,
            )["FunctionArn"]
        for name in arns:
            functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0, "MaxAttempts": 10_000})
        self.api_id = self._api(arns["chat"], ("$connect", "$disconnect", "$default", "say", "back"))
        self.guarded_id = self._api(arns["chat"], ())
        authorizer = self.client.create_authorizer(
            ApiId=self.guarded_id,
            Name="a",
            AuthorizerType="REQUEST",
            AuthorizerUri=FUNCTIONS.format(arns["authorize"]),
            IdentitySource=["route.request.header.Token"],
        )["AuthorizerId"]
        self.client.create_route(
            ApiId=self.guarded_id, RouteKey="$connect", AuthorizationType="CUSTOM", AuthorizerId=authorizer
        )

    def _api(self, function: str, routes: tuple[str, ...]) -> str:
        made = self.client.create_api(Name="a", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")
        api_id = str(made["ApiId"])
        integration = self.client.create_integration(
            ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=FUNCTIONS.format(function)
        )
        for key in routes:
            route = self.client.create_route(ApiId=api_id, RouteKey=key, Target=f"integrations/{integration['IntegrationId']}")
            if key == "$default":
                self.client.create_route_response(ApiId=api_id, RouteId=route["RouteId"], RouteResponseKey="$default")
        self.client.create_stage(ApiId=api_id, StageName="prod", AutoDeploy=True)
        return api_id

    def aws(self, service: str, endpoint_url: str = "") -> Any:
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=endpoint_url or self.platform.url,
            aws_access_key_id=self.account,
            aws_secret_access_key="test",
        )

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.platform.url.partition("://")[2].rpartition(":")
        return host, int(port)

    def connect(self, api_id: str = "", **options: Any) -> ClientConnection:
        """By its host, which needs no name server this way."""
        uri = f"ws://{api_id or self.api_id}.execute-api.localhost:{self.address[1]}/prod"
        return connect(uri, sock=socket.create_connection(self.address), **options)

    def code_of(self, connection_id: str) -> str | None:
        item = self.table.get_item(TableName="people", Key={"id": {"S": connection_id}}, ConsistentRead=True)["Item"]
        return item["code"]["N"] if "code" in item else None

    def ids(self) -> set[str]:
        return {item["id"]["S"] for item in self.table.scan(TableName="people")["Items"] if "code" not in item}


@pytest.fixture(scope="module")
def chat(platform: Any) -> Iterator[Chat]:
    return Chat(platform)


def test_a_message_is_echoed_and_told_to_everybody_whose_id_a_table_keeps(chat):
    with chat.connect() as ann, chat.connect() as bob:
        ann.send("hello")
        assert ann.recv(20) == "hello"
        ann.send(json.dumps({"action": "say", "text": "hi all"}))
        assert [ann.recv(20), bob.recv(20)] == ["hi all"] * 2
        bob.close()
        ann.send(json.dumps({"action": "say", "text": "still here"}))
        assert ann.recv(20) == "still here"


def test_a_function_finds_a_connection_by_the_domain_name_and_stage_of_its_event(chat):
    host, port = chat.address
    with connect(f"ws://{host}:{port}/_aws/execute-api/{chat.api_id}/prod") as client:
        client.send(json.dumps({"action": "back"}))
        assert client.recv(20) == "by its domain name"


def test_a_message_whose_function_takes_longer_than_its_integration_may_is_told_so(chat):
    uri = FUNCTIONS.format(f"arn:aws:lambda:us-east-1:{chat.account}:function:chat")
    slow = chat.client.create_integration(
        ApiId=chat.api_id, IntegrationType="AWS_PROXY", IntegrationUri=uri, TimeoutInMillis=50
    )
    chat.client.create_route(ApiId=chat.api_id, RouteKey="slow", Target=f"integrations/{slow['IntegrationId']}")
    with chat.connect() as client:
        client.send(json.dumps({"action": "slow"}))
        assert json.loads(client.recv(20))["message"] == "Endpoint request timed out"


def test_an_authorizer_refuses_before_anything_is_opened(chat):
    for headers, status in (({}, 401), ({"Token": "bad"}, 403)):
        with pytest.raises(InvalidStatus) as caught, chat.connect(chat.guarded_id, additional_headers=headers):
            pass
        assert caught.value.response.status_code == status
    with chat.connect(chat.guarded_id, additional_headers={"Token": "good"}) as client:
        client.ping()


def test_a_connection_is_looked_at_ended_and_gone(chat, platform):
    manager = chat.aws("apigatewaymanagementapi", f"{platform.url}/_aws/execute-api/{chat.api_id}/prod")
    before = chat.ids()
    with chat.connect() as client:
        (connection_id,) = chat.ids() - before
        assert manager.get_connection(ConnectionId=connection_id)["Identity"]["SourceIp"] == "127.0.0.1"
        with pytest.raises(manager.exceptions.PayloadTooLargeException):
            manager.post_to_connection(ConnectionId=connection_id, Data=b"x" * 131_073)
        manager.delete_connection(ConnectionId=connection_id)
        with pytest.raises(ConnectionClosed):
            client.recv(20)
    with pytest.raises(manager.exceptions.GoneException):
        manager.post_to_connection(ConnectionId=connection_id, Data=b"x")


@pytest.mark.parametrize("is_stage", [True, False], ids=["stage", "api"])
def test_a_connection_ends_with_its_api_or_stage_without_having_to_say_something(chat, is_stage):
    api_id = chat._api(f"arn:aws:lambda:us-east-1:{chat.account}:function:chat", ("$default",))
    with chat.connect(api_id) as client, chat.connect() as other:
        if is_stage:
            chat.client.delete_stage(ApiId=api_id, StageName="prod")
        else:
            chat.client.delete_api(ApiId=api_id)
        with pytest.raises(ConnectionClosed) as caught:
            client.recv(20)
        assert caught.value.rcvd.code == 1001
        other.send("hello")
        assert other.recv(20) == "hello"


def test_an_idle_connection_ends_by_the_account_s_clock_and_the_function_hears_of_it(chat, platform):
    before = chat.ids()
    with chat.connect() as client:
        (connection_id,) = chat.ids() - before
        platform.advance(601, account=chat.account)
        with pytest.raises(ConnectionClosed) as caught:
            client.recv(20)
        assert caught.value.rcvd.code == 1001
    platform.advance(0, account=chat.account)
    assert chat.code_of(connection_id) == "1001"
