"""The web adapter: the Runtime API on one side, a web server on the other."""

import base64
import gzip
import http.server
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from tests.unit.environments.inside.conftest import INSIDE
from tests.unit.environments.inside.events import payload_1, payload_2

REQUEST_ID = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"


class Page(http.server.BaseHTTPRequestHandler):
    """Echoes requests; ``/status/N`` answers N, ``/stream`` two chunks, ``/broken`` half of that, ``/leave`` nothing."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path == "/stream":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            for piece in (b"data: 1\n\n", b"data: 2\n\n"):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
            return
        self.server.asked.set()
        self.server.posted.append(self.path)
        if self.path == "/leave":
            self.close_connection = True
            return
        status = int(self.path.rpartition("/")[2]) if self.path.startswith("/status/") else 200
        told = {"method": self.command, "path": self.path, "headers": self.headers.items(), "body": body.decode("latin-1")}
        body = b"half" if self.path == "/broken" else json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body) + (self.path == "/broken")))
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Set-Cookie", "b=2")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = self.path == "/broken"

    do_GET = do_POST = do_HEAD = answer  # noqa: N815

    def log_message(self, *_):
        pass


class RuntimeApi(http.server.BaseHTTPRequestHandler):
    """A Runtime API: gives the events of its server in turn, keeps what is posted, then holds the next call."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.set()
        if not self.server.events:
            self.server.closing.wait(30)
            self.close_connection = True
            return
        body = json.dumps(self.server.events.pop(0)).encode()
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", REQUEST_ID)
        self.send_header("Lambda-Runtime-Deadline-Ms", "1700000000000")
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:000000000000:function:f")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            body, chunks = b"", []
            while True:
                size = int(self.rfile.readline(), 16)
                if not size:
                    break
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            while (line := self.rfile.readline().strip()) != b"":
                name, _, value = line.decode().partition(": ")
                self.headers[name] = value
            body = chunks
        else:
            body = self.rfile.read(int(self.headers["content-length"]))
        self.server.posted.append((self.path.rpartition("/")[2], dict(self.headers.items()), body))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def serving(handler: type) -> Iterator[Any]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads, server.block_on_close = True, False
    server.events, server.posted, server.asked, server.closing = [], [], threading.Event(), threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.closing.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def page():
    yield from serving(Page)


@pytest.fixture
def api():
    yield from serving(RuntimeApi)


@pytest.fixture
def answers(inside, page, api):
    """``answers(event, AWS_LWA_…="…")``: what is posted for the last event."""
    module = inside("web_adapter")

    def answered(*events, **variables):
        variables |= {"AWS_LWA_PORT": str(page.server_port), "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}"}
        settings = module.Settings(variables)
        runtime_api = module.RuntimeApi(settings.runtime_api)
        adapter = module.Adapter(settings, runtime_api)
        adapter.wait(None)
        for event in events:
            api.events.append(event)
            adapter.serve_one()
        adapter._drop()
        runtime_api._connection.close()
        return api.posted.pop()

    return answered


@pytest.mark.parametrize(("method", "times"), [("GET", 2), ("POST", 1)])
def test_only_what_may_be_carried_out_twice_is_sent_again(answers, page, method, times):
    kind, _, _ = answers(payload_2(path="/"), payload_2(method, "/leave"))
    assert (kind, page.posted.count("/leave")) == ("error", times)


def told(posted):
    """What the web server saw."""
    kind, _, body = posted
    assert kind == "response", body
    return json.loads(json.loads(body)["body"])


