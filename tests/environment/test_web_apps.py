"""Handlers that are web applications, in real environments."""

import asyncio
import io
import json
import socket
import zipfile

import pytest
from msgspec.structs import replace
from tests.unit.environments.inside.events import payload_2

from lambent.environments.managed_layers import managed_layer

ASGI = """
import json, logging, os
visits = []
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        message = await receive()
        print("lifespan startup")
        scope["state"]["started"] = os.getpid()
        if os.environ.get("FAILS"):
            try:
                raise_it()
            except ConnectionError as error:
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                raise
        await send({"type": "lifespan.startup.complete"})
        await receive()
        print("lifespan shutdown")
        await send({"type": "lifespan.shutdown.complete"})
        return
    message = await receive()
    if scope["path"] == "/fails":
        raise KeyError("lost")
    if scope["path"] == "/terminates":
        import signal
        signal.raise_signal(signal.SIGTERM)
    visits.append(scope["path"])
    body = json.dumps([visits, scope["state"]["started"] == os.getpid(), message["body"].decode()]).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": body})

def raise_it():
    raise ConnectionError("no database")
"""


async def test_an_application_starts_once_and_answers_events(house):
    spec = house.spec(ASGI, handler="app.app")
    answers = [await house.call(spec, payload_2("POST", path, body="hi")) for path in ("/a", "/b")]
    assert [json.loads(answer["body"]) for answer in answers] == [[["/a"], True, "hi"], [["/a", "/b"], True, "hi"]]
    assert "".join(house.sink.messages()).count("lifespan startup") == 1
    answer = await house.call(spec, payload_2("GET", "/fails"))
    assert (answer["statusCode"], answer["body"]) == (500, "Internal Server Error")
    assert any(line.startswith("[ERROR]") and "KeyError: 'lost'" in line for line in house.sink.messages())


async def test_an_application_that_cannot_start_fails_the_init_and_says_where(house):
    error = await house.fail(house.spec(ASGI, handler="app.app", variables={"FAILS": "1"}), payload_2())
    assert (error["errorType"], error["errorMessage"]) == ("ConnectionError", "no database")
    assert "raise_it" in error["stackTrace"][-1]


async def test_an_application_is_told_of_the_end_of_its_process(house):
    outcome = await house.invoke(house.spec(ASGI, handler="app.app"), payload_2("GET", "/terminates"))
    assert outcome.function_error == "Unhandled"
    assert "lifespan shutdown" in "".join(house.sink.messages())


async def test_a_wsgi_application_answers_events(house):
    code = (
        "def application(environ, start_response):\n"
        "    start_response('200 OK', [('Content-Type', 'text/plain')])\n"
        "    return [environ['PATH_INFO'].encode()]\n"
    )
    answer = await house.call(house.spec(code, handler="app.application"), payload_2("GET", "/a%20b"))
    assert (answer["statusCode"], answer["body"]) == (200, "/a b")


SERVER = """
import http.server, json, os, sys
class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        if self.path == "/ends":
            os._exit(3)
        context = json.loads(self.headers["x-amzn-lambda-context"])
        told = {"path": self.path, "port": os.environ["PORT"], "id": context["request_id"]}
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
Page.do_POST = Page.do_GET
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Page).serve_forever()
"""


@pytest.fixture
def adapted(house):
    """A function whose web server the adapter's layer runs, and the port that it is to take."""
    with zipfile.ZipFile(io.BytesIO(managed_layer("000000000000", "lambent-web-adapter").content)) as bundle:
        layer = {name: bundle.read(name) for name in bundle.namelist()}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    files = {"run.sh": "#!/bin/sh\nexec /var/lang/bin/python3.11 server.py\n", "server.py": SERVER}
    variables = {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap", "PORT": port, "AWS_LWA_READINESS_CHECK_PROTOCOL": "tcp"}
    return house.spec(files, handler="run.sh", layers=[layer], variables=variables), port


async def test_the_adapters_layer_runs_a_web_server(house, adapted):
    spec, port = adapted
    answer = await house.call(spec, payload_2(path="/a%20b", query="c=1"), request_id="r1")
    assert (answer["statusCode"], answer["headers"]["content-type"]) == (200, "application/json")
    assert json.loads(answer["body"]) == {"path": "/a%20b?c=1", "port": port, "id": "r1"}
    assert (await house.call(spec, {"Records": []}))["path"] == "/events"


async def test_web_servers_of_one_port_run_beside_one_another(house, adapted):
    spec, port = adapted
    answers = await asyncio.gather(*(house.call(spec, payload_2(), request_id=f"r{number}") for number in range(3)))
    told = [json.loads(answer["body"]) for answer in answers]
    assert [each["id"] for each in told] == ["r0", "r1", "r2"]
    assert {each["port"] for each in told} == {port}


async def test_a_web_server_that_ends_takes_its_environment_along(house, adapted):
    spec, _ = adapted
    assert (await house.fail(spec, payload_2(path="/ends")))["errorType"] == "Runtime.ExitError"
    assert (await house.call(spec, payload_2()))["statusCode"] == 200


async def test_an_application_under_a_wrapper_answers_events(house):
    """Its runtime is a process of its own then."""
    spec = house.spec(ASGI, handler="app.app", variables={"AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrap"})
    layer = house.archive({"wrap": '#!/bin/sh\nexec "$@"\n'})
    answer = await house.call(replace(spec, layers=(layer,)), payload_2("POST", "/a", body="hi"))
    assert json.loads(answer["body"]) == [["/a"], True, "hi"]
