"""Messages of standard queues: sent, received, hidden, deleted, delayed, kept for a while."""

import hashlib

import pytest


def test_a_message_is_received_as_it_was_sent(sqs, queue, receive, account):
    sent = sqs.send_message(QueueUrl=queue, MessageBody="été \U0001f600 <&>\t\n")
    message = receive(queue)
    assert message["Body"] == "été \U0001f600 <&>\t\n"
    assert message["MessageId"] == sent["MessageId"]
    assert message["MD5OfBody"] == sent["MD5OfMessageBody"] == hashlib.md5("été \U0001f600 <&>\t\n".encode()).hexdigest()
    attributes = message["Attributes"]
    assert set(attributes) == {
        "SenderId",
        "SentTimestamp",
        "ApproximateReceiveCount",
        "ApproximateFirstReceiveTimestamp",
    }
    assert (attributes["SenderId"], attributes["ApproximateReceiveCount"]) == (account, "1")
    assert "MessageAttributes" not in message


def test_an_empty_queue_has_no_messages_to_tell(sqs, queue):
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)


@pytest.mark.parametrize("length", [1, 1_500, 1_501, 70_000, 1_048_576])
def test_bodies_of_any_length_are_kept(sqs, queue, receive, bodies, advance, length):
    sqs.send_message(QueueUrl=queue, MessageBody="x" * length)
    assert receive(queue)["Body"] == "x" * length
    advance(30)
    again = receive(queue)
    assert (again["Body"], again["Attributes"]["ApproximateReceiveCount"]) == ("x" * length, "2")
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=again["ReceiptHandle"])
    advance(30)
    assert bodies(queue) == []


def test_the_digest_of_attributes_is_that_of_aws(sqs, queue, receive):
    given = {
        "Author": {"DataType": "String", "StringValue": "John Grisham"},
        "Title": {"DataType": "String", "StringValue": "The Whistler"},
        "WeeksOn": {"DataType": "Number", "StringValue": "6"},
    }
    sent = sqs.send_message(QueueUrl=queue, MessageBody="m", MessageAttributes=given)
    assert sent["MD5OfMessageAttributes"] == "d25a6aea97eb8f585bfa92d314504a92"
    message = receive(queue)
    assert message["MD5OfMessageAttributes"] == "d25a6aea97eb8f585bfa92d314504a92"
    assert message["MessageAttributes"] == given


def test_binary_attributes_and_types_with_a_label_are_kept(sqs, queue, receive):
    given = {
        "attr1": {"DataType": "Binary", "BinaryValue": b"traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c"},
        "id": {"DataType": "Number.bigint", "StringValue": "1234567890123456789012"},
        "attr.1øßä": {"DataType": "String", "StringValue": "Valida"},
    }
    sqs.send_message(QueueUrl=queue, MessageBody="m", MessageAttributes=given)
    assert receive(queue)["MessageAttributes"] == given


def test_the_trace_header_comes_back_as_a_system_attribute(sqs, queue, receive):
    header = {"AWSTraceHeader": {"DataType": "String", "StringValue": "some-trace-id"}}
    sent = sqs.send_message(QueueUrl=queue, MessageBody="m", MessageSystemAttributes=header)
    assert sent["MD5OfMessageSystemAttributes"] == "fdce4f2818803f2f73becc09a54792c0"
    assert receive(queue)["Attributes"]["AWSTraceHeader"] == "some-trace-id"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([], []),
        (["All"], ["General", "Hello", "Help.Me"]),
        ([".*"], ["General", "Hello", "Help.Me"]),
        (["Hello", "Other"], ["Hello"]),
        (["Hel.*"], ["Hello", "Help.Me"]),
        (["AWS."], []),
    ],
)
def test_message_attributes_are_told_by_name_or_prefix(sqs, queue, names, expected):
    given = {name: {"DataType": "String", "StringValue": name} for name in ("Hello", "General", "Help.Me")}
    sqs.send_message(QueueUrl=queue, MessageBody="m", MessageAttributes=given)
    (message,) = sqs.receive_message(QueueUrl=queue, MessageAttributeNames=names)["Messages"]
    assert sorted(message.get("MessageAttributes", {})) == expected
    assert ("MD5OfMessageAttributes" in message) == bool(expected)
    assert "Attributes" not in message


