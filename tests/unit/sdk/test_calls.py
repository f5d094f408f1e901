"""The way of one function's calls and answers, against scripted answers."""

import base64
import json
from types import SimpleNamespace

import pytest
from tests.unit.sdk.answering import Reply, caller, server

from lambent.sdk import calls, large
from lambent.sdk.calls import Route
from lambent.sdk.deploying import Deployment
from lambent.sdk.errors import RemoteError
from lambent.sdk.functions import Function

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f:live"


class Answering:
    """``reply`` is what the server answers; ``asked`` what it was asked."""

    def __init__(self):
        self.reply, self.asked = Reply(), []

    def __call__(self, request):
        self.asked.append(request)
        return self.reply


@pytest.fixture
def lambda_():
    return Answering()


@pytest.fixture
def route(lambda_, monkeypatch, aws):
    with server(lambda_) as port, caller(port) as calling:
        monkeypatch.setattr(calls, "caller_of", lambda _target: calling)
        yield Route(Deployment("f", ARN, "us-east-1", f"http://127.0.0.1:{port}"), Function(plain))


def plain(x: set[int]) -> tuple[int, ...]:
    raise LookupError(x)


def test_a_call_is_an_invocation_that_is_waited_for_with_the_end_of_its_log(route, lambda_):
    lambda_.reply = Reply(body=b"[1,2]")
    assert route.invoke({2, 1}).result(10) == (1, 2)
    request = lambda_.asked[0]
    assert (
        request.path == "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af%3Alive/invocations"
    )
    assert (request.headers["x-amz-invocation-type"], request.headers["x-amz-log-type"]) == ("RequestResponse", "Tail")
    assert request.body == b"[1,2]"


def test_an_event_is_not_waited_for(route, lambda_):
    lambda_.reply = Reply(status=202, body=b"", headers={"x-amzn-requestid": "r-1"})
    assert route.send([1]).result(10) == "r-1"
    assert lambda_.asked[0].headers["x-amz-invocation-type"] == "Event"


def test_a_functions_failure_is_raised_with_log_and_request(route, lambda_):
    failure = json.dumps({"errorType": "NoSuch", "errorMessage": "why", "stackTrace": ["here\n"]}).encode()
    log = base64.b64encode(b"last words").decode()
    lambda_.reply = Reply(
        body=failure, headers={"x-amz-function-error": "Unhandled", "x-amz-log-result": log, "x-amzn-requestid": "r-1"}
    )
    error = route.invoke([1]).exception(10)
    assert isinstance(error, RemoteError)
    assert (error.message, error.log_tail, error.request_id, error.failure.function) == ("why", "last words", "r-1", "f")


def test_what_lambda_refuses_has_its_code_message_and_request(route, lambda_, monkeypatch):
    from botocore.exceptions import ClientError

    client = SimpleNamespace(exceptions=SimpleNamespace(from_code=lambda _code: ClientError))
    monkeypatch.setattr(Deployment, "client", lambda _self, **_: client)
    lambda_.reply = Reply(
        status=404,
        body=b'{"Type":"User","Message":"Function not found"}',
        headers={"x-amzn-errortype": "ResourceNotFoundException:http://x", "x-amzn-requestid": "r-1"},
    )
    error = route.invoke([1]).exception(10)
    assert error.response["Error"] == {"Code": "ResourceNotFoundException", "Message": "Function not found"}
    assert error.response["Type"] == "User"
    assert error.response["ResponseMetadata"]["RequestId"] == "r-1"
    lambda_.reply = Reply(status=413, body=b"<html>too large</html>")
    error = route.invoke([1]).exception(10)
    assert error.response["Error"] == {"Code": "413", "Message": "<html>too large</html>"}


def test_an_argument_that_is_too_large_goes_through_s3_and_is_forgotten_once_it_has_been_answered(route, lambda_, monkeypatch):
    monkeypatch.setattr(large, "CALL_BYTES_MAX", 10)
    kept, forgotten = [], []
    monkeypatch.setattr(
        Route, "_store", SimpleNamespace(put=lambda body: kept.append(body) or {"lambent:s3": 1}, forget=forgotten.append)
    )
    monkeypatch.setattr(calls.futures, "in_thread", lambda work: work())
    lambda_.reply = Reply(body=b"[3]")
    assert route.invoke(list(range(10))).result(10) == (3,)
    assert kept == [b"[0,1,2,3,4,5,6,7,8,9]"]
    assert lambda_.asked[0].body == b'{"lambent:s3":1}'
    assert forgotten == [{"lambent:s3": 1}]


def test_what_s3_refuses_is_the_calls_failure(route, monkeypatch):
    monkeypatch.setattr(large, "EVENT_BYTES_MAX", 10)

    def refuse(_body):
        raise PermissionError("no bucket")

    monkeypatch.setattr(Route, "_store", SimpleNamespace(put=refuse))
    with pytest.raises(PermissionError, match="no bucket"):
        route.send(list(range(10))).result(10)


def test_a_large_argument_that_is_put_too_late_to_be_sent_is_told(route, monkeypatch):
    monkeypatch.setattr(large, "CALL_BYTES_MAX", 10)
    monkeypatch.setattr(Route, "_store", SimpleNamespace(put=lambda _: {"lambent:s3": 1}))
    route._caller._thread.close()
    with pytest.raises(RuntimeError, match="closed"):
        route.invoke(list(range(10))).result(10)


def events(*given):
    class Stream(list):
        def close(self):
            pass

    return {"EventStream": Stream(given), "ResponseMetadata": {"RequestId": "r-1"}}


def test_a_stream_that_fails_before_its_end_raises_after_its_pieces(route, aws):
    head = b'{"lambent:stream":1}\n1\n'
    details = json.dumps({"errorType": "LookupError", "errorMessage": "late", "stackTrace": []})
    aws.answers["invoke_with_response_stream"] = [
        events({"PayloadChunk": {"Payload": head}}, {"InvokeComplete": {"ErrorCode": "LookupError", "ErrorDetails": details}})
    ]
    pieces = route.stream([1])
    assert next(pieces) == 1
    with pytest.raises(LookupError, match="late"):
        next(pieces)
    aws.answers["invoke_with_response_stream"] = [
        events({"InvokeComplete": {"ErrorCode": "NobodysError", "ErrorDetails": "no JSON"}})
    ]
    with pytest.raises(RemoteError, match="NobodysError: no JSON"):
        list(route.stream([1]))


def test_what_is_not_streamed_is_one_piece(route, aws):
    aws.answers["invoke_with_response_stream"] = [
        events({"PayloadChunk": {"Payload": b"[1,"}}, {"PayloadChunk": {"Payload": b"2]"}})
    ]
    assert list(route.stream([1])) == [(1, 2)]
