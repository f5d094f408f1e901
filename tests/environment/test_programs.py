"""Functions that are programs of their own, over the HTTP Runtime API: custom runtimes, AWS' Python client, wrappers."""

import asyncio
import json

import pytest

from lambent.core.ports import Invocation
from lambent.environments import program_process

SHELL = r"""#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
echo "started with $# arguments in $PWD"
while :; do
  event=$(curl -sS -D /tmp/head "$api/invocation/next")
  id=$(sed -n 's/^Lambda-Runtime-Aws-Request-Id: \([^[:cntrl:]]*\).*$/\1/p' /tmp/head)
  case "$event" in
    '"exit"') exit 3;;
    '"kill"') kill -9 $$;;
    '"sleep"') sleep 60;;
    '"leave"') curl -sS -o /dev/null -d 1 "$api/invocation/$id/response"; sleep 0.1; exit 7;;
    '"fail"') curl -sS -o /dev/null -d '{"errorType":"Function.Oops","errorMessage":"no"}' "$api/invocation/$id/error";;
    '"wrong"') curl -sS -d '1' "$api/invocation/other/response" > /tmp/answer
      curl -sS -o /dev/null --data-binary @/tmp/answer "$api/invocation/$id/response";;
    '"tmp"') echo x >> /tmp/file; curl -sS -o /dev/null -d "$(wc -l < /tmp/file)" "$api/invocation/$id/response";;
    *) echo "event $event"; curl -sS -o /dev/null --data-binary "{\"got\":$event}" "$api/invocation/$id/response";;
  esac
done
"""


def shell(house, **changes):
    return house.spec({"bootstrap": SHELL}, runtime="provided.al2023", handler="any", **changes)


async def test_a_shell_script_is_a_runtime(house):
    spec = shell(house)
    assert await house.call(spec, {"a": 1}) == {"got": {"a": 1}}
    assert await house.call(spec, 2) == {"got": 2}
    lines = house.sink.messages()
    assert lines[0].startswith("INIT_START Runtime Version: provided:al2023.v1\t")
    assert lines.count("started with 0 arguments in /var/task\n") == 1
    assert "event 2\n" in lines
    assert await house.fail(spec, "fail") == {"errorType": "Function.Oops", "errorMessage": "no"}
    assert await house.call(spec, "wrong") == {"errorMessage": "Invalid request ID", "errorType": "InvalidRequestID"}


async def test_a_program_that_ends_is_reported_as_aws_does_and_its_tmp_stays(house):
    spec = shell(house, timeout_s=1)
    assert await house.call(spec, "tmp") == 1
    assert (await house.fail(spec, "exit", request_id="r1"))["errorMessage"].endswith("exit status 3")
    assert await house.call(spec, "tmp") == 2
    assert await house.fail(spec, "kill", request_id="r1") == {
        "errorType": "Runtime.ExitError",
        "errorMessage": "RequestId: r1 Error: Runtime exited with error: signal: killed",
    }
    assert (await house.fail(spec, "sleep"))["errorType"] == "Sandbox.Timedout"
    assert await house.call(spec, "tmp") == 3


async def test_an_event_that_a_leaving_runtime_never_took_goes_to_the_next(house):
    spec = shell(house)
    assert await house.call(spec, "leave") == 1
    assert await house.call(spec, 2) == {"got": 2}
    assert not any("exit status 7" in line for line in house.sink.messages())


async def test_an_environments_runtime_api_answers_nobody_else(house):
    spec, other = shell(house), house.spec("import urllib.request\ndef handler(e, c):\n    urllib.request.urlopen(e)\n")
    await house.call(spec, 1)
    process = house.pool._plans[spec.key].idle[0]._process
    if not process._start.user_id:
        pytest.skip("environments share one user here")
    error = await house.fail(other, f"http://127.0.0.1:{process._address[1]}/2018-06-01/ping")
    assert error["errorType"] in ("ConnectionResetError", "RemoteDisconnected", "URLError")
    assert await house.call(spec, 2) == {"got": 2}


