"""Lambent: your own AWS Lambda, an event-driven serverless platform that speaks the AWS API."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lambent.sdk.collections import (
        batched,
        distinct,
        distinct_by,
        filter,  # noqa: A004 - its name
        flat_map,
        group_by,
        max_by,
        min_by,
        reduce,
        sort_by,
    )
    from lambent.sdk.deploying import Deployment, deploy, undeploy
    from lambent.sdk.errors import Mismatch, NotDeployed, NotSendable, RemoteError, RemoteTimeout
    from lambent.sdk.executions import Execution, ExecutionFailed
    from lambent.sdk.executor import Executor
    from lambent.sdk.failures import DeployError
    from lambent.sdk.functions import Function, function, remote
    from lambent.sdk.futures import Future
    from lambent.sdk.keys import MissingKey, path
    from lambent.sdk.pipelines import Pipeline, compose, gather, partial
    from lambent.sdk.results import Results
    from lambent.sdk.settings import Settings, SettingsError
    from lambent.sdk.states import NoStateMachine

__version__ = "0.1.0"

# Whoever starts the platform needs none of these, so each is imported when somebody uses it.
_HOMES = {
    "DeployError": "lambent.sdk.failures",
    "Deployment": "lambent.sdk.deploying",
    "Execution": "lambent.sdk.executions",
    "ExecutionFailed": "lambent.sdk.executions",
    "Executor": "lambent.sdk.executor",
    "Function": "lambent.sdk.functions",
    "Future": "lambent.sdk.futures",
    "Mismatch": "lambent.sdk.errors",
    "MissingKey": "lambent.sdk.keys",
    "NoStateMachine": "lambent.sdk.states",
    "NotDeployed": "lambent.sdk.errors",
    "NotSendable": "lambent.sdk.errors",
    "Pipeline": "lambent.sdk.pipelines",
    "RemoteError": "lambent.sdk.errors",
    "RemoteTimeout": "lambent.sdk.errors",
    "Results": "lambent.sdk.results",
    "Settings": "lambent.sdk.settings",
    "SettingsError": "lambent.sdk.settings",
    "batched": "lambent.sdk.collections",
    "compose": "lambent.sdk.pipelines",
    "deploy": "lambent.sdk.deploying",
    "distinct": "lambent.sdk.collections",
    "distinct_by": "lambent.sdk.collections",
    "filter": "lambent.sdk.collections",
    "flat_map": "lambent.sdk.collections",
    "function": "lambent.sdk.functions",
    "gather": "lambent.sdk.pipelines",
    "group_by": "lambent.sdk.collections",
    "max_by": "lambent.sdk.collections",
    "min_by": "lambent.sdk.collections",
    "partial": "lambent.sdk.pipelines",
    "path": "lambent.sdk.keys",
    "reduce": "lambent.sdk.collections",
    "remote": "lambent.sdk.functions",
    "sort_by": "lambent.sdk.collections",
    "undeploy": "lambent.sdk.deploying",
}

__all__ = [
    "DeployError",
    "Deployment",
    "Execution",
    "ExecutionFailed",
    "Executor",
    "Function",
    "Future",
    "Mismatch",
    "MissingKey",
    "NoStateMachine",
    "NotDeployed",
    "NotSendable",
    "Pipeline",
    "RemoteError",
    "RemoteTimeout",
    "Results",
    "Settings",
    "SettingsError",
    "batched",
    "compose",
    "deploy",
    "distinct",
    "distinct_by",
    "filter",
    "flat_map",
    "function",
    "gather",
    "group_by",
    "max_by",
    "min_by",
    "partial",
    "path",
    "reduce",
    "remote",
    "sort_by",
    "undeploy",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(home), name)
