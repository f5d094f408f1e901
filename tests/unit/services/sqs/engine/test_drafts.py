"""A message before it is sent."""

import hashlib

import pytest

from lambent.services.sqs import errors
from lambent.services.sqs.engine import drafts
from lambent.services.sqs.engine.digests import Attribute


async def test_a_draft_is_measured_and_digested(world):
    given = {"MessageBody": "é", "MessageAttributes": {"n": {"DataType": "String", "StringValue": "v"}}}
    draft = drafts.draft(given, await world.queue())
    assert (draft.size, draft.delay_s, draft.group_id) == (2 + 1 + 6 + 1, None, "")
    assert draft.md5_of_body == hashlib.md5("é".encode()).hexdigest()
    assert draft.attributes is not None
    assert drafts.decode_attributes(draft.attributes) == {"n": Attribute("String", "v")}


async def test_text_and_bytes_of_attributes_come_back_as_they_were(world):
    given = {"b": {"DataType": "Binary", "BinaryValue": b"\x00"}, "t": {"DataType": "Number", "StringValue": "-1.5e3"}}
    draft = drafts.draft({"MessageBody": "m", "MessageAttributes": given}, await world.queue())
    assert draft.attributes is not None
    assert drafts.decode_attributes(draft.attributes) == {"b": Attribute("Binary", b"\x00"), "t": Attribute("Number", "-1.5e3")}


async def test_a_fifo_queues_message_gets_the_digest_of_its_content(world):
    queue = await world.queue("q.fifo")
    draft = drafts.draft({"MessageBody": "m", "MessageGroupId": "g"}, queue)
    assert (draft.group_id, draft.deduplication_id) == ("g", hashlib.sha256(b"m").hexdigest())


async def test_a_missing_group_has_another_name_in_a_batch(world):
    queue = await world.queue("q.fifo")
    with pytest.raises(errors.MissingParameter):
        drafts.draft({"MessageBody": "m"}, queue)
    with pytest.raises(errors.NoGroup):
        drafts.draft({"MessageBody": "m"}, queue, is_in_batch=True)


@pytest.mark.parametrize("text", ["\x00", "\x1f", "\ud800", "\ufffe"])
def test_what_xml_cannot_hold_is_refused(text):
    with pytest.raises(errors.InvalidMessageContents, match=f"#x{ord(text):X}"):
        drafts.check_characters(text, "message body")


def test_what_xml_can_hold_is_not():
    drafts.check_characters("\t\n\r ~é\ud7ff\ue000\ufffd\U0001f600\U0010ffff", "message body")


@pytest.mark.parametrize("value", ["one", "1.", ".", "1e", "NaN", "0x1", " 1"])
async def test_what_is_no_number_is_refused(world, value):
    given = {"MessageBody": "m", "MessageAttributes": {"n": {"DataType": "Number", "StringValue": value}}}
    queue = await world.queue()
    if value == "1.":
        drafts.draft(given, queue)
    else:
        with pytest.raises(errors.InvalidParameterValue, match="to a number"):
            drafts.draft(given, queue)


async def test_the_trace_header_is_text(world):
    given = {"MessageBody": "m", "MessageSystemAttributes": {"AWSTraceHeader": {"DataType": "Number", "StringValue": "1"}}}
    with pytest.raises(errors.InvalidParameterValue, match="String type"):
        drafts.draft(given, await world.queue())