@pytest.mark.parametrize(
    ("files", "text"),
    [
        ({"other": ""}, "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"),
        ({"bootstrap": "no program\n"}, "fork/exec /var/task/bootstrap: exec format error"),
    ],
)
async def test_what_cannot_be_started_is_an_invalid_entrypoint(house, files, text):
    error = await house.fail(house.spec(files, runtime="provided.al2", handler="any"), request_id="r1")
    assert error == {"errorType": "Runtime.InvalidEntrypoint", "errorMessage": f"RequestId: r1 Error: {text}"}


WRAPPER = """#!/bin/bash
args=("$@")
echo "wrapping ${args[-1]}"
args=("${args[@]:0:$#-1}" "-X" "dev" "${args[@]: -1}")
export FROM_WRAPPER=yes
exec "${args[@]}"
"""

PYTHON = """
import json, logging, os, sys
print("importing")
def handler(event, context):
    logging.getLogger().warning("two\\nlines")
    if event == "boom":
        raise ValueError("bad")
    if event == "exit":
        os._exit(9)
    return {
        "dev": sys.flags.dev_mode, "wrapper": os.environ.get("FROM_WRAPPER"), "path": sys.path[0],
        "id": context.aws_request_id,
        "arn": context.invoked_function_arn, "left": context.get_remaining_time_in_millis() > 1000,
        "client": "runtime_client" in sys.modules,
        "custom": context.client_context and context.client_context.custom,
    }
"""


async def test_awss_python_client_runs_as_a_process_of_its_own_under_a_wrapper(house):
    spec = house.spec({"app.py": PYTHON, "wrap": WRAPPER}, variables={"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/wrap"})
    answer = await house.call(spec, request_id="r1", client_context='{"custom": {"a": "b"}}')
    assert answer == {
        "dev": True,
        "wrapper": "yes",
        "path": "/var/task",
        "id": "r1",
        "arn": spec.function_arn,
        "left": True,
        "client": True,  # its native HTTP client
        "custom": {"a": "b"},
    }
    assert (await house.fail(spec, "boom"))["stackTrace"] == [
        '  File "/var/task/app.py", line 7, in handler\n    raise ValueError("bad")\n'
    ]
    assert (await house.fail(spec, "exit"))["errorMessage"].endswith("Runtime exited with error: exit status 9")
    lines = house.sink.messages()
    assert "wrapping /var/runtime/bootstrap.py\n" in lines
    assert any(line.endswith("\ttwo\nlines\n") for line in lines)


class Stream:
    def __init__(self) -> None:
        self.content_type, self.data = "", b""

    def begin(self, content_type: str) -> None:
        self.content_type = content_type

    async def write(self, data: bytes) -> None:
        self.data += data


async def test_a_python_program_streams_as_a_forked_one_does(house):
    code = """
def handler(event, context):
    yield {"statusCode": 201}
    yield "one "
    yield b""
    if event == "fail":
        raise KeyError("late")
    yield bytes(300_000)
"""
    spec = house.spec(code, variables={"AWS_LAMBDA_EXEC_WRAPPER": "/usr/bin/env"})
    taken, broken = Stream(), Stream()
    outcome = await house.pool.invoke(spec, Invocation("r1", b"1", spec.function_arn), taken)
    assert (outcome.function_error, taken.content_type) == (None, "application/vnd.awslambda.http-integration-response")
    assert taken.data == b'{"statusCode": 201}' + bytes(8) + b"one " + bytes(300_000)
    outcome = await house.pool.invoke(spec, Invocation("r2", b'"fail"', spec.function_arn), broken)
    assert (outcome.function_error, broken.data[-4:]) == ("Unhandled", b"one ")
    error = json.loads(outcome.payload)
    assert (error["errorType"], len(error["stackTrace"])) == ("KeyError", 1)


