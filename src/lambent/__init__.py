"""Lambent: your own AWS Lambda, an event-driven serverless platform that speaks the AWS API."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lambent.sdk.deploying import Deployment, deploy, undeploy
    from lambent.sdk.errors import Mismatch, NotDeployed, NotSendable, RemoteError, RemoteTimeout
    from lambent.sdk.executor import Executor
    from lambent.sdk.failures import DeployError
    from lambent.sdk.functions import Function, function, remote
    from lambent.sdk.futures import Future
    from lambent.sdk.settings import Settings, SettingsError

__version__ = "0.1.0"

# Whoever starts the platform needs none of these, so each is imported when somebody uses it.
_HOMES = {
    "DeployError": "lambent.sdk.failures",
    "Deployment": "lambent.sdk.deploying",
    "Executor": "lambent.sdk.executor",
    "Function": "lambent.sdk.functions",
    "Future": "lambent.sdk.futures",
    "Mismatch": "lambent.sdk.errors",
    "NotDeployed": "lambent.sdk.errors",
    "NotSendable": "lambent.sdk.errors",
    "RemoteError": "lambent.sdk.errors",
    "RemoteTimeout": "lambent.sdk.errors",
    "Settings": "lambent.sdk.settings",
    "SettingsError": "lambent.sdk.settings",
    "deploy": "lambent.sdk.deploying",
    "function": "lambent.sdk.functions",
    "remote": "lambent.sdk.functions",
    "undeploy": "lambent.sdk.deploying",
}

__all__ = [
    "DeployError",
    "Deployment",
    "Executor",
    "Function",
    "Future",
    "Mismatch",
    "NotDeployed",
    "NotSendable",
    "RemoteError",
    "RemoteTimeout",
    "Settings",
    "SettingsError",
    "deploy",
    "function",
    "remote",
    "undeploy",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(home), name)
