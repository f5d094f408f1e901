"""Entries of a batch that fail are kept from the service, and the answer is put together again."""

from typing import Any

from lambent.core.errors import ServiceError
from lambent.testing import batches


class Lost(ServiceError):
    code = "Lost"
    status = 500
    wording = "Gone."


async def answered(service: str, operation: str, given: dict[str, Any], failing: set[int], reply: Any) -> tuple[Any, list[Any]]:
    """The answer, and with which parameters the service was asked."""
    asked: list[Any] = []

    async def proceed(others: Any = None) -> Any:
        asked.append(others)
        return reply

    told = await batches.answer(service, operation, given, {at: Lost() for at in failing}, proceed)
    return told, asked


async def test_each_record_is_answered_at_its_place() -> None:
    reply = {"FailedRecordCount": 1, "Records": [{"SequenceNumber": "1"}, {"ErrorCode": "Own"}]}
    given = {"StreamName": "s", "Records": ["a", "b", "c", "d"]}
    told, asked = await answered("kinesis", "PutRecords", given, {0, 2}, reply)
    lost = {"ErrorCode": "Lost", "ErrorMessage": "Gone."}
    assert told == {"FailedRecordCount": 3, "Records": [lost, {"SequenceNumber": "1"}, lost, {"ErrorCode": "Own"}]}
    assert asked == [{"StreamName": "s", "Records": ["b", "d"]}]


async def test_messages_that_fail_are_told_by_their_ids() -> None:
    given = {"Entries": [{"Id": "x"}, {"Id": "y"}]}
    told, _ = await answered("sqs", "SendMessageBatch", given, {1}, {"Successful": [{"Id": "x"}]})
    failed = {"Id": "y", "SenderFault": False, "Code": "Lost", "Message": "Gone."}
    assert told == {"Successful": [{"Id": "x"}], "Failed": [failed]}


async def test_a_service_is_not_asked_for_nothing() -> None:
    told, asked = await answered("kinesis", "PutRecords", {"Records": ["a"]}, {0}, None)
    assert (told["FailedRecordCount"], len(told["Records"]), asked) == (1, 1, [])


async def test_a_batch_without_such_an_entry_goes_as_it_is() -> None:
    told, asked = await answered("kinesis", "PutRecords", {"Records": ["a"]}, {7}, {"Records": [1]})
    assert (told, asked) == ({"Records": [1]}, [None])
