"""Tools for tests of applications: a platform in the test's own process, an account of its own for each test.

With pytest they are fixtures (``lambent.testing.plugin``); anywhere else start with ``LocalPlatform``.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lambent.core.errors import ServiceError
    from lambent.testing.account import Account
    from lambent.testing.clock import TurnableClock
    from lambent.testing.deploying import Deployer, NotDeployable
    from lambent.testing.faults import Faults
    from lambent.testing.functions import Function, FunctionError, Invocation
    from lambent.testing.logs import Logs
    from lambent.testing.platform import LocalPlatform
    from lambent.testing.watch import Fault

# pytest imports this package wherever lambent is installed, so each name is imported when somebody uses it.
_HOMES = {
    "Account": "lambent.testing.account",
    "Deployer": "lambent.testing.deploying",
    "Fault": "lambent.testing.watch",
    "Faults": "lambent.testing.faults",
    "Function": "lambent.testing.functions",
    "FunctionError": "lambent.testing.functions",
    "Invocation": "lambent.testing.functions",
    "LocalPlatform": "lambent.testing.platform",
    "Logs": "lambent.testing.logs",
    "NotDeployable": "lambent.testing.deploying",
    "ServiceError": "lambent.core.errors",
    "TurnableClock": "lambent.testing.clock",
}

__all__ = [
    "Account",
    "Deployer",
    "Fault",
    "Faults",
    "Function",
    "FunctionError",
    "Invocation",
    "LocalPlatform",
    "Logs",
    "NotDeployable",
    "ServiceError",
    "TurnableClock",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(home), name)
