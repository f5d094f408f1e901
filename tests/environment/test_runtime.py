"""A function finds itself as on AWS: events, context, variables, paths, error JSON, every interpreter."""

import asyncio
import json

import pytest

from lambent.core.ports import RuntimeUnavailable

ECHO = "def handler(event, context):\n    return event\n"


async def test_a_function_answers_its_event(house):
    assert await house.call(house.spec(ECHO), {"a": ["ü", 1.5, None]}) == {"a": ["ü", 1.5, None]}


async def test_an_environment_is_used_again_and_keeps_its_globals(house):
    spec = house.spec("n = 0\ndef handler(event, context):\n    global n\n    n += 1\n    return n\n")
    assert [await house.call(spec) for _ in range(3)] == [1, 2, 3]


async def test_concurrent_events_get_environments_of_their_own(house):
    spec = house.spec("import time\nn = 0\ndef handler(e, c):\n    global n\n    n += 1\n    time.sleep(0.3)\n    return n\n")
    assert await asyncio.gather(*(house.call(spec) for _ in range(5))) == [1] * 5


@pytest.mark.parametrize("runtime", ["python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14"])
async def test_every_interpreter_of_the_machine_says_hello(house, runtime):
    code = "import sys, boto3\ndef handler(e, c):\n    return [list(sys.version_info[:2]), boto3.__file__]\n"
    try:
        version, boto3_file = await house.call(house.spec(code, runtime=runtime))
    except RuntimeUnavailable as unavailable:
        pytest.skip(str(unavailable))
    assert f"python{version[0]}.{version[1]}" == runtime
    assert boto3_file.startswith("/var/runtime/")


async def test_a_runtime_that_this_platform_does_not_run_is_refused_without_a_function(house):
    await house.pool.ready_runtime(house.spec(ECHO).runtime)
    with pytest.raises(RuntimeUnavailable):
        await house.pool.ready_runtime("python2.7")


async def test_the_context_is_that_of_aws(house):
    code = (
        "def handler(e, c):\n"
        "    names = 'aws_request_id log_group_name log_stream_name function_name memory_limit_in_mb function_version '\n"
        "    names += 'invoked_function_arn'\n"
        "    answer = {name: getattr(c, name) for name in names.split()}\n"
        "    answer['left_ms'] = c.get_remaining_time_in_millis()\n"
        "    answer['custom'] = c.client_context.custom\n"
        "    return answer\n"
    )
    spec = house.spec(code, timeout_s=7)
    answer = await house.call(spec, request_id="the-id", client_context=json.dumps({"custom": {"k": "v"}}))
    assert 6000 < answer.pop("left_ms") <= 7000
    stream = answer.pop("log_stream_name")
    assert stream.startswith("2026/01/01/[$LATEST]")
    assert len(stream) == len("2026/01/01/[$LATEST]") + 32
    assert answer == {
        "aws_request_id": "the-id",
        "log_group_name": "/aws/lambda/hello",
        "function_name": "hello",
        "memory_limit_in_mb": "256",
        "function_version": "$LATEST",
        "invoked_function_arn": spec.function_arn,
        "custom": {"k": "v"},
    }


async def test_the_variables_are_those_of_aws_and_nothing_of_the_host(house, monkeypatch):
    monkeypatch.setenv("HOST_SECRET", "s")
    spec = house.spec("import os\ndef handler(e, c):\n    return dict(os.environ)\n", variables={"MINE": "1", "LANG": "de_DE"})
    variables = await house.call(spec, trace_id="Root=1-2-3")
    session = house.seal.read(variables["AWS_SESSION_TOKEN"])
    assert session is not None
    assert session.principal_arn == "arn:aws:sts::111122223333:assumed-role/hello-role/hello"
    assert session.expires_at == house.clock.now() + 12 * 3600
    expected = {
        "AWS_LAMBDA_FUNCTION_NAME": "hello",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.11",
        "AWS_ENDPOINT_URL": "http://localhost:4566",
        "LAMBDA_TASK_ROOT": "/var/task",
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "PYTHONPATH": "/var/runtime",
        "TZ": ":UTC",
        "LANG": "de_DE",
        "PWD": "/var/task",
        "MINE": "1",
        "_HANDLER": "app.handler",
        "_X_AMZN_TRACE_ID": "Root=1-2-3",
    }
    assert {name: variables[name] for name in expected} == expected
    assert "HOST_SECRET" not in variables


