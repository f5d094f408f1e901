"""Events leave as frames, and an error in the middle of a stream leaves as its last one."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from lambent.core.errors import Defect, ServiceError
from lambent.wire import events, eventstream, json_shapes, models
from lambent.wire.eventstream import Event
from lambent.wire.models import Ref


class Ended(ServiceError):
    code = "SessionTimeoutException"
    status = 400
    wording = "The session timed out."


class Overrun(ServiceError):
    code = "OverrunException"
    status = 500
    wording = "Too fast."


def stream_of(service: str, operation: str) -> Ref:
    found = models.service(service).operation(operation)
    assert found is not None
    assert found.output_shape is not None
    assert found.event_stream_output is not None
    return found.output_shape.members[found.event_stream_output]


async def sent(ref: Ref, items: list[dict[str, Any] | ServiceError]) -> list[Event]:
    async def source() -> AsyncIterator[dict[str, Any]]:
        for item in items:
            if isinstance(item, ServiceError):
                raise item
            yield item

    frames = events.frames(ref, source(), dump=json_shapes.dump, content_type="application/json")
    return [next(eventstream.decode_events(frame)) async for frame in frames]


async def test_a_blob_payload_is_the_frames_payload():
    (frame,) = await sent(stream_of("lambda", "InvokeWithResponseStream"), [{"PayloadChunk": {"Payload": b"\x00\x01"}}])
    assert frame.payload == b"\x00\x01"
    assert frame.headers == {
        ":event-type": "PayloadChunk",
        ":content-type": "application/octet-stream",
        ":message-type": "event",
    }


async def test_members_without_a_payload_trait_are_the_body():
    (frame,) = await sent(stream_of("lambda", "InvokeWithResponseStream"), [{"InvokeComplete": {"ErrorCode": "Unhandled"}}])
    assert (frame.payload, frame.headers[":content-type"]) == (b'{"ErrorCode":"Unhandled"}', "application/json")


async def test_an_event_without_members_has_no_body():
    frames = await sent(stream_of("s3", "SelectObjectContent"), [{"Cont": {}}, {"End": {}}])
    assert [(frame.headers[":event-type"], frame.payload) for frame in frames] == [("Cont", b""), ("End", b"")]


async def test_a_modelled_error_ends_the_stream_as_an_exception():
    frames = await sent(stream_of("logs", "StartLiveTail"), [{"sessionUpdate": {}}, Ended()])
    assert frames[1].headers[":message-type"] == "exception"
    assert frames[1].headers[":exception-type"] == "SessionTimeoutException"
    assert frames[1].payload == b'{"message":"The session timed out."}'


async def test_any_other_error_ends_the_stream_as_an_error():
    (frame,) = await sent(stream_of("logs", "StartLiveTail"), [Overrun()])
    assert frame.headers == {":error-code": "OverrunException", ":error-message": "Too fast.", ":message-type": "error"}


async def test_an_unknown_event_is_a_defect():
    with pytest.raises(Defect, match="has no event Confetti"):
        await sent(stream_of("logs", "StartLiveTail"), [{"Confetti": {}}])
