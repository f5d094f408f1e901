"""A mapping starts with a few batches at once, grows while messages remain, and shrinks when there are none."""

from lambent.core.clock import NEVER
from lambent.services.lambda_.engine.event_sources import scaling
from lambent.services.lambda_.engine.event_sources.scaling import Bounds, Scale
from lambent.services.lambda_.engine.event_sources.settings import Pollers, Settings

DEFAULT = scaling.bounds(Settings(10))


def test_the_default_is_five_growing_by_300_a_minute_to_1250():
    assert Bounds(5, 1_250, 300) == DEFAULT


def test_maximum_concurrency_is_the_limit():
    assert scaling.bounds(Settings(10, concurrency_max=2)) == Bounds(2, 2, 300)
    assert scaling.bounds(Settings(10, concurrency_max=50)) == Bounds(5, 50, 300)


def test_a_provisioned_poller_carries_ten_and_growth_is_a_thousand_a_minute():
    assert scaling.bounds(Settings(10, pollers=Pollers(2, 200))) == Bounds(20, 2_000, 1_000)
    assert scaling.bounds(Settings(10, pollers=Pollers(2, 10_000))) == Bounds(20, 20_000, 1_000)


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
