"""Whole frames against the library's parser and its own frames."""

import pytest
from websockets.frames import Frame, Opcode
from websockets.protocol import SERVER, Protocol

from lambent.gateway.whole_frames import framed, is_amid, text_framed, text_in

BYTES_MAX = 70_000
SIZES = (0, 1, 125, 126, 127, 65_535)


def sent(opcode: Opcode, data: bytes, *, is_last: bool = True) -> bytes:
    """As a client sends it, masked."""
    return Frame(opcode, data, fin=is_last).serialize(mask=True)


@pytest.mark.parametrize("size", SIZES)
def test_a_whole_text_is_found_and_none_that_lacks_a_byte_or_has_one_more(size: int):
    text = b"\xc3\xa9" * (size // 2) + b"x" * (size % 2)
    data = sent(Opcode.TEXT, text)
    assert text_in(data, bytes_max=BYTES_MAX) == text.decode()
    assert text_in(data + b"\x81", bytes_max=BYTES_MAX) is None
    assert all(text_in(data[:end], bytes_max=BYTES_MAX) is None for end in {*range(min(len(data), 140)), len(data) - 1})


@pytest.mark.parametrize(
    "data",
    [
        sent(Opcode.BINARY, b"x"),
        sent(Opcode.PING, b"x"),
        sent(Opcode.CONT, b"x"),
        sent(Opcode.TEXT, b"x", is_last=False),
        Frame(Opcode.TEXT, b"x" * 4).serialize(mask=False),  # which a client must not send
        b"\xc1\x81\x00\x00\x00\x00x",
        b"\x81\xff" + (125).to_bytes(8, "big") + b"\x00" * 123,  # as long as if the length were 127
        sent(Opcode.TEXT, b"\xff"),
        sent(Opcode.TEXT, b"x" * 65_536),
        sent(Opcode.TEXT, b"x" * (BYTES_MAX + 1)),
    ],
    ids=["binary", "ping", "rest", "part", "unmasked", "reserved", "long length", "not UTF-8", "of eight bytes", "too long"],
)
def test_what_is_anything_else_is_left_to_the_parser(data: bytes):
    assert text_in(data, bytes_max=BYTES_MAX) is None


def test_a_text_longer_than_allowed_is_left_to_the_parser_that_says_so():
    assert text_in(sent(Opcode.TEXT, b"x" * 300), bytes_max=300) is not None
    assert text_in(sent(Opcode.TEXT, b"x" * 301), bytes_max=300) is None


@pytest.mark.parametrize("size", [*SIZES, 65_536])
@pytest.mark.parametrize("opcode", [Opcode.TEXT, Opcode.BINARY, Opcode.CONT])
@pytest.mark.parametrize("is_last", [True, False])
def test_a_frame_is_the_one_that_the_library_would_send(opcode: Opcode, size: int, is_last: bool):
    assert framed(opcode, b"x" * size, is_last=is_last) == Frame(opcode, b"x" * size, fin=is_last).serialize(mask=False)


@pytest.mark.parametrize("size", [*SIZES, 65_536])
def test_a_whole_text_is_framed_as_any_frame_is(size: int):
    assert text_framed(b"x" * size) == framed(Opcode.TEXT, b"x" * size, is_last=True)


@pytest.mark.parametrize("size", [0, 5, 200])
def test_the_parser_is_amid_a_frame_wherever_that_is_cut(size: int):
    data = sent(Opcode.TEXT, b"x" * size)
    for end in range(1, len(data)):
        library = Protocol(SERVER)
        assert not is_amid(library.parser)
        library.receive_data(data[:end])
        assert is_amid(library.parser)
        library.receive_data(data[end:])
        assert not is_amid(library.parser)
