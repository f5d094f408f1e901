"""Stories of events as a user tells them with boto3, and the same with kill -9 between any two of their steps.

The platform's clock stands until a step turns it, and goes on where it stood after the kill.
"""

import http.client
import itertools
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.acceptance.test_kill_9 import FAST, RUNTIME, zipped
from tests.lives import ACCOUNT, Life

VISIBILITY_S = 30
RECEIVES_MAX = 3
BAD = "the bad one"
GOOD = [f"good-{number}" for number in range(5)]
EVENT = b'{"order": 7,  "text": "\xc3\xa9"}'

PICKY = f"""
def handler(event, context):
    for record in event["Records"]:
        print("saw", record["messageId"], record["attributes"]["ApproximateReceiveCount"], record["body"])
        if record["body"] == {BAD!r}:
            raise ValueError("cannot handle this one")
"""
FAILING = "def handler(event, context):\n    print('attempt', context.aws_request_id)\n    raise ValueError('never')\n"
LISTENING = "def handler(event, context):\n    print('heard', event['Records'][0]['Sns']['Message'])\n"


class Teller:
    """What a story's steps work with: the life that goes on just then, and what earlier steps found out."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self.life = Life(data, "--clock", "virtual")
        self.known: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        return self.life.client(service)

    def kill(self) -> None:
        self.life.kill()

    def rise(self) -> None:
        self.life = Life(self._data, "--clock", "virtual")

    def turn(self, seconds: float) -> None:
        """Turns the clock and returns when all that fell due has been done; with 0 s when nothing is in flight any more."""
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(self.life.url).port, timeout=120)
        connection.request("POST", "/_lambent/clock", json.dumps({"advance_s": seconds}))
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        connection.close()

    def queue(self, name: str, **attributes: str) -> str:
        """Makes a queue; its ARN."""
        self.client("sqs").create_queue(QueueName=name, Attributes=attributes)
        return f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"

    def url(self, name: str) -> str:
        return self.client("sqs").get_queue_url(QueueName=name)["QueueUrl"]

    def in_queue(self, name: str) -> list[dict[str, Any]]:
        """All that can be received, which stays where it is."""
        sqs, url = self.client("sqs"), self.url(name)
        given = {"MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]}
        messages = sqs.receive_message(QueueUrl=url, **given).get("Messages", [])
        for message in messages:
            sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
        return messages

    def size(self, name: str) -> int:
        wanted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"]
        told = self.client("sqs").get_queue_attributes(QueueUrl=self.url(name), AttributeNames=wanted)["Attributes"]
        return sum(map(int, told.values()))

    def deploy(self, name: str, source: str, **options: Any) -> None:
        functions = self.client("lambda")
        functions.create_function(
            FunctionName=name,
            Runtime=RUNTIME,
            Role=f"arn:aws:iam::{ACCOUNT}:role/any",
            Handler="app.handler",
            Code={"ZipFile": zipped("app.py", source)},
            **options,
        )
        functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=FAST)

    def lines(self, name: str, first_word: str) -> list[list[str]]:
        """What a function printed with this first word: the time in ms, and the further words of each line."""
        pages = self.client("logs").get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{name}")
        events = [event for page in pages for event in page["events"] if event["message"].split(" ")[0] == first_word]
        return [[str(event["timestamp"]), *event["message"].split()[1:]] for event in events]


Step = Callable[[Teller], None]


def tell(steps: Sequence[Step], data: Path, killed_after: int) -> Teller:
    """Takes the steps one after another, with a kill after that of the number (none where it has none)."""
    teller = Teller(data)
    for number, step in enumerate(steps):
        step(teller)
        if number == killed_after:
            teller.kill()
            teller.rise()
    return teller


# ---- one bad message among good ones ---------------------------------------------------------------------------------


def make_queues(teller: Teller) -> None:
    dead = teller.queue("dead")
    redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": str(RECEIVES_MAX)})
    teller.queue("orders", VisibilityTimeout=str(VISIBILITY_S), RedrivePolicy=redrive)


def follow_queue(teller: Teller) -> None:
    teller.deploy("picky", PICKY, DeadLetterConfig={"TargetArn": teller.queue("of-the-function")})
    source = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"
    teller.client("lambda").create_event_source_mapping(FunctionName="picky", EventSourceArn=source, BatchSize=1)


def send_messages(teller: Teller) -> None:
    sqs, url = teller.client("sqs"), teller.url("orders")
    teller.known["ids"] = {
        body: sqs.send_message(QueueUrl=url, MessageBody=body)["MessageId"] for body in [*GOOD[:3], BAD, *GOOD[3:]]
    }


def wait_for_visibility(teller: Teller) -> None:
    teller.turn(VISIBILITY_S + 1)


BAD_MESSAGE: list[Step] = [make_queues, follow_queue, send_messages, *[wait_for_visibility] * (RECEIVES_MAX + 1)]


@pytest.mark.parametrize("killed_after", range(-1, len(BAD_MESSAGE) - 1))
def test_one_bad_message_is_received_three_times_and_then_lies_in_the_dead_letter_queue_of_its_queue(tmp_path, killed_after):
    teller = tell(BAD_MESSAGE, tmp_path, killed_after)
    try:
        (dead,) = teller.in_queue("dead")
        assert (dead["MessageId"], dead["Body"]) == (teller.known["ids"][BAD], BAD)
        assert teller.size("orders") == teller.size("of-the-function") == 0
        seen = teller.lines("picky", "saw")
        handled = {" ".join(words) for _, _, _, *words in seen}
        assert handled == {BAD, *GOOD}
        tries = [(int(time_ms), int(count)) for time_ms, _, count, *words in seen if " ".join(words) == BAD]
        # The kill right after the sending may meet the first try before its lines are kept.
        firsts = (1, 2) if BAD_MESSAGE[killed_after] is send_messages else (1,)
        assert [count for _, count in tries] in [list(range(first, RECEIVES_MAX + 1)) for first in firsts]
        gaps_s = [(later - earlier) / 1000 for (earlier, _), (later, _) in itertools.pairwise(tries)]
        assert all(gap_s >= VISIBILITY_S for gap_s in gaps_s), gaps_s
    finally:
        teller.kill()


# ---- an asynchronous invocation that fails ---------------------------------------------------------------------------


def make_failing(teller: Teller) -> None:
    teller.deploy("failing", FAILING, DeadLetterConfig={"TargetArn": teller.queue("letters")})


def invoke_later(teller: Teller) -> None:
    reply = teller.client("lambda").invoke(FunctionName="failing", InvocationType="Event", Payload=EVENT)
    assert reply["StatusCode"] == 202
    teller.known["request_id"] = reply["ResponseMetadata"]["RequestId"]
    teller.turn(0)  # the first attempt: what runs at a kill is run again, which is another story


def turn_60_s(teller: Teller) -> None:
    teller.turn(60)


FAILURE: list[Step] = [make_failing, invoke_later, turn_60_s, turn_60_s, turn_60_s]


@pytest.mark.parametrize("killed_after", range(-1, len(FAILURE) - 1))
def test_a_failing_event_is_attempted_three_times_under_one_request_id_and_then_lies_in_the_dead_letter_queue(
    tmp_path, killed_after
):
    teller = tell(FAILURE, tmp_path, killed_after)
    try:
        attempts = teller.lines("failing", "attempt")
        assert [request_id for _, request_id in attempts] == [teller.known["request_id"]] * 3
        first_ms, second_ms, third_ms = (int(time_ms) for time_ms, _ in attempts)
        assert second_ms - first_ms == pytest.approx(60_000, abs=1_000)
        assert third_ms - second_ms == pytest.approx(120_000, abs=1_000)
        (letter,) = teller.in_queue("letters")
        assert letter["Body"].encode() == EVENT
        told = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
        assert told == {"RequestID": teller.known["request_id"], "ErrorCode": "200", "ErrorMessage": "never"}
    finally:
        teller.kill()


# ---- one message to two queues, a function and a server --------------------------------------------------------------


class Server(ThreadingHTTPServer):
    """Keeps what it is sent; confirms its subscription."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.tokens: list[str] = []
        self.messages: list[str] = []
        self.heard = threading.Condition()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["content-length"])))
        with self.server.heard:
            if told["Type"] == "SubscriptionConfirmation":
                self.server.tokens.append(told["Token"])
            else:
                self.server.messages.append(told["Message"])
            self.server.heard.notify_all()
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def make_subscribers(teller: Teller) -> None:
    sns = teller.client("sns")
    topic = teller.known["topic"] = sns.create_topic(Name="news")["TopicArn"]
    teller.deploy("listening", LISTENING)
    wants_sports = {"FilterPolicy": json.dumps({"kind": ["sports"]})}
    wants_old = {"FilterPolicy": json.dumps({"year": [{"numeric": ["<", 2000]}]})}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=teller.queue("all"), Attributes={"RawMessageDelivery": "true"})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=teller.queue("old"), Attributes=wants_old)
    function = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:listening"
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function, Attributes=wants_sports)


