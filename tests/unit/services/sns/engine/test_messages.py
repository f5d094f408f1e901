"""What may be published. The messages are recorded answers of AWS."""

import hashlib

import pytest

from lambent.services.sns import errors
from lambent.services.sns.engine import messages
from lambent.services.sns.engine.messages import Rules

STANDARD = Rules(is_fifo=False, is_deduplicated_by_content=False, bytes_max=1_024)
FIFO = Rules(is_fifo=True, is_deduplicated_by_content=False, bytes_max=1_024)
BY_CONTENT = Rules(is_fifo=True, is_deduplicated_by_content=True, bytes_max=1_024)


def refusal(call, *given):
    with pytest.raises(errors.SnsError) as refused:
        call(*given)
    return refused.value.message


def refused(rules=STANDARD, **given):
    return refusal(messages.checked, {"Message": "m"} | given, rules)


def text(value, kind="String"):
    return {"DataType": kind, "StringValue": value}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"Message": ""}, "Invalid parameter: Empty message"),
        ({"Message": "m" * 1_025}, "Invalid parameter: Message too long"),
        ({"Message": "é" * 513}, "Invalid parameter: Message too long"),
        ({"Message": "m" * 1_015, "MessageAttributes": {"abc": text("x")}}, "Invalid parameter: Message too long"),
        ({"Subject": ""}, "Invalid parameter: Subject"),
        ({"Subject": "s" * 101}, "Invalid parameter: Subject"),
        ({"Subject": "a\nb"}, "Invalid parameter: Subject"),
        (
            {"MessageStructure": "json", "Message": "{"},
            "Invalid parameter: Message Structure - JSON message body failed to parse",
        ),
        (
            {"MessageStructure": "json", "Message": '{"sqs": "s"}'},
            "Invalid parameter: Message Structure - No default entry in JSON message body",
        ),
        (
            {"MessageStructure": "json", "Message": '{"default": {"a": 1}}'},
            "Invalid parameter: Message Structure - No default entry in JSON message body",
        ),
        (
            {"MessageDeduplicationId": "d"},
            "Invalid parameter: MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter "
            "that is not valid for this topic type",
        ),
    ],
)
def test_what_is_no_message_is_refused(given, message):
    assert refused(**given) == message


def test_a_fifo_topic_asks_for_a_group_and_for_what_to_deduplicate_by():
    assert refused(FIFO) == "Invalid parameter: The MessageGroupId parameter is required for FIFO topics"
    assert refused(FIFO, MessageGroupId="g") == (
        "Invalid parameter: The topic should either have ContentBasedDeduplication enabled or "
        "MessageDeduplicationId provided explicitly"
    )
    assert "MessageGroupId can only include" in refused(FIFO, MessageGroupId="a b", MessageDeduplicationId="d")
    assert "MessageDeduplicationId can only include" in refused(FIFO, MessageGroupId="g", MessageDeduplicationId="d" * 129)
    by_content = messages.checked({"Message": "Test", "MessageGroupId": "g"}, BY_CONTENT)
    assert by_content.deduplication_id == hashlib.sha256(b"Test").hexdigest()
    told = messages.checked({"Message": "Test", "MessageGroupId": "g", "MessageDeduplicationId": "d"}, BY_CONTENT)
    assert (told.deduplication_id, told.group_id) == ("d", "g")


def test_a_structured_message_has_a_body_for_each_protocol_and_one_for_the_others():
    given = {"MessageStructure": "json", "Message": '{"default": "d", "sqs": "s", "http": 1}'}
    message = messages.checked(given, STANDARD)
    assert [message.body(protocol) for protocol in ("sqs", "lambda", "http")] == ["s", "d", "d"]


@pytest.mark.parametrize(
    ("name", "attribute", "message"),
    [
        (
            "attr1",
            text(""),
            "The message attribute 'attr1' must contain non-empty message attribute value for message attribute type 'String'.",
        ),
        (
            "attr1",
            {"DataType": "Binary", "BinaryValue": b""},
            "The message attribute 'attr1' must contain non-empty message attribute value for message attribute type 'Binary'.",
        ),
        (
            "attr1",
            {"DataType": "Number", "BinaryValue": b"1"},
            "The message attribute 'attr1' with type 'Number' must use field 'String'.",
        ),
        ("attr1", text("1", "Binary"), "The message attribute 'attr1' with type 'Binary' must use field 'Binary'."),
        (
            "attr1",
            text("1", "InvalidType"),
            "The message attribute 'attr1' has an invalid message attribute type, the set of supported type prefixes is "
            "Binary, Number, and String.",
        ),
        ("attr1", text("one", "Number"), "Could not cast message attribute 'attr1' value to number."),
        ("attr1", text("nan", "Number"), "Could not cast message attribute 'attr1' value to number."),
        ("a" * 257, text("x"), "Length of message attribute name must be less than 256 bytes."),
        (
            "a^b",
            text("x"),
            "Invalid non-alphanumeric character '#x5E' was found in the message attribute name. "
            "Can only include alphanumeric characters, hyphens, underscores, or dots.",
        ),
        (".a", text("x"), "Invalid message attribute name starting with character '.' was found."),
        ("a.", text("x"), "Invalid message attribute name ending with character '.' was found."),
        ("a..b", text("x"), "Message attribute name can not have successive '.' character."),
    ],
)
def test_what_is_no_attribute_is_refused(name, attribute, message):
    assert refused(MessageAttributes={name: attribute}) == message


def test_types_may_have_names_of_their_own():
    attributes = {"a": text("x", "String.mine"), "b": text("1", "Number.byte"), "c": text("[]", "String.Array")}
    assert messages.checked({"Message": "m", "MessageAttributes": attributes}, STANDARD).attributes == attributes


def test_a_batch_is_refused_as_a_whole():
    entry = {"Id": "1", "Message": "m"}
    assert messages.check_batch([entry], STANDARD) is None
    for entries, message in (
        ([], "The batch request doesn't contain any entries."),
        ([{**entry, "Id": str(number)} for number in range(11)], "The batch request contains more entries than permissible."),
        ([entry, entry], "Two or more batch entries in the request have the same Id."),
        ([{**entry, "Id": "a b"}], "The Id of a batch entry in a batch request doesn't abide by the specification."),
        (
            [{"Id": "1", "Message": "m" * 1_000}, {"Id": "2", "Message": "m" * 25}],
            "The length of all the messages put together is more than the limit.",
        ),
    ):
        assert refusal(messages.check_batch, entries, STANDARD) == message
