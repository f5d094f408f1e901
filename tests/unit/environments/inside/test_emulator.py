"""An image that is started alone: what its emulator answers while its runtime answers, fails, ends, or dies in between."""

import http.client
import json
import sys
import threading
from http.server import ThreadingHTTPServer

import pytest

from lambent.environments.inside import emulator

RUNTIME = """
import json, os, sys, urllib.request
base = "http://%s/2018-06-01/runtime/" % os.environ["AWS_LAMBDA_RUNTIME_API"]
def post(path, body):
    urllib.request.urlopen(base + path, data=body).read()
if os.environ.get("FAIL_INIT"):
    post("init/error", b'{"errorType":"Runtime.ImportModuleError"}')
    sys.exit(1)
while True:
    with urllib.request.urlopen(base + "invocation/next") as answer:
        name, event = answer.headers["Lambda-Runtime-Aws-Request-Id"], json.loads(answer.read())
    if event == "exit":
        os._exit(3)
    if event == "kill":
        os.kill(os.getpid(), 9)
    if event == "stop":
        os._exit(0)
    if event == "sleep":
        import time; time.sleep(60)
    if event == "fail":
        post("invocation/" + name + "/error", b'{"errorType":"Oops"}')
        continue
    post("invocation/" + name + "/response", json.dumps([os.getpid(), event]).encode())
"""


@pytest.fixture
def emulated(monkeypatch):
    """``ask(event)``: status and body."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_TIMEOUT", "30")
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), emulator.Handler) for _ in range(2)]
    monkeypatch.setattr(emulator, "API_PORT", servers[0].server_port)
    made = emulator.Emulator([sys.executable, "-c", RUNTIME])
    monkeypatch.setattr(emulator.Handler, "emulator", made)
    for server in servers:
        server.daemon_threads, server.block_on_close = True, False
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def ask(event: object, path: str = emulator.PATH) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", servers[1].server_port, timeout=20)
        connection.request("POST", path, json.dumps(event))
        answer = connection.getresponse()
        told = answer.status, answer.read().decode()
        connection.close()
        return told

    ask.made = made
    yield ask
    for server in servers:
        server.shutdown()
        server.server_close()
    if made._process is not None:
        made._process.kill()
        made._process.wait()


def test_events_are_answered_by_one_runtime(emulated):
    first, second = (json.loads(emulated({"n": number})[1]) for number in range(2))
    assert (first[1], second[1], first[0] == second[0]) == ({"n": 0}, {"n": 1}, True)
    assert emulated("fail") == (200, '{"errorType":"Oops"}')
    assert emulated("x", "/other")[0] == 404


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ("exit", "Runtime exited with error: exit status 3"),
        ("kill", "Runtime exited with error: signal: killed"),
        ("stop", "Runtime exited without providing a reason"),
    ],
)
def test_a_runtime_that_ends_is_an_error_and_another_takes_the_next_event(emulated, event, text):
    assert json.loads(emulated(event)[1]) == {"errorType": "Runtime.ExitError", "errorMessage": text}
    assert json.loads(emulated(1)[1])[1] == 1


def test_an_event_is_not_given_to_a_runtime_that_died_while_it_waited(emulated):
    process_id, _ = json.loads(emulated(1)[1])
    asked = emulated.made
    while not asked.is_waited_for:  # it asks for the next event
        pass
    asked._process.kill()
    asked._process.wait()
    another, event = json.loads(emulated(2)[1])
    assert (event, another != process_id) == (2, True)


def test_a_runtime_that_takes_too_long_is_ended(emulated):
    emulated.made.timeout_s = 1
    assert emulated("sleep") == (200, "Task timed out after 1.00 seconds")
    emulated.made.timeout_s = 30
    assert json.loads(emulated(2)[1])[1] == 2


def test_an_error_of_init_is_the_answer(emulated, monkeypatch):
    monkeypatch.setenv("FAIL_INIT", "1")
    assert emulated(1) == (200, '{"errorType":"Runtime.ImportModuleError"}')
    monkeypatch.delenv("FAIL_INIT")
    assert json.loads(emulated(1)[1])[1] == 1
