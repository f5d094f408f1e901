"""A crash of a platform in our own process: what was committed is there, what was not is not, and nothing goes on."""

import asyncio
import threading
from pathlib import Path

import pytest

from lambent.core.context import Context
from lambent.testing import LocalPlatform

CONTEXT = Context("111122223333", "us-east-1", "r", "arn:aws:iam::111122223333:root", "http://localhost")


def create(platform: LocalPlatform, name: str) -> None:
    platform.run(platform.platform.call(CONTEXT, "logs", "CreateLogGroup", {"logGroupName": name}))


def groups(platform: LocalPlatform) -> list[str]:
    page = platform.run(platform.platform.call(CONTEXT, "logs", "DescribeLogGroups", {}))
    return [group["logGroupName"] for group in page["logGroups"]]


@pytest.mark.parametrize("is_given", [True, False])
def test_crash_after_crash_keeps_all_that_was_acknowledged(tmp_path: Path, is_given: bool) -> None:
    with LocalPlatform(data=tmp_path / "data" if is_given else None) as platform:
        for count in range(3):
            create(platform, f"g{count}")
            platform.crash()
        assert groups(platform) == ["g0", "g1", "g2"]


def test_the_log_that_was_not_folded_in_is_recovered(tmp_path: Path) -> None:
    seen = []
    with LocalPlatform(data=tmp_path) as platform:
        create(platform, "kept")
        old = platform.platform
        kill = old.kill

        def killed() -> None:
            kill()
            seen.append((tmp_path / "logs.db-wal").stat().st_size)

        old.kill = killed  # type: ignore[method-assign]
        platform.crash()
        assert seen[0] > 0
        assert groups(platform) == ["kept"]


def test_what_comes_after_the_instant_is_not_kept(tmp_path: Path) -> None:
    with LocalPlatform(data=tmp_path) as platform:
        create(platform, "before")

        async def crash_and_write() -> None:
            old = platform.platform
            old.kill()
            late = asyncio.ensure_future(old.call(CONTEXT, "logs", "CreateLogGroup", {"logGroupName": "after"}))
            with pytest.raises(Exception, match="as if its process had been killed"):
                await late

        platform.run(crash_and_write())
        platform.crash()
        assert groups(platform) == ["before"]


def test_nothing_of_the_old_platform_lives_on() -> None:
    with LocalPlatform() as platform:
        create(platform, "g")
        before = threading.active_count()
        for _ in range(3):
            platform.crash()
            create(platform, f"g{_}")

        async def workers() -> list[str]:
            return sorted(task.get_name() for task in asyncio.all_tasks() if "." in task.get_name())

        names = platform.run(workers())
        assert len(names) == len(set(names))
        assert threading.active_count() <= before + 1
        assert not list(platform.config.data.glob("crash-*"))
