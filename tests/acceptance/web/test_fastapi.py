"""One FastAPI application, called through every way, answers with the same bytes as on its own uvicorn."""

import asyncio
import json
import logging
from typing import Any

import httpx
import pytest
from tests.acceptance.web import ways
from tests.acceptance.web.conftest import Shop, source, visitor
from tests.acceptance.web.fastapi_app import PNG

pytestmark = pytest.mark.slow

MANGUM_WAY = "mangum"
MANGUM = "import mangum, main\nhandler = mangum.Mangum(main.app)\n"


def function_url(shop: Shop, name: str, mode: str, **options: Any) -> tuple[httpx.Client, str]:
    files = {"main.py": source("fastapi_app")} | options.pop("files", {})
    url, headers = shop.address(shop.function(name, files, **options), mode)
    return visitor(url, headers=headers), ""


def served(**variables: str) -> dict[str, Any]:
    """A function that is a web server started by a script, with the layer that stands between."""
    script = "#!/bin/sh\nPYTHONPATH=$PYTHONPATH:/opt/python exec python3 -m uvicorn --port=$PORT main:app\n"
    variables |= {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap", "PORT": "8000", "AWS_LWA_READINESS_CHECK_PATH": "/items/1"}
    layer = "arn:aws:lambda:us-east-1:753240598075:layer:LambdaAdapterLayerX86:25"
    return {
        "files": {"run.sh": script},
        "handler": "run.sh",
        "Layers": [layer],
        "Environment": {"Variables": variables},
    }


def http_api(shop: Shop, name: str, payload_format: str, stage: str) -> tuple[httpx.Client, str]:
    shop.function(name, {"main.py": source("fastapi_app")}, handler="main.app")
    url, headers = shop.api(name, payload_format=payload_format, stage=stage)
    return visitor(url, headers=headers), "" if stage == "$default" else f"/{stage}"


def rest_api(shop: Shop, name: str) -> tuple[httpx.Client, str]:
    shop.function(name, {"main.py": source("fastapi_app")}, handler="main.app")
    url, headers = shop.rest_api(name)
    return visitor(url, headers=headers), "/prod"


WAYS = {
    "asgi at a function URL": lambda shop: function_url(shop, "asgi", "BUFFERED", handler="main.app"),
    "asgi, streamed": lambda shop: function_url(shop, "asgi-stream", "RESPONSE_STREAM", handler="main.app"),
    "asgi behind an HTTP API": lambda shop: http_api(shop, "asgi-http", "2.0", "$default"),
    "asgi behind a stage of an HTTP API": lambda shop: http_api(shop, "asgi-stage", "2.0", "prod"),
    "asgi behind an HTTP API of payload 1.0": lambda shop: http_api(shop, "asgi-old", "1.0", "prod"),
    "asgi behind a REST API": lambda shop: rest_api(shop, "asgi-rest"),
    "its own server behind the web adapter": lambda shop: function_url(shop, "adapter", "BUFFERED", **served()),
    "its own server, streamed": lambda shop: function_url(
        shop, "adapter-stream", "RESPONSE_STREAM", **served(AWS_LWA_INVOKE_MODE="response_stream")
    ),
    MANGUM_WAY: lambda shop: function_url(shop, "mangum", "BUFFERED", handler="adapted.handler", files={"adapted.py": MANGUM}),
}

REQUESTS = {
    "path and query": ("GET", "/items/42?q=a%20b&limit=3", {}),
    "a path that is no number": ("GET", "/items/abc", {}),
    "a body": ("POST", "/items", {"json": {"name": "cup", "price": 1.5}}),
    "a body that lacks": ("POST", "/items", {"json": {"name": ""}}),
    "a body that is no JSON": ("POST", "/items", {"content": b"{", "headers": {"content-type": "application/json"}}),
    "an encoded path": ("GET", "/files/a%20b/%C3%BC/c%2Bd?x=1&x=2&y=", {}),
    "cookies": ("GET", "/cookies", {"headers": {"cookie": "session=s1; other=2"}}),
    "a redirect": ("GET", "/redirect", {}),
    "a redirect to the slash": ("GET", "/slash", {}),
    "an upload": ("POST", "/upload?note=n", {"files": {"file": ("ü.bin", bytes(range(256)), "application/x-b")}}),
    "a picture": ("GET", "/picture", {}),
    "the head of a picture": ("HEAD", "/picture", {}),
    "headers": ("GET", "/headers", {"headers": {"x-token": "t"}}),
    "binary both ways": ("POST", "/echo", {"content": bytes(range(256)), "headers": {"content-type": "application/x-b"}}),
    "text both ways": ("POST", "/echo", {"content": "ü€\n".encode(), "headers": {"content-type": "text/plain"}}),
    "a megabyte both ways": ("POST", "/echo", {"content": b"0123456789" * 120_000, "headers": {"content-type": "text/x"}}),
    "a large answer": ("GET", "/large?size=4000000", {}),
    "server-sent events": ("GET", "/events", {}),
    "nothing": ("DELETE", "/items/1", {}),
    "no such path": ("GET", "/nowhere", {}),
    "no such method": ("PUT", "/items/1", {}),
    "an exception": ("GET", "/fails", {}),
    "the documentation": ("GET", "/docs", {}),
    "the schema": ("GET", "/openapi.json", {}),
}


RARE = ("asgi behind a stage of an HTTP API",)  # where payload 1.0 is told of the stage, too


@pytest.fixture(scope="module", params=[pytest.param(way, marks=[pytest.mark.realtime] * (way in RARE)) for way in WAYS])
def pair(request: Any, shop: Shop, own_servers: Any) -> Any:
    """A visitor by one way, and one of the application's own server."""
    way, root_path = WAYS[request.param](shop)
    way.starts_once = request.param != MANGUM_WAY
    with way, visitor(own_servers("fastapi_app", root_path), headers={"host": way.headers["host"]}) as own:
        yield way, own


@pytest.fixture(autouse=True)
def quiet():
    logging.getLogger("uvicorn.error").disabled = True
    yield
    logging.getLogger("uvicorn.error").disabled = False


def test_every_answer_is_the_applications_own(pair):
    way, own = pair
    different = {}
    for name, (method, path, options) in REQUESTS.items():
        found = ways.difference(*(client.request(method, path, **options) for client in (way, own)))
        if found:
            different[name] = found
    assert different == {}


def test_background_tasks_are_done_before_the_next_visit(pair):
    way, _ = pair
    assert way.get("/background/a").json() == []
    kept = ["a"] if way.starts_once else []  # Mangum starts the application anew with each event
    assert way.get("/background/b").json() == kept


def test_a_picture_is_the_picture(pair):
    way, _ = pair
    assert way.get("/picture").content == PNG


async def test_a_hundred_visitors_of_an_api_never_see_one_anothers_data(shop):
    """The application imports nothing, for a hundred of them start at once; the second visit meets one that ran before."""
    code = (
        "import asyncio, json\n"
        "async def app(scope, receive, send):\n"
        "    assert scope['type'] == 'http'\n"
        "    headers = {name.decode(): value.decode() for name, value in scope['headers']}\n"
        "    told = [scope['path'], scope['query_string'].decode(), headers['x-secret'], headers['cookie']]\n"
        "    told.append((await receive())['body'].decode())\n"
        "    await asyncio.sleep(0.01)\n"
        "    await send({'type': 'http.response.start', 'status': 200, 'headers': []})\n"
        "    await send({'type': 'http.response.body', 'body': json.dumps(told).encode()})\n"
    )
    shop.function("concurrent", {"main.py": code}, handler="main.app", Layers=None)
    url, headers = shop.api("concurrent", payload_format="2.0", stage="$default")

    async def visit(client: httpx.AsyncClient, number: int) -> None:
        for visit in (f"{number}a", f"{number}b"):
            own = {"x-secret": f"h{visit}", "cookie": f"c={visit}"}
            answer = await client.post(f"/s{visit}?q={visit}", headers=own, content=f"b{visit}")
            assert answer.json() == [f"/s{visit}", f"q={visit}", f"h{visit}", f"c={visit}", f"b{visit}"]

    limits = httpx.Limits(max_connections=100)
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=120, limits=limits, trust_env=False) as client:
        await asyncio.gather(*(visit(client, number) for number in range(100)))


def test_an_event_that_is_no_request_is_posted_to_the_application(shop):
    code = "from fastapi import FastAPI, Request\napp = FastAPI()\n"
    code += "@app.post('/events')\nasync def events(request: Request):\n    return {'got': await request.json()}\n"
    shop.function("posted", {"main.py": code}, handler="main.app")
    reply = shop.client.invoke(FunctionName="posted", Payload=b'{"Records": [1]}')
    assert json.loads(reply["Payload"].read()) == {"got": {"Records": [1]}}
