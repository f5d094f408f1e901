"""Answers in pieces: handed on or gathered, up to a limit."""

from lambent.environments import outcomes
from lambent.environments.pieces import Pieces


class Reader:
    def __init__(self) -> None:
        self.content_type = ""
        self.pieces: list[bytes] = []

    def begin(self, content_type: str) -> None:
        self.content_type = content_type

    async def write(self, data: bytes) -> None:
        self.pieces.append(data)


async def test_pieces_are_handed_on_as_they_come():
    reader = Reader()
    pieces = Pieces("text/plain", reader)
    await pieces.add(b"a")
    await pieces.add(b"b")
    assert (reader.content_type, reader.pieces, pieces.failure) == ("text/plain", [b"a", b"b"], None)
    assert pieces.gathered == b""


async def test_pieces_that_nobody_takes_are_gathered_up_to_the_limit_of_a_whole_answer():
    pieces = Pieces("text/plain", None)
    await pieces.add(bytes(outcomes.RESPONSE_BYTES_MAX))
    assert pieces.failure is None
    await pieces.add(b"x")
    assert pieces.failure == outcomes.too_large(outcomes.RESPONSE_BYTES_MAX)
    assert len(pieces.gathered) == outcomes.RESPONSE_BYTES_MAX


async def test_what_is_beyond_the_limit_of_a_stream_is_not_handed_on():
    reader = Reader()
    pieces = Pieces("text/plain", reader)
    for _ in range(3):
        await pieces.add(bytes(outcomes.STREAM_BYTES_MAX // 2 + 1))
    assert sum(map(len, reader.pieces)) == outcomes.STREAM_BYTES_MAX
    assert pieces.failure == outcomes.too_large(outcomes.STREAM_BYTES_MAX)
