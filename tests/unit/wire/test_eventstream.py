"""Event stream frames: what is encoded reads back, here and in botocore."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from botocore.eventstream import EventStreamBuffer

from lambent.wire.eventstream import BadFrame, decode_events, encode_event

HEADERS = {":event-type": "PayloadChunk", ":message-type": "event", ":content-type": "application/octet-stream"}


def test_an_event_reads_back_as_it_was() -> None:
    headers = {
        "true": True,
        "false": False,
        "integer": -7,
        "long": 2**40,
        "bytes": b"\x00\xff",
        "string": "grüße",
        "timestamp": datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC),
        "uuid": UUID("12345678-1234-5678-1234-567812345678"),
    }
    (event,) = decode_events(encode_event(headers, b"payload"))
    assert event.headers == headers
    assert event.payload == b"payload"


def test_botocore_reads_our_frames() -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(encode_event(HEADERS, b"one") + encode_event({":event-type": "InvokeComplete"}, b"{}"))
    first, second = buffer
    assert (first.headers, first.payload) == (HEADERS, b"one")
    assert second.headers == {":event-type": "InvokeComplete"}


def test_events_follow_one_another_in_order() -> None:
    stream = b"".join(encode_event(HEADERS, str(number).encode()) for number in range(5))
    assert [event.payload for event in decode_events(stream)] == [b"0", b"1", b"2", b"3", b"4"]


@pytest.mark.parametrize("position", [0, 5, 9, 14, 40, -1])
def test_a_changed_byte_is_noticed(position: int) -> None:
    frame = bytearray(encode_event(HEADERS, b"payload"))
    frame[position] ^= 0x40
    with pytest.raises(BadFrame):
        list(decode_events(bytes(frame)))


def test_a_cut_frame_is_noticed() -> None:
    with pytest.raises(BadFrame):
        list(decode_events(encode_event(HEADERS, b"payload")[:-1]))
