"""A platform inside a test's process."""

import asyncio
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lambent.core.clock import ClockRefusal
from lambent.core.errors import StartupError
from lambent.testing import LocalPlatform

ACCOUNT = "111122223333"


def test_platforms_run_beside_one_another() -> None:
    with LocalPlatform() as one, LocalPlatform() as two:
        assert one.config.port != two.config.port
        assert one.url == f"http://localhost:{one.config.port}"


def test_a_coroutine_runs_on_the_platforms_own_loop() -> None:
    async def where() -> str:
        await asyncio.sleep(0)
        return threading.current_thread().name

    with LocalPlatform() as platform:
        assert platform.run(where()) == "lambent"


def test_what_a_coroutine_raises_comes_back() -> None:
    async def fail() -> None:
        raise KeyError("name")

    with LocalPlatform() as platform, pytest.raises(KeyError):
        platform.run(fail())


def test_a_virtual_clock_stands_until_it_is_turned() -> None:
    with LocalPlatform(clock="virtual") as platform:
        before = platform.platform.clock.now()
        platform.advance(3_600)
        assert platform.platform.clock.now() == before + 3_600


def test_a_real_clock_has_nothing_to_turn() -> None:
    with LocalPlatform() as platform, pytest.raises(ClockRefusal, match="virtual"):
        platform.advance(1)


def test_the_clock_is_turned_for_the_platform_or_for_one_account() -> None:
    with LocalPlatform(clock="virtual") as platform:
        assert platform.now() == datetime(2026, 1, 1, tzinfo=UTC)
        platform.set_time("2026-01-01T00:01:00Z")
        platform.set_time(datetime(2026, 1, 1, 0, 2, tzinfo=UTC), account=ACCOUNT)
        assert platform.run_until_idle() == []
        assert platform.now() == datetime(2026, 1, 1, 0, 1, tzinfo=UTC)
        assert platform.now(account=ACCOUNT) == datetime(2026, 1, 1, 0, 2, tzinfo=UTC)
        platform.release_clock(ACCOUNT)
        assert platform.now(account=ACCOUNT) == platform.now()
        platform.set_clock("real", account=ACCOUNT)
        assert platform.now(account=ACCOUNT) > platform.now()


def test_a_platform_started_again_goes_on_where_its_time_stood(tmp_path: Path) -> None:
    with LocalPlatform(data=tmp_path, clock="virtual") as platform:
        platform.advance(100)
        platform.advance(23, account=ACCOUNT)
        stood = platform.now()
    with LocalPlatform(data=tmp_path) as platform:
        assert (platform.now() - stood).total_seconds() == 0
        assert (platform.now(account=ACCOUNT) - stood).total_seconds() == 23
        platform.run(platform.platform.reset(None))
        platform.advance(1)
    with LocalPlatform(data=tmp_path, clock="virtual") as platform:
        assert (platform.now() - stood).total_seconds() == 1
        assert platform.now(account=ACCOUNT) == platform.now()


def test_a_platform_made_real_never_goes_back(tmp_path: Path) -> None:
    with LocalPlatform(data=tmp_path, clock="virtual") as platform:
        platform.set_time("2126-01-01")
    with LocalPlatform(data=tmp_path, clock="real") as platform:
        before = platform.now()
        assert before.year == 2126
    with LocalPlatform(data=tmp_path) as platform:
        assert platform.now() >= before
        assert platform.platform.clock.state().mode == "real"


def test_a_platform_that_cannot_start_leaves_nothing_behind() -> None:
    before = threading.active_count()
    with pytest.raises(StartupError):
        LocalPlatform(auth="nothing").start()
    assert threading.active_count() == before


def test_stopping_twice_is_stopping_once() -> None:
    platform = LocalPlatform().start()
    platform.stop()
    platform.stop()


def test_state_in_a_directory_of_ones_own_stays(tmp_path: Path) -> None:
    with LocalPlatform(data=tmp_path / "state"):
        pass
    assert (tmp_path / "state" / "state.db").is_file()
