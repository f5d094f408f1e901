"""How many calls are made at once: more where calls wait, as long as more get done."""

from lambent.services.stepfunctions.operations.windows import SIZE_FIRST, Window

QUICK_S, SLOW_S = 0.002, 0.1


def looked(window: Window, now_s: float, done: int, took_s: float, *, is_full: bool = True) -> int:
    """The size after a tenth of a second in which so many calls have ended."""
    for _ in range(done):
        window.ended(took_s)
    if is_full:
        window.full()
    window.look(now_s)
    return window.size


def sizes(window: Window, done: list[int], took_s: float = SLOW_S, *, start_s: float = 100.0) -> list[int]:
    window.look(start_s)
    return [looked(window, start_s + 0.11 * (n + 1), count, took_s) for n, count in enumerate(done)]


def test_it_doubles_while_doubling_gets_more_done():
    # A look is left out after each: what the size brings does not show at once.
    assert sizes(Window(256), [64, 64, 128, 128, 256]) == [64, 128, 128, 256, 256]


def test_it_stays_where_doubling_gets_no_more_done():
    assert sizes(Window(2_000), [100, 100, 150, 110, 110, 110]) == [64, 128, 128, 128, 128, 128]


def test_it_is_tried_again_after_a_while():
    assert sizes(Window(2_000), [200] * 13)[-1] == 4 * SIZE_FIRST


def test_calls_that_compute_are_not_made_more_at_once():
    assert sizes(Window(2_000), [200] * 30, QUICK_S)[-1] == SIZE_FIRST


def test_calls_that_begin_to_wait_are_learnt_anew():
    window = Window(2_000)
    sizes(window, [200] * 5, QUICK_S)
    assert [looked(window, 101 + 0.11 * n, 64, SLOW_S) for n in range(3)][-1] == 2 * SIZE_FIRST


def test_a_few_quick_ones_do_not_hide_that_the_others_wait_long():
    window = Window(2_000)
    assert sizes(window, [64, 10], QUICK_S)[-1] == 2 * SIZE_FIRST


def test_it_stays_where_there_is_room():
    window = Window(2_000)
    window.look(100.0)
    assert [looked(window, 100 + 0.11 * n, 50, SLOW_S, is_full=False) for n in range(1, 6)] == [SIZE_FIRST] * 5


def test_after_a_pause_it_begins_anew():
    window = Window(2_000)
    assert sizes(window, [64, 64])[-1] == 128
    window.look(200.0)
    assert (window.size, window.rate) == (SIZE_FIRST, 0.0)


def silent(window: Window, start_s: float, span_s: float, *, is_full: bool = True) -> int:
    """The size after so long in which no call has ended."""
    for tenth in range(round(span_s * 10) + 1):
        looked(window, start_s + tenth / 10, 0, 0.0, is_full=is_full)
    return window.size


def test_it_doubles_where_no_call_of_a_full_one_ends():
    window = Window(200)
    assert [silent(window, at_s, 1.9) for at_s in (100.0, 102.0, 104.0, 106.0)] == [64, 128, 200, 200]


def test_it_stays_where_no_call_ends_but_there_is_room():
    assert silent(Window(200), 100.0, 10.0, is_full=False) == SIZE_FIRST
