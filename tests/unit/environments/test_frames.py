"""The frames between the platform and an environment."""

from lambent.environments.inside import frames


def test_an_invocation_unpacks_to_what_was_packed():
    fields = ["id", "arn", "trace", "", "12.5", "1", 'any\0thing{"a": 1}']
    frame = frames.pack_invoke(123, fields, b'{"event": 1}')
    length, kind = frames.HEAD.unpack_from(frame)
    body = frame[frames.HEAD.size :]
    assert (length, kind) == (len(body), frames.INVOKE)
    assert frames.unpack_invoke(body) == (123, fields, b'{"event": 1}')


def test_a_frame_is_its_length_its_kind_and_its_body():
    assert frames.pack(7, b"abc") == b"\x00\x00\x00\x03\x07abc"
