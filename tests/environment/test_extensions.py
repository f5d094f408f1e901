"""Extensions beside functions: each phase they see, what they subscribe to, what their failures do; AWS' own web adapter."""

import asyncio
import json
import os
import shutil
from pathlib import Path

import pytest
from tests.environment.house import until
from tests.unit.environments.inside.events import payload_2

EXTENSION = r"""#!/var/lang/bin/python3.11
import http.client, http.server, json, os, sys, threading

events = []

class Listener(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        events.extend(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass

def call(method, path, body=None, **headers):
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    api.request(method, path, json.dumps(body) if body is not None else None, headers)
    answer = api.getresponse()
    return answer, answer.read()

server = http.server.ThreadingHTTPServer(("sandbox.localdomain", 4243), Listener)
threading.Thread(target=server.serve_forever, daemon=True).start()
answer, body = call(
    "POST", "/2020-01-01/extension/register", {"events": ["INVOKE", "SHUTDOWN"]},
    **{"Lambda-Extension-Name": os.path.basename(__file__), "Lambda-Extension-Accept-Feature": "accountId"},
)
print("registered", answer.status, body.decode(), "_HANDLER" in os.environ, flush=True)
own = {"Lambda-Extension-Identifier": answer.getheader("Lambda-Extension-Identifier")}
answer, body = call("PUT", "/2022-07-01/telemetry", {
    "schemaVersion": "2022-07-01", "types": ["platform", "function"], "buffering": {"timeoutMs": 25},
    "destination": {"protocol": "HTTP", "URI": "http://sandbox.localdomain:4243"},
}, **own)
print("subscribed", answer.status, body.decode(), flush=True)
if os.path.exists("/opt/crash"):
    sys.exit(5)
while True:
    _, body = call("GET", "/2020-01-01/extension/event/next", **own)
    event = json.loads(body)
    print("event", json.dumps(event), flush=True)
    if event["eventType"] == "SHUTDOWN":
        print("telemetry", json.dumps([[e["type"], e["record"]] for e in events]), flush=True)
        break
"""


def after(lines, start):
    """What stands behind the first line that begins so."""
    return next(line for line in lines if line.startswith(start)).removeprefix(start).rstrip("\n")


async def test_an_extension_sees_every_phase_and_its_subscriptions(house):
    code = "print('importing')\ndef handler(e, c):\n    print('handling', e)\n    return e\n"
    spec = house.spec(code, layers=[{"extensions/watcher": EXTENSION}])
    assert await house.call(spec, 7, request_id="r1") == 7
    lines = house.sink.messages()
    facts = {"functionName": "hello", "functionVersion": "$LATEST", "handler": "app.handler", "accountId": spec.account}
    status, _, rest = after(lines, "registered ").partition(" ")
    assert (status, json.loads(rest.rpartition(" ")[0]), rest.rpartition(" ")[2]) == ("200", facts, "False")
    assert 'subscribed 200 "OK"\n' in lines
    assert "TELEMETRY\tName: watcher\tState: Subscribed\tTypes: [Platform, Function]\n" in lines
    ready = lines.index("EXTENSION\tName: watcher\tState: Ready\tEvents: [INVOKE, SHUTDOWN]\n")
    assert lines.index("importing\n") < ready < lines.index("START RequestId: r1 Version: $LATEST\n")
    event = json.loads(after(lines, "event "))
    assert (event["eventType"], event["requestId"], event["invokedFunctionArn"]) == ("INVOKE", "r1", spec.function_arn)
    assert lines[-1].startswith("REPORT RequestId: r1\t")
    await house.pool.retire(spec.key)
    await until(lambda: any(line.startswith("telemetry ") for line in house.sink.messages()))
    lines = house.sink.messages()
    assert '"shutdownReason": "spindown"' in next(line for line in lines if "SHUTDOWN" in line and line.startswith("event"))
    told = json.loads(after(lines, "telemetry "))
    assert {
        "platform.initStart", "platform.telemetrySubscription", "platform.extension", "platform.initRuntimeDone",
        "platform.start", "platform.runtimeDone", "platform.report",
    } <= {kind for kind, _ in told}  # fmt: skip
    assert [record for kind, record in told if kind == "function"] == ["importing\n", "handling 7\n"]


