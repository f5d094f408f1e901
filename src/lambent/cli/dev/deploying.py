"""Makes or updates the functions that a folder describes, through the operations that any AWS tool uses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lambent.cli.dev import debugging, packages
from lambent.cli.dev.api import Api
from lambent.cli.dev.functions import Function

BUCKET = "hot-reload"
DEBUG_PORT, DEBUG_WAIT = "LAMBENT_DEBUG_PORT", "LAMBENT_DEBUG_WAIT"


@dataclass(frozen=True, slots=True)
class Served:
    """A function as the platform has it. ``was_made``: it was not there before. ``has_packages``: they were installed now."""

    function: Function
    url: str
    was_made: bool
    has_packages: bool


@dataclass(slots=True)
class Deployer:
    """``debug_ports``: the functions that a debugger attaches to; where ``waits_for_debugger``, Java's wait for it too.

    ``on_install`` is called before packages are installed.
    """

    api: Api
    account: str
    on_install: Callable[[Function], None]
    debug_ports: Mapping[str, int] = field(default_factory=dict)
    has_urls: bool = True
    waits_for_debugger: bool = False

    def deploy(self, function: Function) -> Served:
        """Returns when the function can be invoked. Raises CommandFailure."""
        layers, has_packages = self._layers(function)
        wanted = self._configuration(function, layers)
        found = self.api.find(function.name)
        if found is None:
            code = {"S3Bucket": BUCKET, "S3Key": str(function.folder)}
            role = {"Role": f"arn:aws:iam::{self.account}:role/lambent-dev"}
            self.api.create({"FunctionName": function.name, "Code": code} | role | wanted)
        else:
            self._update(function, found, wanted)
        self.api.await_ready(function.name)
        url = self.api.url(function.name) if self.has_urls and function.has_url else ""
        return Served(function, url, found is None, has_packages)

    def stop_debugging(self, name: str) -> None:
        """From now on no event of the function waits for a debugger; nothing else of it changes. Raises CommandFailure."""
        self.debug_ports = {other: port for other, port in self.debug_ports.items() if other != name}
        told = self.api.await_ready(name)
        variables = dict((told.get("Environment") or {}).get("Variables") or {})
        for variable in (DEBUG_PORT, DEBUG_WAIT):
            variables.pop(variable, None)
        arns = [layer["Arn"] for layer in told.get("Layers") or ()]
        self.api.update_configuration(
            name,
            {
                "Environment": {"Variables": variables},
                "Layers": [arn for arn in arns if f":layer:{packages.DEBUGGER}:" not in arn],
            },
        )

    def _update(self, function: Function, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
        """Only what is different, so that what runs stays warm; all where the last update failed, which is not what runs."""
        told = found["Configuration"]
        had = {
            "Runtime": told.get("Runtime"),
            "Handler": told.get("Handler"),
            "Timeout": told["Timeout"],
            "MemorySize": told["MemorySize"],
            "Environment": told.get("Environment") or {"Variables": {}},
            "Layers": [layer["Arn"] for layer in told.get("Layers") or ()],
        }
        has_failed = told.get("LastUpdateStatus") == "Failed"
        changes = {name: value for name, value in wanted.items() if has_failed or had[name] != value}
        if changes:
            self.api.await_settled(function.name)
            self.api.update_configuration(function.name, changes)
        if found["Code"].get("Location") != function.folder.as_uri():
            self.api.await_settled(function.name)
            self.api.update_code(function.name, {"S3Bucket": BUCKET, "S3Key": str(function.folder)})

    def _configuration(self, function: Function, layers: list[str]) -> dict[str, Any]:
        variables = dict(function.environment)
        port = self.debug_ports.get(function.name)
        if port is not None:
            variables[DEBUG_PORT] = str(port)
            if self.waits_for_debugger:
                variables[DEBUG_WAIT] = "true"
        wanted: dict[str, Any] = {
            "Runtime": function.runtime,
            "Handler": function.handler,
            "Environment": {"Variables": variables},
            "Layers": layers,
        }
        if function.timeout_s is not None:
            wanted["Timeout"] = function.timeout_s
        if function.memory_mb is not None:
            wanted["MemorySize"] = function.memory_mb
        return wanted

    def _layers(self, function: Function) -> tuple[list[str], bool]:
        """Those that were asked for, and above them what is made here."""
        layers, has_packages = list(function.layers), False
        if function.requirements is not None and function.is_python:
            arn, has_packages = packages.layer_of_requirements(
                self.api,
                function=function.name,
                runtime=function.runtime,
                file=Path(function.requirements),
                account=self.account,
                on_install=lambda: self.on_install(function),
            )
            layers.append(arn)
        if function.name in self.debug_ports:
            debugger = debugging.find(function)
            if debugger is not None:
                layers.append(packages.layer_of_debugger(self.api, debugger.folder, debugger.version, account=self.account))
        return layers, has_packages
