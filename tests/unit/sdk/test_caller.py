"""Calls over kept connections: what is sent, what is tried again, and what whoever waits is told."""

import base64
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest
from botocore.exceptions import ConnectionClosedError, CredentialRetrievalError, EndpointConnectionError
from tests.unit.sdk.answering import CREDENTIALS, Reply, Request, caller, server

from lambent.sdk import caller as module
from lambent.sdk.caller import Call, work_s
from lambent.sdk.connections import Answer, Connection, Place
from lambent.sdk.gates import Lane

PATH = "/2015-03-31/functions/f/invocations"


def call(body=b"1", **options):
    return Call(
        PATH, {"x-amz-invocation-type": "RequestResponse"}, body, lambda answer: (answer.status, answer.body), **options
    )


def counting(*replies):
    """Gives the replies in turn, the last again and again; notes what was asked."""
    left, asked = list(replies), []

    def answer(request: Request) -> Reply:
        asked.append(request)
        return left.pop(0) if len(left) > 1 else left[0]

    return answer, asked


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch):
    monkeypatch.setattr(module, "RETRY_DELAY_S", 0.001)


def test_a_call_is_a_signed_post_whose_answer_becomes_the_result():
    answer, asked = counting(Reply(body=b"42", headers={"x-amzn-requestid": "r-1"}))
    with server(answer) as port, caller(port) as calling:
        future = calling.submit(call(b'{"x":21}'))
        assert future.result(10) == (200, b"42")
        assert future.request_id == "r-1"
    assert (asked[0].path, asked[0].body) == (PATH, b'{"x":21}')
    assert asked[0].headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKID/")


def test_many_calls_share_few_connections_and_each_gets_its_own_answer():
    report = base64.b64encode(b"REPORT RequestId: 1\tDuration: 1.00 ms").decode()
    with (
        server(lambda request: Reply(body=request.body, headers={"x-amz-log-result": report})) as port,
        caller(port) as calling,
    ):
        futures = [calling.submit(call(b"%d" % number)) for number in range(300)]
        assert [future.result(20)[1] for future in futures] == [b"%d" % number for number in range(300)]
        assert len(calling._open) <= 16


@pytest.mark.parametrize("reply", [Reply(status=500), Reply(status=503), Reply(status=0)], ids=["500", "503", "closed"])
def test_what_is_likely_to_pass_is_tried_again(reply):
    answer, asked = counting(reply, Reply(body=b"7"))
    with server(answer) as port, caller(port) as calling:
        assert calling.submit(call()).result(10) == (200, b"7")
    assert len(asked) == 2


def test_attempts_end_and_the_last_answer_is_told():
    answer, asked = counting(Reply(status=500, body=b"{}"))
    with server(answer) as port, caller(port) as calling:
        assert calling.submit(call()).result(10) == (500, b"{}")
    assert len(asked) == 3


def test_a_connection_that_breaks_again_and_again_is_botocores_error():
    answer, asked = counting(Reply(status=0))
    with server(answer) as port, caller(port) as calling, pytest.raises(ConnectionClosedError):
        calling.submit(call()).result(10)
    assert len(asked) == 3


def test_where_nothing_listens_is_botocores_error():
    with server(lambda _: Reply()) as port:
        pass
    with caller(port) as calling, pytest.raises(EndpointConnectionError, match=str(port)):
        calling.submit(call()).result(10)


def test_throttles_are_tried_more_often_than_other_failures_and_narrow_the_gate():
    throttle = Reply(status=429, headers={"x-amzn-errortype": "TooManyRequestsException"})
    answer, asked = counting(*[throttle] * 6, Reply(body=b"7"))
    with server(answer) as port, caller(port) as calling:
        assert calling.submit(call()).result(20) == (200, b"7")
        assert calling._gates[PATH].limit <= 2
    assert len(asked) == 7


def test_a_throttle_that_does_not_end_is_told(monkeypatch):
    monkeypatch.setattr(module, "THROTTLED_S_MAX", 0.0)
    with server(lambda _: Reply(status=429)) as port, caller(port) as calling:
        assert calling.submit(call()).result(10)[0] == 429


def test_an_answer_that_does_not_come_is_botocores_error_and_is_not_tried_again(monkeypatch):
    from botocore.exceptions import ReadTimeoutError

    monkeypatch.setattr(module, "ANSWER_S_MAX", 0.05)
    leave, asked = threading.Event(), []

    def answer(request):
        asked.append(request)
        leave.wait(10)
        return Reply()

    with server(answer) as port, caller(port) as calling:
        try:
            with pytest.raises(ReadTimeoutError):
                calling.submit(call()).result(10)
        finally:
            leave.set()
    assert len(asked) == 1


def test_what_waits_to_be_sent_can_be_cancelled_and_what_is_under_way_cannot():
    begun, leave, asked = threading.Event(), threading.Event(), []

    def answer(request):
        asked.append(request.body)
        begun.set()
        leave.wait(10)
        return Reply()

    lane = Lane(1)
    with server(answer) as port, caller(port) as calling:
        first, second, third = (calling.submit(call(b"%d" % number, lane=lane)) for number in range(3))
        assert begun.wait(10)
        assert not first.cancel()
        assert second.cancel()
        leave.set()
        assert first.result(10) == third.result(10) == (200, b"null")
    assert asked == [b"0", b"2"]


