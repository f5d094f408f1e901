"""Pieces as lines."""

import base64
import json

from lambent.sdk.streams import HEAD, STREAM_CONTEXT, Lines, lines_of


def test_pieces_go_and_come_as_lines_however_they_are_cut():
    text = b"".join(lines_of(iter([1, {"a": "line\nbreak"}, None])))
    lines, found = Lines(), []
    for at in range(0, len(text), 5):
        found += lines.feed(text[at : at + 5])
    assert [json.loads(line) for line in found] == [1, {"a": "line\nbreak"}, None]
    assert lines.are_pieces
    assert lines.rest == b""


def test_what_does_not_begin_as_pieces_is_one_answer():
    lines = Lines()
    assert lines.feed(b'{"a":') == []
    assert lines.feed(b"1}\n") == []
    assert not lines.are_pieces
    assert json.loads(lines.rest) == {"a": 1}


def test_no_pieces_are_pieces_too():
    lines = Lines()
    assert lines.feed(HEAD) == []
    assert lines.are_pieces


def test_a_caller_asks_in_the_client_context():
    assert json.loads(base64.b64decode(STREAM_CONTEXT)) == {"custom": {"lambent:stream": "1"}}
