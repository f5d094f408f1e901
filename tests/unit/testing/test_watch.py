"""Which calls a fault concerns."""

import pytest

from lambent.testing.watch import Fault


@pytest.mark.parametrize(
    ("nth", "times", "concerned"),
    [(1, 1, [1]), (2, 1, [2]), (2, 3, [2, 3, 4]), (3, None, [3, 4, 5, 6]), (1, 2, [1, 2])],
)
def test_a_fault_concerns_so_many_calls_from_the_nth_on(nth: int, times: int | None, concerned: list[int]) -> None:
    fault = Fault("sqs", "SendMessage", nth, times)
    assert [call for call in range(1, 7) if fault.counts()] == concerned
    assert (fault.calls, fault.happened) == (6, len(concerned))