def test_an_event_is_a_request_and_its_response_the_answer(answers):
    event = payload_2("POST", "/a%20b", query="q=1&q=2", body="hi", cookies=["c=1"], headers={"x-many": "1,2"})
    posted = answers(event, AWS_LAMBDA_FUNCTION_NAME="f")
    answer = json.loads(posted[2])
    assert (answer["statusCode"], answer["cookies"]) == (200, ["a=1", "b=2"])
    seen = told(posted)
    headers = dict(seen["headers"])
    assert (seen["method"], seen["path"], seen["body"]) == ("POST", "/a%20b?q=1&q=2", "hi")
    assert (headers["host"], headers["x-many"], headers["cookie"]) == ("api.example.com", "1,2", "c=1")
    assert json.loads(headers["x-amzn-request-context"])["http"]["method"] == "POST"
    context = json.loads(headers["x-amzn-lambda-context"])
    assert (context["request_id"], context["env_config"]["function_name"]) == (REQUEST_ID, "f")


def test_a_rest_apis_stage_is_not_in_the_path(answers):
    assert told(answers(payload_1(path="/items", whole_path="/prod/items")))["path"] == "/items"


def test_a_base_path_is_removed(answers):
    event = payload_2(path="/orders/1")
    assert told(answers(event, AWS_LWA_REMOVE_BASE_PATH="/orders"))["path"] == "/1"
    assert told(answers(event, REMOVE_BASE_PATH="/orders/1"))["path"] == "/"


def test_an_event_of_another_kind_is_posted_whole(answers):
    _, _, body = answers({"Records": [1]}, AWS_LWA_PASS_THROUGH_PATH="/inbox")
    seen = json.loads(body)
    assert (seen["method"], json.loads(seen["body"])) == ("POST", {"Records": [1]})
    assert dict(seen["headers"])["x-amzn-request-context"] == "null"


def test_a_status_that_is_an_error_fails_the_invocation(answers):
    kind, headers, body = answers(payload_2(path="/status/503"), AWS_LWA_ERROR_STATUS_CODES="500,502-504")
    assert (kind, headers["Lambda-Runtime-Function-Error-Type"]) == ("error", "Error")
    assert json.loads(body)["errorMessage"] == "Request failed with configured error status code: 503"
    assert json.loads(answers(payload_2(path="/status/501"))[2])["statusCode"] == 501


def test_another_header_is_the_authorization(answers):
    headers = {"x-token": "Bearer 1", "authorization": "AWS4"}
    seen = told(answers(payload_2(headers=headers), AWS_LWA_AUTHORIZATION_SOURCE="X-Token"))
    assert [value for name, value in seen["headers"] if name == "authorization"] == ["Bearer 1"]
    assert "x-token" not in dict(seen["headers"])


def test_an_answer_is_compressed_for_who_takes_that(answers):
    event = payload_2(headers={"accept-encoding": "br, gzip"})
    answer = json.loads(answers(event, AWS_LWA_ENABLE_COMPRESSION="true")[2])
    assert (answer["headers"]["content-encoding"], answer["headers"]["vary"]) == ("gzip", "accept-encoding")
    assert json.loads(gzip.decompress(base64.b64decode(answer["body"])))["method"] == "GET"
    answer = json.loads(answers(payload_2(), AWS_LWA_ENABLE_COMPRESSION="true")[2])
    assert "content-encoding" not in answer["headers"]


def test_head_is_answered_with_its_length(answers):
    answer = json.loads(answers(payload_2("HEAD"))[2])
    assert answer["body"] == ""
    assert int(answer["headers"]["content-length"]) > 0


def test_a_stream_is_posted_as_it_comes(answers):
    kind, headers, chunks = answers(payload_2(path="/stream"), AWS_LWA_INVOKE_MODE="RESPONSE_STREAM")
    assert (kind, headers["Lambda-Runtime-Function-Response-Mode"]) == ("response", "streaming")
    assert headers["Content-Type"] == "application/vnd.awslambda.http-integration-response"
    prelude, end, _ = chunks[0].partition(b"\0" * 8)
    assert (json.loads(prelude)["statusCode"], len(end)) == (200, 8)
    assert b"".join(chunks[1:]) == b"data: 1\n\ndata: 2\n\n"


def test_a_stream_that_breaks_off_says_so(answers):
    _, headers, chunks = answers(payload_2(path="/broken"), AWS_LWA_INVOKE_MODE="response_stream")
    assert b"".join(chunks[1:]) == b"half"
    assert headers["Lambda-Runtime-Function-Error-Type"] == "IncompleteRead"


