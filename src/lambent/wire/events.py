"""Event streams in responses: the shapes of events onto the frames of ``wire.eventstream``."""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from typing import Any

from lambent.core.errors import Defect, ServiceError
from lambent.core.ports import Reply
from lambent.wire.eventstream import HeaderValue, encode_event
from lambent.wire.models import Operation, Ref, Shape
from lambent.wire.shapes import Codec

Dump = Callable[[Ref, Any], bytes]
"""Writes a structure as the protocol's body."""


def rpc_frames(
    operation: Operation, reply: Reply, *, codec: Codec, encode: Callable[[Any], bytes], content_type: str
) -> AsyncIterator[bytes]:
    """The frames of a reply in an RPC protocol: its other members as the initial response, then its events."""
    name, shape = operation.event_stream_output, operation.output_shape
    assert name is not None
    assert shape is not None

    def dump(ref: Ref, value: Any) -> bytes:
        write = codec.writer(ref)
        return encode(value if write is None else write(value))

    rest = codec.members_writer(shape, [member for member in shape.members if member != name])
    initial = encode(rest({key: value for key, value in reply.items() if key != name}))
    return frames(shape.members[name], reply[name], dump=dump, content_type=content_type, initial=initial)


async def frames(
    stream: Ref,
    events: AsyncIterator[Mapping[str, Any]],
    *,
    dump: Dump,
    content_type: str,
    initial: bytes | None = None,
) -> AsyncIterator[bytes]:
    """The frames of ``events``, single-key mappings of an event's name to its members.

    ``initial`` is the body of the initial-response event, which RPC protocols send first. A ServiceError that the iterator
    raises becomes the last frame: the stream's status has long been sent.
    """
    if initial is not None:
        yield encode_event(_head("initial-response", content_type), initial)
    try:
        async for event in events:
            ((name, members),) = event.items()
            if name not in stream.shape.members:
                raise Defect(f"{stream.shape.name} has no event {name}")
            yield _frame(name, stream.shape.members[name], members or {}, dump=dump, content_type=content_type)
    except ServiceError as error:
        yield _exception(stream.shape, error, dump=dump, content_type=content_type)


def _head(event_type: str, content_type: str | None) -> dict[str, HeaderValue]:
    head: dict[str, HeaderValue] = {":event-type": event_type}
    if content_type:
        head[":content-type"] = content_type
    return head | {":message-type": "event"}


def _frame(name: str, ref: Ref, members: Mapping[str, Any], *, dump: Dump, content_type: str) -> bytes:
    shape = ref.shape
    payload_name = next((member for member, part in shape.members.items() if part.eventpayload), None)
    headers = {
        member: _header(members[member]) for member, part in shape.members.items() if part.eventheader and member in members
    }
    if payload_name is None:
        body = {member: value for member, value in members.items() if member not in headers}
        is_empty = not any(not part.eventheader for part in shape.members.values())
        return encode_event(_head(name, None if is_empty else content_type) | headers, b"" if is_empty else dump(ref, body))
    value, payload = members.get(payload_name), shape.members[payload_name]
    match payload.type:
        case "blob":
            return encode_event(_head(name, "application/octet-stream") | headers, value or b"")
        case "string":
            return encode_event(_head(name, "text/plain") | headers, (value or "").encode())
        case _:
            return encode_event(_head(name, content_type) | headers, dump(payload, value or {}))


def _header(value: Any) -> HeaderValue:
    assert isinstance(value, bool | int | bytes | str | datetime), f"an event header cannot hold {value!r}"
    return value


def _exception(stream: Shape, error: ServiceError, *, dump: Dump, content_type: str) -> bytes:
    name, ref = next(((name, ref) for name, ref in stream.members.items() if ref.shape.name == error.code), ("", None))
    if ref is None:
        head: dict[str, HeaderValue] = {":error-code": error.code, ":error-message": error.message, ":message-type": "error"}
        return encode_event(head, b"")
    message_name = next((member for member in ref.shape.members if member.lower() == "message"), None)
    members = dict(error.members) | ({message_name: error.message} if message_name else {})
    head = {":exception-type": name, ":content-type": content_type, ":message-type": "exception"}
    return encode_event(head, dump(ref, members))
