"""How many calls are made at once: more as long as more get done."""

from lambent.services.stepfunctions.operations.windows import SIZE_FIRST, Window


def looked(window: Window, now_s: float, *, done: int, is_full: bool = True) -> int:
    """The size after a tenth of a second in which so many calls have ended."""
    for _ in range(done):
        window.ended()
    if is_full:
        window.full()
    window.look(now_s)
    return window.size


def sizes(window: Window, done: list[int], start_s: float = 100.0) -> list[int]:
    window.look(start_s)
    return [looked(window, start_s + 0.11 * (n + 1), done=count) for n, count in enumerate(done)]


def test_it_doubles_while_doubling_gets_more_done():
    # Every other look is left out: what the size brings does not show at once.
    assert sizes(Window(256), [5, 64, 64, 128, 128, 256]) == [64, 128, 128, 256, 256, 256]


def test_a_doubling_that_gets_no_more_done_is_taken_back():
    assert sizes(Window(2_000), [100, 200, 150, 210, 200, 200, 200]) == [64, 128, 128, 64, 64, 64, 64]


def test_it_is_tried_again_after_a_while():
    assert sizes(Window(2_000), [200] * 13)[-1] == 2 * SIZE_FIRST


def test_calls_that_take_much_longer_are_learnt_anew():
    assert sizes(Window(2_000), [200, 200, 200, 200, 64, 64, 64])[-1] == 2 * SIZE_FIRST


def test_it_stays_where_there_is_room():
    window = Window(2_000)
    window.look(100.0)
    assert [looked(window, 100 + 0.11 * n, done=50, is_full=False) for n in range(1, 6)] == [SIZE_FIRST] * 5


def test_after_a_pause_it_begins_anew():
    window = Window(2_000)
    assert sizes(window, [64, 64])[-1] == 128
    window.look(200.0)
    assert (window.size, window.rate) == (SIZE_FIRST, 0.0)
