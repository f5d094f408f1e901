"""https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting."""

import json

import pytest

from lambent.durable.followers import responses

IDS = ["a", "b", "c"]


def failed(answer: object) -> set[str]:
    payload = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return set(responses.failed_ids(payload, IDS))


@pytest.mark.parametrize(
    "answer", [None, {}, "", b"", {"batchItemFailures": []}, {"batchItemFailures": None}, {"statusCode": 200}]
)
def test_a_batch_has_succeeded(answer):
    assert failed(answer) == set()


def test_only_what_is_named_has_failed():
    assert failed({"batchItemFailures": [{"itemIdentifier": "b"}, {"itemIdentifier": "c"}, {"itemIdentifier": "b"}]}) == {
        "b",
        "c",
    }


@pytest.mark.parametrize(
    "answer",
    [
        b"{",
        b"\xff",
        "text",
        [],
        5,
        {"batchItemFailures": "a"},
        {"batchItemFailures": {"itemIdentifier": "a"}},
        {"batchItemFailures": ["a"]},
        {"batchItemFailures": [{}]},
        {"batchItemFailures": [{"foo": "notvalid"}]},
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"itemIdentifier": {"a": "b"}}]},
        {"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "unknown"}]},
    ],
)
def test_an_answer_that_cannot_be_understood_fails_the_whole_batch(answer):
    assert failed(answer) == set(IDS)
