"""Timers against a model of three lines: any order of set, cancel, turn and restart fires what a dictionary would."""

import asyncio
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.simulation.inline import InlineDatabase

from lambent.core.clock import VirtualClock
from lambent.durable.signals import Signals
from lambent.durable.timers import Timers
from lambent.store.schema import schema_of

EXAMPLES = 200
EXAMPLES_EVERY_DAY = 15
KEYS = st.sampled_from("abcdef")


class TimersAgainstModel(RuleBasedStateMachine):
    """``due`` is the model: key to (instant, payload)."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.runner = asyncio.Runner()
        self.clock = VirtualClock(start=0.0)
        self.fired: list[tuple[float, str, int]] = []
        self.expected: list[tuple[float, str, int]] = []
        self.due: dict[str, tuple[float, int]] = {}
        self.runner.run(self.begin())

    async def begin(self) -> None:
        self.store = InlineDatabase.open(
            self.folder / "state.db", [schema_of("lambent.durable")], durability="os", busy=self.clock.busy
        )
        signals = Signals(self.clock)
        signals.attach(self.store)
        self.timers = Timers(store=self.store, clock=self.clock, signals=signals)
        self.timers.on("k", lambda tx, timer: self.fired.append((self.clock.now(), timer.key, timer.payload)))
        self.loop = asyncio.ensure_future(self.timers.run())

    async def end(self) -> None:
        self.loop.cancel()
        await asyncio.gather(self.loop, return_exceptions=True)
        await self.store.close()

    @rule(key=KEYS, delay_s=st.integers(0, 20), payload=st.integers())
    def set(self, key, delay_s, payload):
        due_at = self.clock.now() + delay_s
        self.runner.run(self.store.write(self.timers.set, "k", key, due_at, payload % 1000))
        self.due[key] = (due_at, payload % 1000)
        self.turn(0)

    @rule(key=KEYS)
    def cancel(self, key):
        assert self.runner.run(self.store.write(self.timers.cancel, "k", key)) == (self.due.pop(key, None) is not None)

    @rule(seconds=st.integers(0, 15))
    def turn(self, seconds):
        self.runner.run(self.clock.advance(seconds))
        self.note_expected()

    @rule(seconds=st.integers(0, 15))
    def restart_while_time_passes(self, seconds):
        self.runner.run(self.end())
        self.runner.run(self.clock.advance(seconds))
        late = sorted((due_at, key, payload) for key, (due_at, payload) in self.due.items() if due_at <= self.clock.now())
        self.runner.run(self.begin())
        self.runner.run(self.clock.settle())
        self.expected += [(self.clock.now(), key, payload) for _, key, payload in late]
        for _, key, _ in late:
            del self.due[key]

    def note_expected(self):
        for key, (due_at, payload) in sorted(self.due.items()):
            if due_at <= self.clock.now():
                self.expected.append((due_at, key, payload))
                del self.due[key]

    @invariant()
    def what_fired_is_what_the_model_says(self):
        assert sorted(self.fired) == sorted(self.expected)
        assert [at for at, _, _ in self.fired] == sorted(at for at, _, _ in self.fired)

    def teardown(self):
        self.runner.run(self.end())
        self.runner.close()
        shutil.rmtree(self.folder)


class TestTimersAgainstModel(TimersAgainstModel.TestCase):
    settings = settings(max_examples=EXAMPLES_EVERY_DAY, stateful_step_count=25, deadline=None)


@pytest.mark.realtime
class TestTimersAgainstModelForLong(TimersAgainstModel.TestCase):
    settings = settings(max_examples=EXAMPLES, stateful_step_count=25, deadline=None)
