"""Makes functions of what a test hands over, with AWS' settings under short names."""

import asyncio
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lambent.core.context import Scope
from lambent.core.errors import ServiceError
from lambent.services.lambda_.tables.functions import changed_topic
from lambent.testing import packaging
from lambent.testing.functions import Function
from lambent.testing.slicing import NotDeployable
from lambent.wire import models

if TYPE_CHECKING:
    from lambent.testing.account import Account

__tracebackhide__ = True  # pytest shows the line of the test that asked, not the way through here; --full-trace shows all

__all__ = ["Deployer", "NotDeployable"]

ACTIVE_S_MAX = 300.0  # the first function of a runtime waits for its packages to be installed
ROLE = "lambent"  # of nobody: a role that IAM does not hold is not judged
RUNTIME_DEFAULT = f"python3.{sys.version_info.minor}"


class Deployer:
    """``deploy(handler)`` creates a function in the test's account, and returns when it is active."""

    def __init__(self, account: "Account") -> None:
        self._account = account

    def __call__(
        self,
        code: "Callable[..., Any] | str | Path",
        *,
        name: str | None = None,
        handler: str | None = None,
        runtime: str = RUNTIME_DEFAULT,
        timeout: int = 30,
        memory: int = 128,
        environment: Mapping[str, str] | None = None,
        role: str | None = None,
        layers: Iterable[str | Path] = (),
        dead_letter: Any = None,
        retries: int | None = None,
        max_event_age: int | None = None,
        on_success: Any = None,
        on_failure: Any = None,
        from_queue: Any = None,
        batch_size: int | None = None,
        **members: Any,
    ) -> Function:
        """Deploys a callable, a Python file, a folder or a zip.

        ``timeout`` in seconds, ``memory`` in MB, ``role`` a name or an ARN, ``layers`` ARNs, folders or zips. ``dead_letter``,
        ``on_success``, ``on_failure`` and ``from_queue`` take an ARN, the URL of a queue, a boto3 resource or another function.
        ``retries`` and ``max_event_age`` (seconds) are those of asynchronous events. ``members`` are further members of
        CreateFunction by AWS' names. Raises NotDeployable, and the ServiceError that AWS answers to bad settings.
        """
        package = packaging.package(code, handler=handler)
        parameters: dict[str, Any] = {
            "FunctionName": name or self._free_name(package.name),
            "Runtime": runtime,
            "Handler": handler or package.handler,
            "Role": self._role(role),
            "Code": {"ZipFile": package.archive},
            "Timeout": timeout,
            "MemorySize": memory,
            "Environment": {"Variables": dict(environment or {})},
            "Layers": [self._layer(layer) for layer in layers],
        }
        if dead_letter is not None:
            parameters["DeadLetterConfig"] = {"TargetArn": self._arn(dead_letter)}
        created = self._account.call("lambda", "CreateFunction", **parameters | _checked(members))
        function = self._account.function(created)
        self._account.run(self._until_active(function.name))
        self._set_retries(function, retries, max_event_age, on_success, on_failure)
        if from_queue is not None:
            batch = {} if batch_size is None else {"BatchSize": batch_size}
            source = self._arn(from_queue)
            self._account.call("lambda", "CreateEventSourceMapping", FunctionName=function.arn, EventSourceArn=source, **batch)
        return function

    def _set_retries(
        self, function: Function, retries: int | None, max_event_age: int | None, on_success: Any, on_failure: Any
    ) -> None:
        config: dict[str, Any] = {}
        if retries is not None:
            config["MaximumRetryAttempts"] = retries
        if max_event_age is not None:
            config["MaximumEventAgeInSeconds"] = max_event_age
        named = (("OnSuccess", on_success), ("OnFailure", on_failure))
        destinations = {name: {"Destination": self._arn(target)} for name, target in named if target is not None}
        if destinations:
            config["DestinationConfig"] = destinations
        if config:
            self._account.call("lambda", "PutFunctionEventInvokeConfig", FunctionName=function.arn, **config)

    async def _until_active(self, name: str) -> None:
        account = self._account
        topic = changed_topic(Scope(account.account, account.region), name)
        async with asyncio.timeout(ACTIVE_S_MAX):
            with account.signals.listen(topic) as listener:
                while (found := await account.awaited("lambda", "GetFunctionConfiguration", {"FunctionName": name}))[
                    "State"
                ] == "Pending":
                    await listener.wait()
        if found["State"] != "Active":
            raise NotDeployable(f"{name} is {found['State']}: {found.get('StateReason', 'no reason was given')}")

    def _free_name(self, wanted: str) -> str:
        """Two handlers of one name are two functions."""
        name, count = wanted, 1
        while self._exists(name):
            count += 1
            name = f"{wanted}-{count}"
        return name

    def _exists(self, name: str) -> bool:
        try:
            self._account.call("lambda", "GetFunctionConfiguration", FunctionName=name)
        except ServiceError as error:
            if error.code == "ResourceNotFoundException":
                return False
            raise
        return True

    def _role(self, role: str | None) -> str:
        if role is not None and role.startswith("arn:"):
            return role
        return f"arn:aws:iam::{self._account.account}:role/{role or ROLE}"

    def _layer(self, layer: str | Path) -> str:
        if isinstance(layer, str) and layer.startswith("arn:"):
            return layer
        path = Path(layer)
        content = packaging.zipped(packaging.folder(path)) if path.is_dir() else path.read_bytes()
        name = "".join(letter if letter.isalnum() else "-" for letter in path.stem)
        published = self._account.call("lambda", "PublishLayerVersion", LayerName=name, Content={"ZipFile": content})
        return str(published["LayerVersionArn"])

    def _arn(self, target: Any) -> str:
        """From an ARN, the URL of a queue, or a thing that has one of them (boto3's resources, a Function)."""
        named = target if isinstance(target, str) else getattr(target, "arn", None) or getattr(target, "url", None)
        if not isinstance(named, str):
            raise TypeError(f"{target!r} has no ARN; give its ARN, or the URL of a queue")
        if named.startswith("arn:"):
            return named
        queue_name = urlsplit(named).path.rpartition("/")[2]
        return f"arn:aws:sqs:{self._account.region}:{self._account.account}:{queue_name}"


def _checked(members: dict[str, Any]) -> dict[str, Any]:
    operation = models.service("lambda").operation("CreateFunction")
    assert operation is not None
    assert operation.input_shape is not None
    unknown = sorted(members.keys() - operation.input_shape.members.keys())
    if unknown:
        raise TypeError(f"deploy() and CreateFunction know no {', '.join(unknown)}")
    return members