def test_a_lane_limits_its_own_calls_and_no_others():
    here, most, lock, both = set(), [0], threading.Lock(), threading.Barrier(2)

    def answer(request):
        with lock:
            here.add(request.body)
            most[0] = max(most[0], len([body for body in here if body.startswith(b"lane")]))
        if request.body == b"other":
            both.wait(10)  # it is under way while one of the lane is
        elif request.body == b"lane0":
            both.wait(10)
        with lock:
            here.discard(request.body)
        return Reply()

    lane = Lane(1)
    with server(answer) as port, caller(port) as calling:
        futures = [calling.submit(call(b"lane%d" % number, lane=lane)) for number in range(4)]
        futures.append(calling.submit(call(b"other")))
        assert {future.result(10)[0] for future in futures} == {200}
    assert most == [1]


def test_new_credentials_are_asked_for_when_they_are_due_and_their_failure_is_told():
    answers = [CREDENTIALS]
    is_due = False

    def credentials():
        if not answers:
            raise CredentialRetrievalError(provider="sso", error_msg="log in again")
        return answers.pop()

    with server(lambda _: Reply()) as port, caller(port, credentials=credentials, is_stale=lambda: is_due) as calling:
        assert calling.submit(call()).result(10)[0] == 200
        assert calling.submit(call()).result(10)[0] == 200
        is_due, calling._credentials_asked_at_s = True, float("-inf")
        with pytest.raises(CredentialRetrievalError, match="log in again"):
            calling.submit(call()).result(10)


def test_credentials_that_have_become_old_while_the_process_was_frozen_are_asked_for_again(monkeypatch):
    asked, now = [], time.time

    def credentials():
        asked.append(1)
        return CREDENTIALS

    with server(lambda _: Reply()) as port, caller(port, credentials=credentials, is_stale=lambda: True) as calling:
        for _ in range(2):
            assert calling.submit(call()).result(10)[0] == 200
        assert len(asked) == 1
        monkeypatch.setattr(time, "time", lambda: now() + 3_600)  # the monotonic clock stood still meanwhile
        assert calling.submit(call()).result(10)[0] == 200
    assert len(asked) == 2


def test_a_callback_that_waits_for_another_call_is_told_that_it_would_never_end():
    with server(lambda _: Reply()) as port, caller(port) as calling:
        told: list[BaseException | None] = []
        done = threading.Event()

        def wait_for_another(_future):
            try:
                calling.submit(call()).result(10)
            except RuntimeError as error:
                told.append(error)
            done.set()

        calling.submit(call()).add_done_callback(wait_for_another)
        assert done.wait(10)
    assert "callback" in str(told[0])


def test_a_call_that_was_under_way_for_long_is_not_made_again_beyond_its_attempts(monkeypatch):
    monkeypatch.setattr(module, "STALE_S_MAX", 0.0)
    answer, asked = counting(Reply(), Reply(status=0), Reply())
    with server(answer) as port, caller(port, attempts_max=1) as calling:
        calling.submit(call()).result(10)
        with pytest.raises(ConnectionClosedError):
            calling.submit(call()).result(10)
    assert len(asked) == 2


def test_a_host_whose_name_is_none_is_told():
    with caller(1, place=Place("a..b", 1)) as calling, pytest.raises(EndpointConnectionError, match=r"127\.0\.0\.1"):
        calling.submit(call()).result(10)


def test_connections_that_end_as_soon_as_they_are_made_are_told():
    async def connect(closed):
        return Connection(closed)

    place = SimpleNamespace(connect=connect, proxy=None)
    with caller(1, place=place) as calling, pytest.raises(EndpointConnectionError):
        calling.submit(call()).result(10)


def test_a_callback_that_exits_ends_no_other_call():
    def leave(_future):
        raise SystemExit(1)

    with server(lambda _: Reply()) as port, caller(port) as calling:
        calling._loop.set_exception_handler(lambda *_: None)
        calling.submit(call()).add_done_callback(leave)
        for _ in range(3):
            assert calling.submit(call()).result(10)[0] == 200


def test_who_waits_for_a_call_when_the_process_ends_is_told():
    leave, has_come = threading.Event(), threading.Event()

    def answer(_request):
        has_come.set()
        leave.wait(10)
        return Reply()

    with server(answer) as port, caller(port) as calling:
        lane = Lane(1)
        futures = [calling.submit(call(lane=lane)), calling.submit(call(lane=lane)), calling.submit(call())]
        assert has_come.wait(10)
        calling._thread.close()
        try:
            for future in futures:
                assert "the process ends" in str(future.exception(10))
        finally:
            leave.set()


AT_THE_END = """
import concurrent.futures.thread, threading
from tests.unit.sdk.answering import Reply, caller, server
from tests.unit.sdk.test_caller import call

def work():
    with server(lambda _: Reply(body=b"1" * 300_000)) as port, caller(port) as calling:
        calling.submit(call()).result(10)
        has_called.set()
        threading.main_thread().join()
        while not concurrent.futures.thread._shutdown:
            pass
        print(len(calling.submit(call()).result(10)[1]))

has_called = threading.Event()
threading.Thread(target=work).start()
has_called.wait(10)
"""


def test_a_thread_that_outlives_the_main_one_gets_its_large_answers():
    done = subprocess.run([sys.executable, "-c", AT_THE_END], capture_output=True, text=True, timeout=50, check=False)
    assert (done.stdout, done.stderr) == ("300000\n", "")


def test_how_long_a_function_worked_is_read_from_its_report():
    text = b"Duration: 99 ms said the user\nREPORT RequestId: 1-2\tDuration: 12.50 ms\tInit Duration: 200 ms"
    record = b'{"type":"platform.report","record":{"metrics":{"durationMs":7.5,"billedDurationMs":8}}}'
    for log, expected in ((text, 0.0125), (record, 0.0075), (b"", 3.0)):
        answer = Answer(200, {"x-amz-log-result": base64.b64encode(log).decode()}, b"")
        assert work_s(answer, 3.0) == pytest.approx(expected)