async def test_the_import_path_is_that_of_aws(house):
    spec = house.spec("import sys, os\ndef handler(e, c):\n    return [sys.path, os.getcwd()]\n", layers=[{"python/m.py": ""}])
    path, folder = await house.call(spec)
    assert path[:4] == ["/var/task", "/opt/python/lib/python3.11/site-packages", "/opt/python", "/var/runtime"]
    assert path[-2:] == ["/opt/python/lib/python3.11/site-packages", "/opt/python"]
    assert folder == "/var/task"
    assert not any("site-packages" in entry for entry in path[4:-2])


async def test_a_layer_is_found_and_the_package_beats_it(house):
    code = {"app.py": "import a, b\ndef handler(e, c):\n    return [a.NAME, b.NAME]\n", "b.py": "NAME = 'package'\n"}
    layer = {"python/a.py": "NAME = 'layer'\n", "python/b.py": "NAME = 'layer'\n"}
    assert await house.call(house.spec(code, layers=[layer])) == ["layer", "package"]


async def test_a_package_that_brings_its_own_boto3_gets_it(house):
    code = {
        "app.py": "import boto3\ndef handler(e, c):\n    return [boto3.__version__, boto3.__file__]\n",
        "boto3/__init__.py": "__version__ = 'mine'\n",
    }
    assert await house.call(house.spec(code)) == ["mine", "/var/task/boto3/__init__.py"]


async def test_boto3_works_with_the_credentials_it_is_given(house):
    code = (
        "import boto3\n"
        "def handler(e, c):\n"
        "    s3 = boto3.client('s3')\n"
        "    import botocore.vendored.requests.packages.urllib3.exceptions\n"
        "    return [s3.meta.endpoint_url, s3.meta.region_name, boto3.Session().get_credentials().token[:4]]\n"
    )
    url, region, _ = await house.call(house.spec(code))
    assert (url, region) == ("http://localhost:4566", "eu-central-1")


@pytest.mark.parametrize(
    ("handler", "code", "error_type", "message"),
    [
        (
            "badname",
            "",
            "Runtime.MalformedHandlerName",
            "Bad handler 'badname': not enough values to unpack (expected 2, got 1)",
        ),
        ("sys.x", "", "Runtime.BuiltInModuleConflict", "Cannot use built-in module sys as a handler module"),
        ("nomod.x", "", "Runtime.ImportModuleError", "Unable to import module 'nomod': No module named 'nomod'"),
        ("app.x", "import gone", "Runtime.ImportModuleError", "Unable to import module 'app': No module named 'gone'"),
        ("app.x", "\n\ndef (", "Runtime.UserCodeSyntaxError", "Syntax error in module 'app': invalid syntax (app.py, line 3)"),
        ("app.nope", "", "Runtime.HandlerNotFound", "Handler 'nope' missing on module 'app'"),
        ("app.x", "raise ValueError('at import')", "ValueError", "at import"),
    ],
)
async def test_an_init_that_fails_is_reported_as_aws_does(house, handler, code, error_type, message):
    error = await house.fail(house.spec(code, handler=handler))
    assert (error["errorType"], error["errorMessage"], error["requestId"]) == (error_type, message, "")