async def test_an_application_beside_an_extension_ends_its_lifespan_before_the_extension_is_told(house):
    code = (
        "async def app(scope, receive, send):\n"
        "    if scope['type'] == 'lifespan':\n"
        "        await receive()\n"
        "        await send({'type': 'lifespan.startup.complete'})\n"
        "        await receive()\n"
        "        print('lifespan shutdown')\n"
        "        await send({'type': 'lifespan.shutdown.complete'})\n"
        "        return\n"
        "    await send({'type': 'http.response.start', 'status': 200, 'headers': []})\n"
        "    await send({'type': 'http.response.body', 'body': b'hi'})\n"
    )
    spec = house.spec(code, handler="app.app", layers=[{"extensions/watcher": EXTENSION}])
    assert (await house.call(spec, payload_2()))["body"] == "hi"
    await house.pool.retire(spec.key)
    await until(lambda: any(line.startswith("telemetry ") for line in house.sink.messages()))
    lines = house.sink.messages()
    assert lines.index("lifespan shutdown\n") < next(
        number for number, line in enumerate(lines) if line.startswith("event") and "SHUTDOWN" in line
    )


async def test_an_extension_that_crashes_fails_the_function(house):
    layers = [{"extensions/watcher": EXTENSION, "crash": ""}]
    spec = house.spec("def handler(e, c):\n    return 1\n", layers=layers)
    error = await house.fail(spec, request_id="r1")
    assert error == {"errorType": "Extension.Crash", "errorMessage": "RequestId: r1 Error: exit status 5"}
    assert any(line.endswith("Status: error\tError Type: Extension.Crash\n") for line in house.sink.messages())


async def test_an_extension_is_told_of_a_timeout(house):
    code = "import time\ndef handler(e, c):\n    time.sleep(e)\n"
    spec = house.spec(code, layers=[{"extensions/watcher": EXTENSION}], timeout_s=2)
    assert (await house.fail(spec, 30))["errorType"] == "Sandbox.Timedout"
    assert '"shutdownReason": "timeout"' in "".join(house.sink.messages())
    assert (await house.invoke(spec, 0)).function_error is None


async def test_an_extension_that_cannot_be_started_is_named(house):
    spec = house.spec("def handler(e, c): pass", layers=[{"extensions/broken": "#!/nothing\n"}])
    assert (await house.fail(spec))["errorType"] == "Extension.LaunchError"


def find_adapter() -> Path | None:
    """AWS' own web adapter, as `cargo install lambda_web_adapter` makes it."""
    found = shutil.which("lambda-adapter", path=f"{os.environ.get('PATH', '')}:{Path.home()}/.cargo/bin")
    return Path(found) if found else None


SERVER = """
import http.server, json, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        context = "x-amzn-lambda-context" in self.headers
        body = json.dumps({"path": self.path, "agent": self.headers["x-mine"], "context": context}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))[::-1]
        self.send_response(201)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
http.server.ThreadingHTTPServer(("127.0.0.1", 8080), Handler).serve_forever()
"""


def web_event(method, path, **more):
    http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "test"}
    context = {
        "accountId": "1", "apiId": "a", "domainName": "a.localhost", "domainPrefix": "a", "http": http, "requestId": "r",
        "routeKey": "$default", "stage": "$default", "time": "12/Mar/2026:19:03:58 +0000", "timeEpoch": 1773342238000,
    }  # fmt: skip
    event = {"version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "", "isBase64Encoded": False}
    return {**event, "headers": {"x-mine": "yes", "host": "a.localhost"}, "requestContext": context, **more}


@pytest.mark.realtime
async def test_awss_web_adapter_runs_a_web_server_unmodified(house):
    adapter = find_adapter()
    if adapter is None:
        pytest.skip("lambda-adapter is not installed: cargo install lambda_web_adapter --version 1.0.0-rc1")
    layer = {"extensions/lambda-adapter": adapter.read_bytes(), "bootstrap": '#!/bin/sh\nexec "$LAMBDA_TASK_ROOT/$_HANDLER"\n'}
    code = {"run.sh": "#!/bin/sh\nexec /var/lang/bin/python3.11 server.py\n", "server.py": SERVER}
    variables = {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap"}
    spec = house.spec(code, handler="run.sh", layers=[layer], variables=variables, timeout_s=30)
    # At once: two environments, two servers, each on what it takes for port 8080.
    for answer in await asyncio.gather(*(house.call(spec, web_event("GET", "/a/b")) for _ in range(2))):
        assert answer["statusCode"] == 200
        assert json.loads(answer["body"]) == {"path": "/a/b", "agent": "yes", "context": True}
    posted = await house.call(spec, web_event("POST", "/c", body="abc"))
    assert (posted["statusCode"], posted["body"]) == (201, "cba")
    assert "EXTENSION\tName: lambda-adapter\tState: Ready\tEvents: []\n" in house.sink.messages()