def subscribe_server(teller: Teller) -> None:
    server: Server = teller.known["server"]
    sns, topic = teller.client("sns"), teller.known["topic"]
    wants_sports = {"FilterPolicy": json.dumps({"kind": ["sports"]})}
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=server.url, Attributes=wants_sports)
    teller.turn(0)
    with server.heard:
        assert server.heard.wait_for(lambda: server.tokens, timeout=30)
    sns.confirm_subscription(TopicArn=topic, Token=server.tokens[0])


def publish(teller: Teller) -> None:
    sns, topic = teller.client("sns"), teller.known["topic"]
    for message, kind, year in [("goal", "sports", "2026"), ("rain", "weather", "1999")]:
        attributes = {
            "kind": {"DataType": "String", "StringValue": kind},
            "year": {"DataType": "Number", "StringValue": year},
        }
        sns.publish(TopicArn=topic, Message=message, MessageAttributes=attributes)


def settle(teller: Teller) -> None:
    teller.turn(0)


FAN_OUT: list[Step] = [make_subscribers, subscribe_server, publish, settle]


@pytest.mark.parametrize("killed_after", range(-1, len(FAN_OUT) - 1))
def test_a_message_reaches_two_queues_a_function_and_a_server_as_their_filters_say(tmp_path, killed_after):
    with serving() as server:
        steps = [lambda teller: teller.known.update(server=server), *FAN_OUT]
        teller = tell(steps, tmp_path, killed_after + 1 if killed_after >= 0 else -1)
        try:
            assert {message["Body"] for message in teller.in_queue("all")} == {"goal", "rain"}
            assert {json.loads(message["Body"])["Message"] for message in teller.in_queue("old")} == {"rain"}
            assert {word for _, word in teller.lines("listening", "heard")} == {"goal"}
            assert set(server.messages) == {"goal"}
        finally:
            teller.kill()