async def test_a_failed_init_is_tried_again_inside_the_invocation_and_logged(house):
    await house.fail(house.spec("import gone"), request_id="r1")
    lines = house.sink.messages()
    assert lines[0].startswith("INIT_START Runtime Version: python:3.11.v")
    assert [line for line in lines if line.startswith("INIT_REPORT")] == [
        line for line in lines if line.endswith("Status: error\tError Type: Runtime.ImportModuleError\n") and "INIT" in line
    ]
    phases = [line.split("\t")[1] for line in lines if line.startswith("INIT_REPORT")]
    assert phases == ["Phase: init", "Phase: invoke"]
    assert sum("LAMBDA_WARNING: Unhandled exception" in line for line in lines) == 2
    assert sum(line.startswith("[ERROR] Runtime.ImportModuleError: Unable to import") for line in lines) == 2
    assert lines[-1].endswith("Status: error\tError Type: Runtime.ImportModuleError\t\n")


@pytest.mark.parametrize(
    ("body", "fields", "error_type", "message"),
    [
        ("raise KeyError('k')", {}, "KeyError", "'k'"),
        (
            "return {1, 2}",
            {},
            "Runtime.MarshalError",
            "Unable to marshal response: Object of type set is not JSON serializable",
        ),
        (
            "return 1",
            {"client_context": "{"},
            "Runtime.LambdaContextUnmarshalError",
            "Unable to parse Client Context JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
    ],
)
async def test_an_invocation_that_fails_is_reported_as_aws_does(house, body, fields, error_type, message):
    error = await house.fail(house.spec(f"def handler(e, c):\n    {body}\n"), request_id="the-id", **fields)
    assert list(error) == ["errorMessage", "errorType", "requestId", "stackTrace"]
    assert (error["errorType"], error["errorMessage"], error["requestId"]) == (error_type, message, "the-id")


async def test_the_stack_trace_shows_the_functions_frames_only(house):
    error = await house.fail(house.spec("def inner():\n    raise ValueError('x')\ndef handler(e, c):\n    inner()\n"))
    assert error["stackTrace"] == [
        '  File "/var/task/app.py", line 4, in handler\n    inner()\n',
        "  File \"/var/task/app.py\", line 2, in inner\n    raise ValueError('x')\n",
    ]


async def test_an_event_that_is_no_json_is_an_unmarshal_error(house):
    from lambent.core.ports import Invocation

    spec = house.spec(ECHO)
    outcome = await house.pool.invoke(spec, Invocation("r", b"{", spec.function_arn))
    assert json.loads(outcome.payload)["errorType"] == "Runtime.UnmarshalError"


async def test_bytes_are_answered_as_they_are(house):
    outcome = await house.invoke(house.spec("def handler(e, c):\n    return b'\\x00raw'\n"))
    assert (outcome.payload, outcome.content_type) == (b"\x00raw", "application/unknown")


@pytest.mark.parametrize(("runtime", "payload"), [("python3.11", b'"\\u00e9"'), ("python3.13", '"é"'.encode())])
async def test_json_is_escaped_as_the_runtime_of_that_version_does(house, runtime, payload):
    try:
        outcome = await house.invoke(house.spec("def handler(e, c):\n    return 'é'\n", runtime=runtime))
    except RuntimeUnavailable as unavailable:
        pytest.skip(str(unavailable))
    assert outcome.payload == payload


async def test_the_largest_answer_passes_and_one_byte_more_does_not(house):
    spec = house.spec("def handler(e, c):\n    return 'x' * e\n", memory_mb=512)
    assert len((await house.invoke(spec, 6_291_556 - 2)).payload) == 6_291_556
    assert await house.fail(spec, 6_291_556 - 1) == {
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        "errorType": "Function.ResponseSizeTooLarge",
    }
    assert await house.call(spec, 1) == "x"


async def test_the_largest_event_passes(house):
    spec = house.spec("def handler(e, c):\n    return len(e)\n", memory_mb=512)
    assert await house.call(spec, "x" * 6_000_000) == 6_000_000
