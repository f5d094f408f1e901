"""A WebSocket API with 200 connections whose messages a function echoes, and the ``websockets`` library's own echo server."""

import json
import subprocess
import sys

from benchmarks import measure, platforms
from benchmarks.measure import Measurement

CONNECTIONS = 200
ROUNDS = 3
ROUND_S = 5.0
ROUND_S_MAX = 60.0

ECHO = """
def handler(event, context):
    return {"statusCode": 200, "body": event["body"]}
"""
ECHO_SERVER = """
import asyncio
from websockets.asyncio.server import serve

async def echo(connection):
    async for message in connection:
        await connection.send(message)

async def main():
    async with serve(echo, "127.0.0.1", 0, compression=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

asyncio.run(main())
"""


def run() -> list[Measurement]:
    with subprocess.Popen(
        [sys.executable, "-c", ECHO_SERVER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            floor = measure.of(
                f"{CONNECTIONS} WebSockets of an echo server",
                [1e6 / echoed(port, "localhost", "/") for _ in range(ROUNDS)],
                "us",
            )
        finally:
            server.terminate()
    with platforms.platform() as platform:
        platform.deploy("echo", ECHO)
        api_id = deploy(platform, "echo")
        host = f"{api_id}.execute-api.localhost:{platform.port}"
        echoed(platform.port, host, "/prod")  # environments start
        rates = [echoed(platform.port, host, "/prod") for _ in range(ROUNDS)]
    return [
        floor,
        measure.of(
            f"{CONNECTIONS} WebSockets, a function echoes", [1e6 / rate for rate in rates], "us", goal="<= 200 us"
        ).against(floor),
    ]


def deploy(platform: platforms.Platform, function: str) -> str:
    """An API whose default route is the function, both ways."""
    client = platform.client("apigatewayv2")
    api_id: str = client.create_api(Name="echo", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")[
        "ApiId"
    ]
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{function}"
    integration = client.create_integration(
        ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationMethod="POST", IntegrationUri=invocations_uri(arn)
    )
    target = f"integrations/{integration['IntegrationId']}"
    route = client.create_route(ApiId=api_id, RouteKey="$default", Target=target, RouteResponseSelectionExpression="$default")
    client.create_route_response(ApiId=api_id, RouteId=route["RouteId"], RouteResponseKey="$default")
    client.create_stage(ApiId=api_id, StageName="prod", AutoDeploy=True)
    platform.client("lambda").add_permission(
        FunctionName=function, StatementId="api", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
    )
    return api_id


def invocations_uri(function_arn: str) -> str:
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function_arn}/invocations"


def echoed(port: int, host: str, path: str) -> float:
    """Messages a second, each connection sending its next when it has its last one back; from a process of its own."""
    command = [sys.executable, "-m", "benchmarks.echoes", str(port), host, path, str(CONNECTIONS), str(ROUND_S)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=ROUND_S_MAX)
    return float(json.loads(done.stdout)["per_second"])
