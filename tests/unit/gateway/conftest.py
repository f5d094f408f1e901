"""On which event loops the tests of the gateway run."""

import asyncio
from collections.abc import Callable, Mapping

import pytest
import uvloop

_LOOPS: Mapping[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Both for what looks at transports: those of the platform's loop keep their buffers in another way than Python's."""
    return _LOOPS if item.path.name == "test_patience.py" else {"asyncio": _LOOPS["asyncio"]}
