"""Which functions environments are kept ready for a debugger of."""

from types import SimpleNamespace
from typing import Any

import pytest

from lambent.core.ports import FolderUnavailable
from lambent.environments.debugged import Debugged


async def test_what_is_followed_is_told_also_while_it_cannot_be_planned_until_it_is_forgotten() -> None:
    async def plan(spec: Any) -> Any:
        raise FolderUnavailable(spec.runtime, "it is not there")

    async def begin(_: object) -> None:
        raise AssertionError("there is nothing to begin")

    spec: Any = SimpleNamespace(key="key", runtime="python3.11", debug_port=5678)
    debugged = Debugged(plan, begin)
    for _ in range(2):
        with debugged.following(spec):
            pass
    assert debugged.specs() == [spec]
    debugged.forget("key")
    assert debugged.specs() == []
    await debugged.close()


async def test_what_is_forgotten_or_fails_before_it_can_be_followed_is_not_followed() -> None:
    async def nothing(_: object) -> Any:
        raise AssertionError("nobody follows")

    spec: Any = SimpleNamespace(key="key", debug_port=5678)
    debugged = Debugged(nothing, nothing)
    with debugged.following(spec):
        assert debugged.specs() == [spec]
        debugged.forget("key")
    with pytest.raises(FolderUnavailable), debugged.following(spec):
        raise FolderUnavailable("python3.11", "it is not there")
    with debugged.following(SimpleNamespace(key="key", debug_port=0)):  # type: ignore[arg-type]
        pass
    assert debugged.specs() == []