def test_system_attributes_are_told_by_both_of_their_parameters(sqs, queue, refused, advance):
    sqs.send_message(QueueUrl=queue, MessageBody="m")
    for parameter in ("AttributeNames", "MessageSystemAttributeNames"):
        (message,) = sqs.receive_message(QueueUrl=queue, **{parameter: ["SenderId", "SequenceNumber"]})["Messages"]
        assert set(message["Attributes"]) == {"SenderId"}
        advance(30)
    expected = ("InvalidAttributeName", "Unknown Attribute Altitude.")
    assert refused("receive_message", QueueUrl=queue, MessageSystemAttributeNames=["Altitude"]) == expected


# ---- visibility ------------------------------------------------------------------------------------------------------


def test_a_message_returns_when_its_visibility_timeout_ends(sqs, queue, receive, bodies, advance):
    sqs.send_message(QueueUrl=queue, MessageBody="m")
    first = receive(queue)
    advance(29.9)
    assert bodies(queue) == []
    advance(0.1)
    again = receive(queue)
    assert again["MessageId"] == first["MessageId"]
    assert again["ReceiptHandle"] != first["ReceiptHandle"]
    assert again["Attributes"]["ApproximateReceiveCount"] == "2"
    for name in ("SentTimestamp", "ApproximateFirstReceiveTimestamp"):
        assert again["Attributes"][name] == first["Attributes"][name]


def test_a_receive_may_ask_for_another_timeout(sqs, queue, bodies, advance):
    sqs.send_message(QueueUrl=queue, MessageBody="m")
    assert bodies(queue, VisibilityTimeout=0) == ["m"]
    assert bodies(queue, VisibilityTimeout=5) == ["m"]
    advance(4)
    assert bodies(queue) == []
    advance(1)
    assert bodies(queue) == ["m"]


def test_the_queues_own_timeout_counts_for_what_is_received_from_then_on(sqs, queue, bodies, advance):
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "5"})
    sqs.send_message(QueueUrl=queue, MessageBody="m")
    assert bodies(queue) == ["m"]
    advance(5)
    assert bodies(queue) == ["m"]


def test_a_timeout_is_made_longer_or_shorter_while_it_runs(sqs, queue, receive, bodies, advance):
    sqs.send_message(QueueUrl=queue, MessageBody="m")
    handle = receive(queue)["ReceiptHandle"]
    advance(20)
    sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=60)
    advance(59)
    assert bodies(queue) == []
    sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=0)
    assert bodies(queue) == ["m"]


def test_a_message_that_is_visible_again_may_be_hidden_by_who_had_it_last(sqs, queue, receive, bodies, advance):
    sqs.send_message(QueueUrl=queue, MessageBody="m")
    handle = receive(queue)["ReceiptHandle"]
    advance(30)
    sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=30)
    assert bodies(queue) == []


def test_a_message_is_hidden_for_twelve_hours_at_most(sqs, queue, receive, refused, advance):
    sqs.send_message(QueueUrl=queue, MessageBody="m")
    change = {"QueueUrl": queue, "ReceiptHandle": receive(queue)["ReceiptHandle"]}
    sqs.change_message_visibility(**change, VisibilityTimeout=43_200)
    advance(10)
    assert refused("change_message_visibility", **change, VisibilityTimeout=43_191) == (
        "InvalidParameterValue",
        "Value 43191 for parameter VisibilityTimeout is invalid."
        " Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds]",
    )
    sqs.change_message_visibility(**change, VisibilityTimeout=43_190)
    assert refused("change_message_visibility", **change, VisibilityTimeout=43_201)[0] == "InvalidParameterValue"


