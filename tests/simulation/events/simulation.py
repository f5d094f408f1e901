"""One run: lives of a process until one ends untouched, and what must hold after each of them. A function of its seed."""

import asyncio
import logging
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from tests.simulation.events import streams, town
from tests.simulation.events.clients import Clients, calm, receive_everything
from tests.simulation.events.life import DATABASE, Life, let_go
from tests.simulation.events.rows import Rows
from tests.simulation.events.town import FOLLOWED, QUEUES, ROLE, Settings, arn_of, settings_of, tokens_in
from tests.simulation.events.watch import ATTEMPTS_MAX, Watch
from tests.unit.services.lambda_.operations.conftest import zipped

from lambent.core import ids
from lambent.core.clock import VIRTUAL_START

STEPS_S = (0.0, 0.1, 1.0, 5.0, 30.0)
STEPS_MAX = 400
CALM_S = 4 * 3600.0
"""By then every retry, backoff and visibility timeout of the simulation has passed."""
MEMORY = Path("/dev/shm")


class Violated(AssertionError):
    """Something happened that may not."""


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a run."""

    seed: int
    digest: str  # of all that happened, and of all rows in the end
    trace: list[str]
    crashes: int
    commits: int
    counts: dict[str, int]


def simulate(seed: int, *, crashes: tuple[tuple[int, str], ...] | None = None) -> Run:
    """Raises Violated, with the trace in ``args[1]``. ``crashes`` instead of the seed's."""
    chance = random.Random(seed)
    settings = settings_of(chance)
    if crashes is not None:
        settings = replace(settings, crashes=crashes)
    watch = Watch()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder, _defects(watch), ids.seeded(seed):
        try:
            return _live(Path(folder), seed, settings, chance, watch)
        except Violated:
            raise
        except AssertionError as error:
            watch.check(False, str(error) or repr(error))
            raise Violated("\n".join(watch.violations), watch.trace) from error


def _live(folder: Path, seed: int, settings: Settings, chance: random.Random, watch: Watch) -> Run:
    watch.visibility_s, watch.filters = settings.visibility_s, settings.filters
    watch.records.settings = stream_settings = streams.settings_of(seed)
    has_streams = stream_settings is not None
    clients = Clients(settings, chance, has_streams=has_streams)
    place = folder / "0"
    place.mkdir()
    (place / DATABASE).write_bytes(_template(has_streams))
    start, crashes, commits = VIRTUAL_START + 3600.0, 0, 0
    while True:
        crash = settings.crashes[crashes] if crashes < len(settings.crashes) else None
        life = Life(
            place,
            watch=watch,
            chance=chance,
            start=start,
            trouble=settings.trouble,
            crash=crash,
            has_streams=has_streams,
        )
        asyncio.run(_run(life, settings, clients, is_first=crashes == 0))
        _check(watch)
        commits += life.commits
        if not life.fate.has_crashed:
            rows = Rows(place / DATABASE)
            watch.trace += rows.dump()
            rows.close()
            return Run(seed, watch.digest, watch.trace, crashes, commits, dict(watch.counts))
        crashes += 1
        shutil.rmtree(place)
        place, start = life.remains, life.clock.now() + chance.choice((0.0, 0.0, 10.0, 100.0))


async def _run(life: Life, settings: Settings, clients: Clients, *, is_first: bool) -> None:
    functions = life.functions
    if not is_first:
        _check_recovered(life)
    await life.start()
    if is_first:
        await town.furnish(life.ask, settings)
        if life.watch.records.settings is not None:
            await streams.furnish(life.ask, life.watch.records.settings)
        await life.clock.settle()
    functions.failing, functions.reports_failures = settings.failing, settings.reports_failures
    functions.takes_s_max = min(3.0, settings.visibility_s / 4)
    life.begin_trouble()
    tasks = [asyncio.create_task(clients.run(life)) for _ in range(settings.clients)]
    for _ in range(STEPS_MAX):
        await life.clock.advance(life.chance.choice(STEPS_S))
        if life.fate.has_crashed or all(task.done() for task in tasks) or life.watch.violations:
            break
    else:
        raise AssertionError("the clients do not come to an end")
    has_ended = not life.fate.has_crashed and not life.watch.violations
    if has_ended:
        for task in tasks:
            task.result()
        await _end(life, is_exact=is_first and not settings.trouble)
    await let_go(tasks)
    await life.stop()


