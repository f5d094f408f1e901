"""Invoke: RequestResponse and DryRun."""

import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

CONTEXT = "def handler(e, c): return {name: getattr(c, name) for name in e}"


def test_an_event_comes_back(create, aws):
    create()
    answer = aws.invoke(FunctionName="f", Payload=b'{"a": [1, "\xc3\xbc"]}')
    assert json.loads(answer["Payload"].read()) == {"a": [1, "ü"]}
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in answer
    assert "LogResult" not in answer


def test_no_payload_is_an_empty_object(create, aws):
    create()
    assert aws.invoke(FunctionName="f")["Payload"].read() == b"{}"


def test_the_request_id_is_the_invocations(create, aws):
    create(app=CONTEXT)
    answer = aws.invoke(FunctionName="f", Payload=b'["aws_request_id"]')
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert json.loads(answer["Payload"].read()) == {"aws_request_id": request_id}


def test_the_invoked_arn_has_the_qualifier_that_was_used(create, invoke, account):
    create(app=CONTEXT, Publish=True)
    arn = f"arn:aws:lambda:us-east-1:{account}:function:f"
    for name, expected in (("f", arn), ("f:1", f"{arn}:1"), ("f:$LATEST", f"{arn}:$LATEST")):
        assert invoke(name, ["invoked_function_arn"]) == {"invoked_function_arn": expected}


def test_the_tail_of_the_log_comes_back_where_it_is_wanted(create, aws):
    create(app="def handler(e, c): print('hello')")
    answer = aws.invoke(FunctionName="f", LogType="Tail")
    lines = base64.b64decode(answer["LogResult"]).decode().splitlines()
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert f"START RequestId: {request_id} Version: $LATEST" in lines
    assert "hello" in lines
    assert any(line.startswith(f"REPORT RequestId: {request_id}\tDuration: ") for line in lines)


def test_an_exception_is_a_function_error_with_status_200(create, aws):
    create(app="def handler(e, c): raise ValueError('no')")
    answer = aws.invoke(FunctionName="f")
    told = json.loads(answer["Payload"].read())
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert (told["errorType"], told["errorMessage"]) == ("ValueError", "no")


def test_a_client_context_reaches_the_function(create, aws):
    create(app="def handler(e, c): return c.client_context.custom")
    context = base64.b64encode(b'{"custom": {"a": 1}}').decode()
    assert json.loads(aws.invoke(FunctionName="f", ClientContext=context)["Payload"].read()) == {"a": 1}


def test_a_dry_run_runs_nothing(create, aws, refused):
    create(app="raise ValueError")
    answer = aws.invoke(FunctionName="f", InvocationType="DryRun")
    assert answer["StatusCode"] == 204
    assert "ExecutedVersion" not in answer
    assert refused("invoke", FunctionName="g", InvocationType="DryRun")[0] == "ResourceNotFoundException"


@pytest.mark.parametrize("kind", ["RequestResponse", "Event"])
def test_bad_json_is_refused_before_anything_runs(create, refused, kind):
    create()
    code, message = refused("invoke", FunctionName="f", Payload=b"{'a': 1}", InvocationType=kind)
    assert code == "InvalidRequestContentException"
    assert message.startswith(
        "Could not parse request body into json: Could not parse payload into json: Unexpected character (''' (code 39))"
    )


def test_6_mib_are_the_largest_payload(create, aws, refused):
    create(app="def handler(e, c): return len(e)")
    largest = b'"' + b"x" * (6_291_456 - 2) + b'"'
    assert aws.invoke(FunctionName="f", Payload=largest)["Payload"].read() == b"6291454"
    assert refused("invoke", FunctionName="f", Payload=largest + b" ") == (
        "RequestEntityTooLargeException",
        "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
    )


def test_a_pending_function_is_not_invoked_but_a_changing_one_is(create, aws, update):
    create(is_awaited=False)
    try:
        aws.invoke(FunctionName="f")
    except aws.exceptions.ResourceConflictException as conflict:
        assert "currently in the following state: Pending" in str(conflict)  # noqa: PT017 - it may be active already
    aws.get_waiter("function_active_v2").wait(FunctionName="f", WaiterConfig={"Delay": 0})
    aws.update_function_configuration(FunctionName="f", Timeout=9)
    assert aws.invoke(FunctionName="f", Payload=b"1")["Payload"].read() == b"1"


def test_a_runtime_that_is_not_installed_says_what_to_install(create, aws, refused):
    create(Runtime="dotnet8", Handler="a::b")
    assert aws.get_function_configuration(FunctionName="f")["State"] == "Active"
    code, message = refused("invoke", FunctionName="f")
    assert code == "InvalidRuntimeException"
    assert "dotnet8" in message


def test_a_reservation_of_0_turns_a_function_off(create, aws, invoke, client):
    from botocore.config import Config

    create()
    assert invoke("f", 1) == 1
    aws.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    once = client("lambda", config=Config(retries={"total_max_attempts": 1}))
    with pytest.raises(once.exceptions.TooManyRequestsException) as error:
        once.invoke(FunctionName="f")
    told = error.value.response
    assert told["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert (told["Reason"], told["Type"], told["message"]) == (
        "ReservedFunctionConcurrentInvocationLimitExceeded",
        "User",
        "Rate Exceeded.",
    )
    aws.delete_function_concurrency(FunctionName="f")
    assert invoke("f", 1) == 1


def test_a_reservation_limits_what_runs_at_once(create, aws, client):
    from botocore.config import Config

    create(app="import time\ndef handler(e, c): time.sleep(0.5)")
    aws.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=2)
    once = client("lambda", config=Config(retries={"total_max_attempts": 1}, max_pool_connections=6))
    together = threading.Barrier(6)

    def call(_: int) -> int:
        together.wait()
        try:
            return once.invoke(FunctionName="f")["StatusCode"]
        except once.exceptions.TooManyRequestsException:
            return 429

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(call, range(6))) == [200, 200, 429, 429, 429, 429]
