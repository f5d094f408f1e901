"""How far a shard has come survives being written down."""

import pytest

from lambent.durable.followers import progress
from lambent.durable.followers.pieces import Piece
from lambent.durable.followers.progress import LanePieces, Progress
from lambent.durable.followers.windows import Window


@pytest.mark.parametrize(
    "given",
    [
        Progress(),
        Progress.from_time(12.5),
        Progress.behind("1" * 56),
        Progress.ended(),
        Progress.behind("7").moved("8"),
        Progress(factor=2, lanes=(LanePieces(1, (Piece("9", 1, 2, 3.0), Piece("10"))),)),
        Progress(window=Window(60.0, 60, '{"n":1}', final=Piece("", 1, 1, 5.0))),
    ],
)
def test_what_is_written_is_read(given):
    assert progress.decode(progress.encode(given)) == given


def test_what_has_moved_begins_behind_the_last_record():
    moved = Progress.from_time(5.0).moved("3")
    assert (moved.start, moved.sequence, moved.at) == ("AFTER_SEQUENCE_NUMBER", "3", 0.0)


def test_a_lane_finds_what_it_was_trying_unless_lanes_were_cut_otherwise():
    given = Progress(factor=2, lanes=(LanePieces(1, (Piece("9"),)),))
    assert given.of_lane(1, 2) == (Piece("9"),)
    assert given.of_lane(0, 2) == ()
    assert given.of_lane(1, 3) == ()
