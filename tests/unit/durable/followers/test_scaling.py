"""A queue starts with a few batches at once, grows while messages remain, and shrinks when there are none."""

from lambent.core.clock import NEVER
from lambent.durable.followers import scaling
from lambent.durable.followers.scaling import Bounds, Scale

DEFAULT = scaling.ORDINARY


def test_it_does_not_grow_while_it_does_not_run_short():
    scale = Scale(DEFAULT)
    assert (scale.allowed(0), scale.allowed(1_000)) == (5, 5)


def test_it_grows_from_when_it_ran_short():
    scale = Scale(DEFAULT)
    assert scale.run_short(100.0) == 100.2
    assert [scale.allowed(at) for at in (100.0, 100.2, 101.0, 160.0, 10_000.0)] == [5, 6, 10, 305, 1_250]


def test_the_next_growth_always_lies_ahead():
    scale, now = Scale(DEFAULT), 1_767_225_600.1
    for expected in range(5, 305):
        assert scale.allowed(now) == expected
        following = scale.run_short(now)
        assert following > now
        now = following


def test_at_the_maximum_there_is_no_next_growth():
    scale = Scale(Bounds(5, 6, 300))
    scale.run_short(0.0)
    assert scale.run_short(1.0) == NEVER


def test_it_keeps_what_runs_when_there_is_nothing_left():
    scale = Scale(DEFAULT)
    scale.run_short(0.0)
    scale.rest(running=40)
    assert scale.allowed(60.0) == 40
    scale.rest(running=1)
    assert scale.allowed(120.0) == 5


def test_other_bounds_hold_at_once():
    scale = Scale(DEFAULT)
    scale.run_short(0.0)
    scale.rest(running=40)
    scale.bound(Bounds(5, 10, 300))
    assert scale.allowed(0.0) == 10
    scale.bound(DEFAULT)
    assert scale.allowed(0.0) == 10
