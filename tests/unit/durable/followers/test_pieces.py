"""What becomes of a batch that fails: retried, split, given up."""

import pytest

from lambent.durable.followers import pieces
from lambent.durable.followers.pieces import Piece, Step
from lambent.services.lambda_.engine.event_sources.settings import Settings

SEQUENCES = ["1", "2", "3", "4", "5"]
NOW = 100.0


def after(piece: Piece, failed_at: int = 0, sequences: list[str] = SEQUENCES, **settings: object) -> Step:
    return pieces.after_failure(piece, sequences, failed_at, Settings(100, **settings), NOW)


def test_a_failure_is_tried_again_a_second_later_and_then_later_and_later():
    piece, delays = Piece("5"), []
    for _ in range(8):
        (piece,) = after(piece).pieces
        delays.append(piece.due_at - NOW)
    assert delays == [1, 2, 4, 8, 16, 32, 60, 60]
    assert (piece.failures, piece.invokes, piece.last) == (8, 8, "5")


def test_all_is_given_up_when_the_retries_are_used_up():
    assert after(Piece("5", failures=2, invokes=2), retries_max=2) == Step(0, 5, ())
    assert after(Piece("5", failures=1, invokes=1), retries_max=2).given_up == 0
    assert after(Piece("5"), retries_max=0) == Step(0, 5, ())


def test_without_a_limit_nothing_is_given_up():
    assert after(Piece("5", failures=20_000)).given_up == 0


def test_what_stands_before_a_named_record_is_handled_and_the_rest_is_retried():
    step = after(Piece("5"), failed_at=2)
    assert (step.handled, step.given_up) == (2, 0)
    assert step.pieces == (Piece("5", failures=1, invokes=1, due_at=NOW + 1),)


def test_only_the_rest_is_given_up_where_a_record_was_named_to_the_end():
    assert after(Piece("5"), failed_at=2, retries_max=0) == Step(2, 3, ())


def test_bisection_halves_a_batch_at_once_and_uses_up_no_retry():
    step = after(Piece("5", failures=1, invokes=1), is_bisecting=True, retries_max=1)
    assert step == Step(0, 0, (Piece("2", failures=1, invokes=2), Piece("5", failures=1, invokes=2)))


def test_bisection_splits_at_the_named_record():
    assert after(Piece("5"), failed_at=3, is_bisecting=True) == Step(3, 0, (Piece("5", invokes=1),))


def test_a_single_record_is_not_split():
    step = after(Piece("5"), sequences=["5"], is_bisecting=True)
    assert step.pieces == (Piece("5", failures=1, invokes=1, due_at=NOW + 1),)


@pytest.mark.parametrize("poison", range(8))
def test_bisection_always_ends_with_the_poison_alone(poison):
    sequences = [str(number) for number in range(8)]
    left, alone, tries = [(Piece("7"), sequences)], [], 0
    while left:
        piece, batch = left.pop(0)
        tries += 1
        if str(poison) not in batch:
            continue
        step = pieces.after_failure(piece, batch, 0, Settings(100, is_bisecting=True, retries_max=0), NOW)
        if step.given_up:
            alone.append(batch)
        done = 0
        for each in step.pieces:
            end = batch.index(each.last) + 1
            left.append((each, batch[done:end]))
            done = end
    assert alone == [[str(poison)]]
    assert tries <= 7


@pytest.mark.parametrize(
    ("age_s_max", "now", "count"), [(-1, 1e9, 0), (60, 100.0, 0), (60, 160.0, 1), (60, 169.0, 1), (60, 170.0, 2), (60, 1e9, 3)]
)
def test_records_expire_one_after_the_other(age_s_max, now, count):
    assert pieces.expired([100.0, 110.0, 120.0], age_s_max, now) == count