def test_the_timeout_of_a_message_that_is_gone_cannot_change(sqs, queue, receive, refused, advance):
    sqs.send_message(QueueUrl=queue, MessageBody="m")
    stale = receive(queue)["ReceiptHandle"]
    advance(30)
    handle = receive(queue)["ReceiptHandle"]
    reason = "Message does not exist or is not available for visibility timeout change."
    ask = {"QueueUrl": queue, "VisibilityTimeout": 10}
    expected = ("InvalidParameterValue", f"Value {stale} for parameter ReceiptHandle is invalid. Reason: {reason}")
    assert refused("change_message_visibility", **ask, ReceiptHandle=stale) == expected
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=handle)
    assert refused("change_message_visibility", **ask, ReceiptHandle=handle)[0] == "InvalidParameterValue"


# ---- deleting --------------------------------------------------------------------------------------------------------


def test_a_deleted_message_never_returns_and_may_be_deleted_again(sqs, queue, receive, bodies, advance):
    sqs.send_message(QueueUrl=queue, MessageBody="m")
    handle = receive(queue)["ReceiptHandle"]
    for _ in range(2):
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=handle)
    advance(60)
    assert bodies(queue) == []


def test_only_the_latest_handle_deletes(sqs, queue, receive, bodies, advance):
    sqs.send_message(QueueUrl=queue, MessageBody="m")
    stale = receive(queue)["ReceiptHandle"]
    advance(30)
    receive(queue)
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=stale)
    advance(30)
    handle = receive(queue)["ReceiptHandle"]
    advance(30)
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=handle)  # visible again, but nobody else has had it
    assert bodies(queue) == []


@pytest.mark.parametrize("handle", ["x", "not a handle", "QUJD", "é"])
def test_what_is_no_handle_is_refused(queue, refused, handle):
    expected = ("ReceiptHandleIsInvalid", f'The input receipt handle "{handle}" is not a valid receipt handle.')
    assert refused("delete_message", QueueUrl=queue, ReceiptHandle=handle) == expected
    assert refused("change_message_visibility", QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=1) == expected


def test_the_handle_of_another_queue_is_refused(sqs, queue, receive, refused):
    other = sqs.create_queue(QueueName="other")["QueueUrl"]
    sqs.send_message(QueueUrl=other, MessageBody="m")
    handle = receive(other)["ReceiptHandle"]
    assert refused("delete_message", QueueUrl=queue, ReceiptHandle=handle)[0] == "ReceiptHandleIsInvalid"


# ---- delays, retention, counts ---------------------------------------------------------------------------------------


def test_a_message_may_be_delayed(sqs, queue, bodies, advance):
    sqs.send_message(QueueUrl=queue, MessageBody="late", DelaySeconds=10)
    advance(9.9)
    assert bodies(queue) == []
    advance(0.1)
    assert bodies(queue) == ["late"]