async def test_a_wrapper_that_is_not_there_ends_the_runtime_with_127(house):
    spec = house.spec("def handler(e, c): pass", variables={"AWS_LAMBDA_EXEC_WRAPPER": "/opt/nothing"})
    assert (await house.fail(spec))["errorMessage"].endswith("Runtime exited with error: exit status 127")
    assert "/opt/nothing: does not exist\n" in house.sink.messages()


SERVER = """
import os, socket, threading, time
server = socket.create_server(("127.0.0.1", 8080))
me = os.urandom(4).hex()
def serve():
    while True:
        connection, _ = server.accept()
        connection.sendall(me.encode())
        connection.close()
threading.Thread(target=serve, daemon=True).start()
def handler(event, context):
    time.sleep(event)
    try:
        socket.create_server(("127.0.0.1", 8080))
    except OSError as error:
        second = os.strerror(error.errno)
    other = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    other.setblocking(False)
    code = other.connect_ex(("127.0.0.1", 8080))
    with socket.create_connection(("127.0.0.1", 8080)) as connection:
        return [me, connection.recv(8).decode(), second, code in (0, 115)]
"""


async def test_each_environment_has_the_ports_of_the_loopback_to_itself(house):
    spec = house.spec(SERVER, variables={"AWS_LAMBDA_EXEC_WRAPPER": "/usr/bin/env"})
    answers = await asyncio.gather(*(house.call(spec, 0.5) for _ in range(2)))
    assert len({me for me, *_ in answers}) == 2
    for me, connected_to, second, may_connect in answers:
        assert (connected_to, second, may_connect) == (me, "Address already in use", True)


async def test_a_program_cannot_reach_into_its_supervisor(house):
    code = """
import ctypes, os
def handler(event, context):
    found = []
    for name in ("mem", "environ", "fd"):
        try:
            found.append(os.open("/proc/%d/%s" % (os.getppid(), name), os.O_RDONLY))
        except OSError as error:
            found.append(type(error).__name__)
    libc = ctypes.CDLL(None, use_errno=True)
    own = libc.syscall(434, os.getpid(), 0)
    return [found, libc.syscall(438, own, 1, 0), ctypes.get_errno()]
"""
    spec = house.spec(code, variables={"AWS_LAMBDA_EXEC_WRAPPER": "/usr/bin/env"})
    found, answer, number = await house.call(spec)
    assert set(found) <= {"PermissionError", "FileNotFoundError"}
    assert (answer, number) == (-1, 1)


CROWD = """
import os, socket
def handler(event, context):
    host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
    crowd, heard = [], 0
    for _ in range(event):
        one = socket.create_connection((host, int(port)))
        crowd.append(one)
        try:
            one.sendall(b"GET /2018-06-01/ping HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
            heard += one.recv(4096).startswith(b"HTTP/1.1 200")
        except ConnectionError:
            pass
    for one in crowd:
        one.close()
    return heard
"""


async def test_an_environment_holds_no_more_connections_of_the_platform_than_it_may(house, monkeypatch):
    monkeypatch.setattr(program_process, "CONNECTIONS_MAX", 8)
    spec = house.spec(CROWD, variables={"AWS_LAMBDA_EXEC_WRAPPER": "/usr/bin/env"}, timeout_s=60)
    assert 5 <= await house.call(spec, 20) <= 8
    assert await house.call(spec, 3) == 3


async def test_programs_run_as_plain_processes_too(open_house):
    house = await open_house(is_isolated=False)
    spec = shell(house)
    assert await house.call(spec, {"a": 1}) == {"got": {"a": 1}}
    assert (await house.fail(spec, "exit"))["errorMessage"].endswith("exit status 3")
    assert await house.call(spec, 2) == {"got": 2}
    wrapped = house.spec({"app.py": PYTHON}, layers=[{"wrap": WRAPPER}], variables={"AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrap"})
    assert (await house.call(wrapped))["wrapper"] == "yes"
