"""Lambent: your own AWS Lambda, an event-driven serverless platform that speaks the AWS API."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lambent.sdk.errors import Mismatch, NotDeployed, NotSendable, RemoteError, RemoteTimeout
    from lambent.sdk.executor import Executor
    from lambent.sdk.functions import Function, function, remote
    from lambent.sdk.futures import Future

__version__ = "0.1.0"

# Whoever starts the platform needs none of these, so each is imported when somebody uses it.
_HOMES = {
    "Executor": "lambent.sdk.executor",
    "Function": "lambent.sdk.functions",
    "Future": "lambent.sdk.futures",
    "Mismatch": "lambent.sdk.errors",
    "NotDeployed": "lambent.sdk.errors",
    "NotSendable": "lambent.sdk.errors",
    "RemoteError": "lambent.sdk.errors",
    "RemoteTimeout": "lambent.sdk.errors",
    "function": "lambent.sdk.functions",
    "remote": "lambent.sdk.functions",
}

__all__ = [
    "Executor",
    "Function",
    "Future",
    "Mismatch",
    "NotDeployed",
    "NotSendable",
    "RemoteError",
    "RemoteTimeout",
    "function",
    "remote",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(home), name)