def test_a_queue_delays_what_does_not_say_otherwise(sqs, bodies, advance):
    url = sqs.create_queue(QueueName="late", Attributes={"DelaySeconds": "900"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="late")
    sqs.send_message(QueueUrl=url, MessageBody="now", DelaySeconds=0)
    assert bodies(url) == ["now"]
    advance(900)
    assert sorted(bodies(url)) == ["late", "now"]


def test_a_message_is_kept_for_the_retention_period(sqs, bodies, attribute, advance):
    url = sqs.create_queue(QueueName="short", Attributes={"MessageRetentionPeriod": "60"})["QueueUrl"]
    for number in range(25):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    assert len(bodies(url, VisibilityTimeout=45)) == 10
    advance(30)
    sqs.send_message(QueueUrl=url, MessageBody="younger")
    advance(29)
    assert attribute(url, "ApproximateNumberOfMessages") == "26"
    advance(1)
    assert attribute(url, "ApproximateNumberOfMessages") == "1"
    assert bodies(url) == ["younger"]


def test_messages_are_counted_by_what_becomes_of_them(sqs, queue, attribute, bodies, advance):
    for number in range(5):
        sqs.send_message(QueueUrl=queue, MessageBody=str(number), DelaySeconds=40 if number == 4 else 0)
    assert len(bodies(queue, MaxNumberOfMessages=2)) == 2
    counts = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")
    assert [attribute(queue, name) for name in counts] == ["2", "2", "1"]
    advance(30)
    assert [attribute(queue, name) for name in counts] == ["4", "0", "1"]
    advance(10)
    assert [attribute(queue, name) for name in counts] == ["5", "0", "0"]


def test_those_come_first_that_have_waited_longest(sqs, queue, bodies, advance):
    for number in range(15):
        sqs.send_message(QueueUrl=queue, MessageBody=str(number))
        advance(0.001)
    assert sorted(map(int, bodies(queue))) == list(range(10))
    assert sorted(map(int, bodies(queue))) == list(range(10, 15))


# ---- fair queues -----------------------------------------------------------------------------------------------------


def test_a_noisy_group_does_not_starve_a_quiet_one(sqs, queue, bodies, advance):
    for number in range(100):
        sqs.send_message(QueueUrl=queue, MessageBody=f"noisy-{number}", MessageGroupId="noisy")
    advance(1)
    sqs.send_message(QueueUrl=queue, MessageBody="quiet", MessageGroupId="quiet")
    sqs.send_message(QueueUrl=queue, MessageBody="alone")
    assert "quiet" in bodies(queue)
    rest = [body for _ in range(10) for body in bodies(queue)]
    assert "alone" in rest
    assert len(rest) == 92


def test_a_standard_queue_tells_the_group_of_a_message(sqs, queue, receive):
    sqs.send_message(QueueUrl=queue, MessageBody="m", MessageGroupId="tenant-1")
    assert receive(queue)["Attributes"]["MessageGroupId"] == "tenant-1"


def test_messages_of_one_group_are_received_side_by_side_in_a_standard_queue(sqs, queue, bodies):
    for number in range(3):
        sqs.send_message(QueueUrl=queue, MessageBody=str(number), MessageGroupId="g")
    assert sorted(bodies(queue, MaxNumberOfMessages=1) + bodies(queue)) == ["0", "1", "2"]


# ---- what is refused -------------------------------------------------------------------------------------------------


def test_a_message_has_a_body(queue, refused):
    expected = ("MissingParameter", "The request must contain the parameter MessageBody.")
    assert refused("send_message", QueueUrl=queue, MessageBody="") == expected


def test_a_message_that_is_too_long_is_refused(sqs, queue, refused):
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"MaximumMessageSize": "1024"})
    expected = (
        "InvalidParameterValue",
        "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.",
    )
    attributes = {"a": {"DataType": "String", "StringValue": "v"}}
    sqs.send_message(QueueUrl=queue, MessageBody="x" * 1024)
    sqs.send_message(QueueUrl=queue, MessageBody="x" * 1016, MessageAttributes=attributes)
    assert refused("send_message", QueueUrl=queue, MessageBody="é" * 513) == expected
    assert refused("send_message", QueueUrl=queue, MessageBody="x" * 1017, MessageAttributes=attributes) == expected


def test_a_character_that_xml_cannot_hold_is_refused(queue, refused):
    code, message = refused("send_message", QueueUrl=queue, MessageBody="a\x08b")
    assert code == "InvalidMessageContents"
    assert message.startswith("Invalid binary character '#x8' was found in the message body, the set of allowed characters is")


@pytest.mark.parametrize("delay_s", [-1, 901])
def test_a_delay_out_of_range_is_refused(queue, refused, delay_s):
    assert refused("send_message", QueueUrl=queue, MessageBody="m", DelaySeconds=delay_s) == (
        "InvalidParameterValue",
        f"Value {delay_s} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.",
    )


def test_a_standard_queue_does_not_deduplicate(queue, refused):
    assert refused("send_message", QueueUrl=queue, MessageBody="m", MessageDeduplicationId="d") == (
        "InvalidParameterValue",
        "Value d for parameter MessageDeduplicationId is invalid."
        " Reason: The request include parameter that is not valid for this queue type.",
    )


