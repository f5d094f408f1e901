"""A platform inside a test's process."""

import asyncio
import threading
from pathlib import Path

import pytest

from lambent.core.errors import StartupError
from lambent.testing import LocalPlatform


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
    with LocalPlatform() as platform, pytest.raises(AssertionError, match="virtual"):
        platform.advance(1)


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