async def _end(life: Life, *, is_exact: bool) -> None:
    """No more trouble: everything comes to its end, and then everything is there.

    ``is_exact``: there has been no crash and no lost answer, so what happens at least once has happened once.
    """
    life.end_trouble()
    life.functions.failing = life.functions.takes_s_max = 0.0
    await calm(life)
    await life.clock.advance(CALM_S)
    if life.fate.has_crashed or life.watch.violations:
        return
    _check_ended(life)
    if is_exact:
        _check_once(life)
    await _check_all_can_be_received(life)


def _check(watch: Watch) -> None:
    if watch.violations:
        raise Violated("\n".join(watch.violations), watch.trace)


# ---- what must hold --------------------------------------------------------------------------------------------------


def _check_recovered(life: Life) -> None:
    """Right after a crash, before anything goes on."""
    watch, rows = life.watch, life.rows
    rows.look()
    _check_nothing_lost(watch, rows)
    kept = {event.request_id: event for event in rows.events()}
    for request_id, event in watch.events.items():
        event.is_running = False
        row = kept.get(request_id)
        tried = len(event.failed_at)
        event.failed_at = []
        if row is None:
            continue
        counted = row.function_errors - event.counted_before
        if event.asked == 1:
            watch.check(0 <= tried - counted <= 1, "attempts counted wrongly:", request_id, tried, counted)
        event.lost += max(tried - counted, 0)
        event.counted_before = row.function_errors
    _check(watch)


def _check_nothing_lost(watch: Watch, rows: Rows) -> None:
    places = rows.places()
    ended = {token for _, token in watch.ended}
    for token, copy in watch.sent.items():
        found = places.get(token, {})
        watch.check(bool(found) or token in ended, "lost:", copy.queue, token)
        watch.check(sum(found.values()) <= 1, "in more places than one:", token, found)
    succeeded = {token for event in watch.events.values() if event.successes for token in tokens_in(event.payload)}
    for token, (topic, *_) in watch.published.items():
        watch.check(token in places or token in ended or token in succeeded, "lost:", topic, token)
    for request_id, event in watch.events.items():
        if event.accepted and not event.successes:
            for token in tokens_in(event.payload):
                watch.check(token in places, "lost:", event.function, request_id, token)


def _check_ended(life: Life) -> None:
    """When all has settled."""
    watch, rows = life.watch, life.rows
    rows.look()
    _check_nothing_lost(watch, rows)
    watch.check(not rows.outbox(), "left in the outbox:", rows.outbox())
    watch.check(not rows.events(), "events left:", rows.events())
    messages = rows.messages()
    left = [message for message in messages if message.queue in FOLLOWED]
    watch.check(not left, "left in a queue that is followed:", left)
    copies = {(message.queue, token) for message in messages for token in tokens_in(message.body)}
    for token, (topic, *_) in watch.published.items():
        for subscriber in town.SUBSCRIBERS[topic]:
            if subscriber in QUEUES:
                dead = town.DEAD_FIFO if town.is_fifo(subscriber) else town.DEAD
                known = copies | watch.ended
                watch.check((subscriber, token) in known or (dead, token) in known, "never arrived:", subscriber, token)
            else:
                found = any(token.encode() in event.payload and event.function == subscriber for event in watch.events.values())
                watch.check(found, "never sent on to the function:", subscriber, token)
    _check_events(watch, messages)
    if watch.records.settings is not None:
        watch.records.check_ended()


