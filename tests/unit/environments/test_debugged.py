"""Which functions environments are kept ready for a debugger of."""

from types import SimpleNamespace
from typing import Any

from lambent.core.ports import FolderUnavailable
from lambent.environments.debugged import Debugged


async def test_what_is_followed_is_told_also_while_it_cannot_be_planned_until_it_is_forgotten() -> None:
    async def plan(spec: Any) -> Any:
        raise FolderUnavailable(spec.runtime, "it is not there")

    async def begin(_: object) -> None:
        raise AssertionError("there is nothing to begin")

    spec: Any = SimpleNamespace(key="key", runtime="python3.11", debug_port=5678)
    debugged = Debugged(plan, begin)
    debugged.follow(spec)
    debugged.follow(spec)
    assert debugged.specs() == [spec]
    debugged.forget("key")
    assert debugged.specs() == []
    await debugged.close()