TEXT = {"DataType": "String", "StringValue": "v"}


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({f"a{n}": TEXT for n in range(11)}, "Number of message attributes [11] exceeds the allowed maximum [10]."),
        ({"": TEXT}, "The request must contain non-empty message (user) attribute names."),
        ({"n" * 257: TEXT}, "Message (user) attribute name must be shorter than 256 bytes."),
        ({"AWS.x": TEXT}, "You can't use message attribute names beginning with 'AWS.' or 'Amazon'."),
        ({"no good": TEXT}, "Message (user) attribute name 'no good' is invalid."),
        ({"X": {"DataType": "String", "StringValue": ""}}, "must contain a non-empty value of type 'String'."),
        ({"X": {"DataType": "Binary", "BinaryValue": b""}}, "must contain a non-empty value of type 'Binary'."),
        (
            {"X": {"DataType": "Number", "StringValue": "six"}},
            "Can't cast the value of message (user) attribute 'X' to a number.",
        ),
        (
            {"X": {"DataType": "Text", "StringValue": "v"}},
            "The type of message (user) attribute 'X' is invalid."
            " You must use only the following supported type prefixes: Binary, Number, String.",
        ),
        (
            {"X": {"DataType": "String." + "a" * 250, "StringValue": "v"}},
            "Message (user) attribute type must be shorter than 256 bytes.",
        ),
        (
            {"X": {"DataType": "String", "StringListValues": ["v"]}},
            "Message attribute list values in SendMessage operation are not supported.",
        ),
    ],
)
def test_an_attribute_that_is_none_is_refused(queue, refused, attributes, message):
    code, told = refused("send_message", QueueUrl=queue, MessageBody="m", MessageAttributes=attributes)
    assert code == "InvalidParameterValue"
    assert message in told


def test_a_system_attribute_that_is_none_is_refused(queue, refused):
    assert refused("send_message", QueueUrl=queue, MessageBody="m", MessageSystemAttributes={"Hello": TEXT}) == (
        "InvalidParameterValue",
        "Message system attribute name 'Hello' is invalid.",
    )


@pytest.mark.parametrize(
    ("parameter", "value", "reason"),
    [
        ("MaxNumberOfMessages", 11, "Must be between 1 and 10, if provided."),
        ("MaxNumberOfMessages", 0, "Must be between 1 and 10, if provided."),
        ("WaitTimeSeconds", 21, "Must be >= 0 and <= 20, if provided."),
        ("WaitTimeSeconds", -1, "Must be >= 0 and <= 20, if provided."),
        ("VisibilityTimeout", 43_201, "Must be >= 0 and <= 43200, if provided."),
    ],
)
def test_a_receive_asks_within_bounds(queue, refused, parameter, value, reason):
    assert refused("receive_message", QueueUrl=queue, **{parameter: value}) == (
        "InvalidParameterValue",
        f"Value {value} for parameter {parameter} is invalid. Reason: {reason}",
    )


def test_too_many_messages_in_flight_are_refused(sqs, queue, refused, monkeypatch, advance, bodies):
    from lambent.services.sqs.engine import standard
    from lambent.services.sqs.operations import receiving

    monkeypatch.setattr(standard, "IN_FLIGHT_MAX", 3)
    monkeypatch.setattr(receiving, "IN_FLIGHT_MAX", 3)
    for number in range(5):
        sqs.send_message(QueueUrl=queue, MessageBody=str(number))
    for _ in range(3):
        assert len(bodies(queue, MaxNumberOfMessages=1)) == 1
    assert refused("receive_message", QueueUrl=queue)[0] == "OverLimit"
    advance(30)
    assert len(bodies(queue, MaxNumberOfMessages=1)) == 1


def test_a_message_that_meets_a_purge_goes_to_the_purged_queue(sqs, queue, still, bodies):
    """What is known of the queue is made stale by hand, as when a purge commits between the look and the send."""
    service = still.platform.services["sqs"]
    sqs.send_message(QueueUrl=queue, MessageBody="before")
    ((key, stale),) = [(key, known) for key, known in service.known.values.items() if key[0] in queue]
    sqs.purge_queue(QueueUrl=queue)
    service.known.values[key] = stale
    sqs.send_message(QueueUrl=queue, MessageBody="after")
    assert bodies(queue) == ["after"]