def _check_events(watch: Watch, messages: list[Any]) -> None:
    by_queue = {name: [message.body for message in messages if message.queue == name] for name in town.RECORDS}
    for request_id, event in watch.events.items():
        if not event.accepted or event.function == "auditor":
            continue
        has_failed = any(request_id in told for told in by_queue["failed"])
        if event.function == "worker":
            is_dead = any(event.payload.decode() == told for told in by_queue["dlq"])
            has_succeeded = any(request_id in told for told in by_queue["ok"])
            watch.check(has_failed == is_dead, "told to one of dead-letter queue and destination only:", request_id)
        else:
            has_succeeded = watch.audited[request_id] > 0
        watch.check(has_failed or has_succeeded, "ended without a word:", event.function, request_id)
        watch.check(not has_succeeded or event.successes > 0, "told as a success:", request_id)


def _check_once(life: Life) -> None:
    """Every copy of what was sent or published is there once at most, and every event has ended once, after its attempts."""
    watch, messages = life.watch, life.rows.messages()
    copies = Counter(message.body for message in messages if message.queue not in town.RECORDS)
    for text, count in copies.items():
        topic = next((watch.published[token][0] for token in tokens_in(text) if token in watch.published), None)
        watch.check(count == 1, "more than once, from", topic, text)
    told = Counter(message.body for message in messages if message.queue == "dlq")
    watch.check(all(count == 1 for count in told.values()), "dead letters more than once:", told)
    for request_id, event in watch.events.items():
        watch.check(event.successes <= 1, "succeeded more than once:", request_id)
        watch.check(event.attempts <= ATTEMPTS_MAX, "too many attempts:", request_id)
        watch.check(event.accepted == 1, "accepted more than once:", request_id)
        watch.check(watch.audited[request_id] <= 1, "told more than once:", request_id)


async def _check_all_can_be_received(life: Life) -> None:
    """Whatever the rows say is there can be had."""
    life.watch.visibility_s = 0  # from here on nothing is judged by when it is received
    before = len(life.rows.messages())
    count = 0
    for name in sorted(
        (*QUEUES, *((streams.GIVEN_UP,) if life.watch.records.settings else ())), key=lambda name: name.startswith("dead")
    ):
        count += await receive_everything(life, name)
    left = life.rows.messages()
    life.watch.check(not left, "cannot be received:", left)
    life.watch.check(count == before, "received in the end:", count, "of", before)


# ---- around it -------------------------------------------------------------------------------------------------------


@cache
def _template(has_streams: bool) -> bytes:
    """The database of a town that is built: zips are put on threads, which no seed orders, so it is made once."""
    with tempfile.TemporaryDirectory() as folder, ids.seeded(0):
        place = Path(folder)
        life = Life(place, watch=Watch(), chance=random.Random(0), start=VIRTUAL_START, has_streams=has_streams)
        asyncio.run(_build(life, has_streams=has_streams))
        return (place / DATABASE).read_bytes()


async def _build(life: Life, *, has_streams: bool) -> None:
    await life.start()
    await town.build(life.ask)
    if has_streams:
        await streams.build(life.ask)
    for name in (*town.FUNCTIONS, *(streams.FUNCTIONS.values() if has_streams else ())):
        dead = {"DeadLetterConfig": {"TargetArn": arn_of("dlq")}} if name == "worker" else {}
        code = {"Runtime": "python3.12", "Handler": "app.handler", "Role": ROLE, "Code": {"ZipFile": zipped()}}
        await life.ask("lambda", "CreateFunction", FunctionName=name, **code, **dead)
        await life.clock.settle()
    await life.stop()


class _Ear(logging.Handler):
    """Hears what the platform itself calls an error."""

    def __init__(self, watch: Watch) -> None:
        super().__init__(logging.ERROR)
        self._watch = watch

    def emit(self, record: logging.LogRecord) -> None:
        if "simulation.events.life.Gone" not in (text := record.getMessage()):
            self._watch.check(False, "the platform logged an error:", text)


@contextmanager
def _defects(watch: Watch) -> Iterator[None]:
    ear = _Ear(watch)
    loggers = [logging.getLogger(name) for name in ("lambent", "asyncio")]
    for logger in loggers:
        logger.addHandler(ear)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(ear)
