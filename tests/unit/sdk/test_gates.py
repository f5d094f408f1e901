"""How many calls are under way: what opens a gate, and what narrows it."""

from lambent.sdk.gates import LIMIT_AT_FIRST, LIMIT_MAX, PER_SECOND_ENOUGH, SILENCE_S, Gate


class Simulation:
    """A function that works ``work_s``, on a machine that runs at most ``places`` of it at once."""

    def __init__(self, work_s: float, places: int) -> None:
        self.gate: Gate[int] = Gate(0.0)
        self.gate.waiting.append(1)
        self.work_s, self.places, self.now_s = work_s, places, 0.0

    def answer(self, count: int) -> None:
        for _ in range(count):
            overlap = min(self.gate.limit, self.places)
            self.now_s += self.work_s / overlap
            self.gate.answered(self.now_s, self.work_s * self.gate.limit / overlap)


def test_what_answers_within_milliseconds_stays_with_few():
    simulation = Simulation(0.002, 10_000)
    simulation.answer(5_000)
    assert simulation.gate.limit == LIMIT_AT_FIRST


def test_what_works_long_gets_as_many_as_there_are_places_for():
    simulation = Simulation(1.0, 10_000)
    simulation.answer(5_000)
    assert simulation.gate.limit == PER_SECOND_ENOUGH


def test_where_more_brings_nothing_it_goes_back():
    simulation = Simulation(1.0, 8)
    simulation.answer(300)
    assert simulation.gate.limit == LIMIT_AT_FIRST


def test_silence_opens_it_slowly_and_what_is_then_known_narrows_it_again():
    gate: Gate[int] = Gate(0.0)
    gate.waiting.append(1)
    gate.under_way = gate.limit
    gate.tick(SILENCE_S / 2)
    assert gate.limit == LIMIT_AT_FIRST
    gate.tick(SILENCE_S)
    gate.under_way = gate.limit
    gate.tick(2 * SILENCE_S)
    assert gate.limit == 4 * LIMIT_AT_FIRST
    for number in range(4 * LIMIT_AT_FIRST):
        gate.answered(10 + number / 1000, 0.001)
    assert gate.limit == LIMIT_AT_FIRST


def test_who_asks_for_a_concurrency_gets_it_at_once_within_the_limit():
    gate: Gate[int] = Gate(0.0)
    gate.ask_for(200)
    assert gate.limit == 200
    gate.ask_for(5_000)
    assert gate.limit == LIMIT_MAX


def test_throttles_halve_it_once_a_burst_and_answers_widen_it_again():
    gate: Gate[int] = Gate(0.0)
    gate.under_way = 16
    gate.throttled(1.0, 2.0)
    gate.throttled(1.1, 2.1)
    assert gate.limit == 8
    gate.throttled(2.2, 3.0)
    assert gate.limit == 4
    for _ in range(4):
        gate.answered(4.0)
    assert gate.limit == 5
    gate.ask_for(100)
    assert gate.limit == 5


def test_it_never_closes():
    gate: Gate[int] = Gate(0.0)
    for second in range(20):
        gate.under_way = gate.limit
        gate.throttled(second + 0.5, second + 1.0)
    assert gate.limit == 1