def test_an_answer_that_breaks_off_fails_the_invocation(answers):
    kind, headers, _ = answers(payload_2(path="/broken"))
    assert (kind, headers["Lambda-Runtime-Function-Error-Type"]) == ("error", "IncompleteRead")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("500,502-504, 422", {500, 502, 503, 504, 422}), ("", set()), ("invalid,500-x,7", {7}), ("100-102", {100, 101, 102})],
)
def test_statuses_are_told_by_number_and_range(inside, text, expected):
    assert inside("web_adapter").statuses(text) == expected


def test_names_without_the_prefix_still_count(inside):
    old = {"PORT": "1", "HOST": "h", "READINESS_CHECK_PATH": "/r", "READINESS_CHECK_PORT": "2", "ASYNC_INIT": "true"}
    old |= {"READINESS_CHECK_PROTOCOL": "TCP", "READINESS_CHECK_MIN_UNHEALTHY_STATUS": "400", "REMOVE_BASE_PATH": "/b"}
    settings = inside("web_adapter").Settings(old)
    assert (settings.port, settings.host, settings.readiness_path, settings.readiness_port) == (1, "h", "/r", 2)
    assert (settings.is_init_asynchronous, settings.is_readiness_http, settings.base_path) == (True, False, "/b")
    assert settings.healthy_statuses == set(range(100, 400))


def test_a_server_is_not_ready_before_its_status_is_healthy(inside, page):
    module = inside("web_adapter")
    variables = {"AWS_LWA_PORT": str(page.server_port), "AWS_LWA_READINESS_CHECK_PATH": "/status/503"}
    assert not module.Adapter(module.Settings(variables), None)._check()
    assert module.Adapter(module.Settings({**variables, "AWS_LWA_READINESS_CHECK_HEALTHY_STATUS": "500-599"}), None)._check()
    assert module.Adapter(module.Settings({**variables, "AWS_LWA_READINESS_CHECK_PROTOCOL": "tcp"}), None)._check()


def test_who_comes_second_to_a_port_is_told_another_one(inside):
    module = inside("web_adapter")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    first, second = (module.Settings({"PORT": str(port)}) for _ in range(2))
    first.claim_port()
    second.claim_port()
    assert (first.port, first.ports) == (port, {})
    assert second.port != port
    assert second.ports == {"PORT": str(second.port), "AWS_LWA_PORT": str(second.port)}
    assert second.readiness_port == second.port
    for claim in first._claims + second._claims:
        claim.close()


def test_the_program_starts_the_server_and_ends_with_it(api, tmp_path):
    script = tmp_path / "run.sh"
    script.write_text(f"exec {sys.executable} {tmp_path / 'server.py'}\n")  # without a first line that tells its shell
    script.chmod(0o755)
    (tmp_path / "server.py").write_text(
        "import http.server, os\n"
        "class Page(http.server.BaseHTTPRequestHandler):\n"
        "    def do_GET(self):\n"
        "        if self.path == '/end':\n"
        "            os._exit(7)\n"
        "        self.send_response(200)\n"
        "        self.end_headers()\n"
        "        self.wfile.write(b'up')\n"
        "    def log_message(self, *_): pass\n"
        "http.server.HTTPServer(('127.0.0.1', int(os.environ['PORT'])), Page).serve_forever()\n"
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    variables = {"LAMBDA_TASK_ROOT": str(tmp_path), "_HANDLER": "run.sh", "PORT": str(port)}
    variables["AWS_LAMBDA_RUNTIME_API"] = f"127.0.0.1:{api.server_port}"
    api.events += [payload_2(path="/"), payload_2(path="/end")]
    command = [sys.executable, "-I", "-S", str(INSIDE / "web_adapter.py")]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 7, done.stderr
    assert "the web server has ended with status 7" in done.stdout
    assert json.loads(api.posted[0][2])["body"] == "up"
