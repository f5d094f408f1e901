"""What a function is to be, in AWS' members, and in what it differs from what GetFunction says that it is."""

import hashlib
import json
import platform
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from lambent.sdk.clients import Target
from lambent.sdk.packing import HANDLER, Package, package, runtime_of
from lambent.sdk.plan import Difference
from lambent.sdk.settings import Settings, SettingsError
from lambent.sdk.sources import Source, foreign_in, source_of

# Tags that say which functions are this SDK's, and what of their settings GetFunction does not show.
OWNER_TAG = "lambent:function"
SETTINGS_TAG = "lambent:settings"

Found = Mapping[str, Any]
"""What GetFunction answered."""


class DeployableFunction(Protocol):
    """What deploying asks of a Function."""

    @property
    def name(self) -> str: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def plain(self) -> Callable[..., Any]: ...


@dataclass(frozen=True, slots=True)
class Destinations:
    """ARNs, and whatever else there is of a function's asynchronous events. None: AWS' default."""

    retries: int | None
    event_age_s: int | None
    on_failure: str | None
    on_success: str | None

    @property
    def is_default(self) -> bool:
        return self == Destinations(None, None, None, None)

    def parameters(self) -> dict[str, Any]:
        """As PutFunctionEventInvokeConfig takes them."""
        named = (("OnFailure", self.on_failure), ("OnSuccess", self.on_success))
        targets = {name: {"Destination": arn} for name, arn in named if arn is not None}
        given = {"MaximumRetryAttempts": self.retries, "MaximumEventAgeInSeconds": self.event_age_s}
        return {name: value for name, value in given.items() if value is not None} | {"DestinationConfig": targets}

    @classmethod
    def found(cls, answer: Mapping[str, Any]) -> "Destinations":
        targets = answer.get("DestinationConfig") or {}
        return cls(
            answer.get("MaximumRetryAttempts"),
            answer.get("MaximumEventAgeInSeconds"),
            (targets.get("OnFailure") or {}).get("Destination"),
            (targets.get("OnSuccess") or {}).get("Destination"),
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """One function as it is to be. ``configuration`` has the members that GetFunction shows, but for the role.

    ``foreign`` are the modules that it imports and that will not be there.
    """

    name: str
    owner: str  # module:qualname
    settings: Settings
    package: Package
    foreign: tuple[str, ...]
    architecture: str
    configuration: dict[str, Any]
    destinations: Destinations

    @property
    def tags(self) -> dict[str, str]:
        return dict(self.settings.tags) | {OWNER_TAG: self.owner}

    @property
    def settings_tag(self) -> str:
        """Changes whenever a setting changes that only further questions would show."""
        hidden = [self.destinations.parameters(), [*map(_policy_text, self.settings.policies)], self.settings.role is None]
        return hashlib.sha256(json.dumps(hidden, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def is_published(self) -> bool:
        return self.settings.publish or self.settings.alias is not None


def wanted(
    function: DeployableFunction,
    settings: Settings,
    target: Target,
    *,
    arn_of: Callable[[Any, str], str],
    is_fresh: bool = False,
) -> Wanted:
    """What ``function`` is to be there. ``arn_of`` turns a destination, an ARN or a Function, into an ARN.

    Raises NotPackable, SettingsError.
    """
    source = source_of(function.plain)
    architecture = settings.architecture or architecture_of(target)
    destinations = Destinations(
        settings.retries,
        settings.event_age_s,
        None if settings.on_failure is None else arn_of(settings.on_failure, "on_failure"),
        None if settings.on_success is None else arn_of(settings.on_success, "on_success"),
    )
    packed = package(source, settings, architecture=architecture, is_fresh=is_fresh)
    missing = foreign_in(source, function.plain.__qualname__) - packed.provided
    return Wanted(
        settings.name or function.name,
        f"{source.module}:{function.plain.__qualname__}",
        settings,
        packed,
        tuple(sorted(missing.union(packed.foreign))),
        architecture,
        _configuration(settings, source, function.plain.__qualname__),
        destinations,
    )


def architecture_of(target: Target) -> str:
    """AWS' default there; at an endpoint of one's own that of this machine, which is likely the one that runs it."""
    is_here = target.endpoint_url is not None and ".amazonaws." not in target.endpoint_url
    return "arm64" if is_here and platform.machine().lower() in ("arm64", "aarch64") else "x86_64"


def _configuration(settings: Settings, source: Source, qualname: str) -> dict[str, Any]:
    return {
        "Runtime": runtime_of(settings),
        "Handler": HANDLER,
        "Description": settings.description,
        "MemorySize": settings.memory_mb,
        "Timeout": settings.timeout_s,
        "EphemeralStorage": {"Size": settings.storage_mb},
        "Layers": list(settings.layers),
        "Environment": {"Variables": dict(settings.environment) | {"LAMBENT_FUNCTION": f"{source.module}:{qualname}"}},
        "DeadLetterConfig": {"TargetArn": settings.dead_letters} if settings.dead_letters else {},
        "LoggingConfig": {"LogFormat": "JSON" if settings.log_format == "json" else "Text"},
    }


def configuration_differences(wanted: Wanted, found: Found) -> Iterator[tuple[str, Difference]]:
    """The members of UpdateFunctionConfiguration that have to change, with the change in words."""
    now, then = found["Configuration"], wanted.configuration
    plain = (("Runtime", "runtime", ""), ("Handler", "handler", ""), ("Description", "description", ""))
    for member, what, unit in (*plain, ("MemorySize", "memory", " MB"), ("Timeout", "timeout", " s")):
        if now.get(member, "") != then[member]:
            yield member, Difference(what, _text(now.get(member), unit), _text(then[member], unit))
    size = (now.get("EphemeralStorage") or {}).get("Size", 512)
    if size != then["EphemeralStorage"]["Size"]:
        yield "EphemeralStorage", Difference("storage", f"{size} MB", f"{then['EphemeralStorage']['Size']} MB")
    layers = [layer["Arn"] for layer in now.get("Layers") or []]
    if layers != then["Layers"]:
        yield "Layers", Difference("layers", _text(", ".join(layers)), _text(", ".join(then["Layers"])))
    variables = (now.get("Environment") or {}).get("Variables") or {}
    if variables != then["Environment"]["Variables"]:
        for difference in _variables(variables, then["Environment"]["Variables"]):
            yield "Environment", difference
    letters = (now.get("DeadLetterConfig") or {}).get("TargetArn") or None
    if letters != wanted.settings.dead_letters:
        yield "DeadLetterConfig", Difference("dead letters", letters, wanted.settings.dead_letters)
    log_format = (now.get("LoggingConfig") or {}).get("LogFormat", "Text")
    if log_format != then["LoggingConfig"]["LogFormat"]:
        yield "LoggingConfig", Difference("log format", log_format.lower(), wanted.settings.log_format)


def code_differences(wanted: Wanted, found: Found) -> Iterator[Difference]:
    now = found["Configuration"]
    if now["CodeSha256"] != wanted.package.code_sha256:
        yield Difference("code", _code(now["CodeSize"], now["CodeSha256"]), code_text(wanted.package))
    architecture = (now.get("Architectures") or ["x86_64"])[0]
    if architecture != wanted.architecture:
        yield Difference("architecture", architecture, wanted.architecture)


def tag_differences(wanted: Wanted, found: Found) -> Iterator[Difference]:
    tags = found.get("Tags") or {}
    for name, value in wanted.tags.items():
        if tags.get(name) != value:
            yield Difference(f"tag {name}", tags.get(name), value)


def concurrency_difference(wanted: Wanted, found: Found) -> Iterator[Difference]:
    now = (found.get("Concurrency") or {}).get("ReservedConcurrentExecutions")
    if now != wanted.settings.concurrency:
        yield Difference("reserved concurrency", _text(now), _text(wanted.settings.concurrency))


def destination_differences(wanted: Destinations, found: Destinations) -> Iterator[Difference]:
    for member, what, unit in (
        ("retries", "retries", ""),
        ("event_age_s", "age of events", " s"),
        ("on_failure", "on failure", ""),
        ("on_success", "on success", ""),
    ):
        before, after = getattr(found, member), getattr(wanted, member)
        if before != after:
            yield Difference(what, _text(before, unit), _text(after, unit))


def summary(wanted: Wanted) -> tuple[Difference, ...]:
    """A new function's settings, as far as they are worth telling."""
    settings = wanted.settings
    told = [
        ("code", code_text(wanted.package)),
        ("runtime", f"{wanted.configuration['Runtime']} on {wanted.architecture}"),
        ("memory", f"{settings.memory_mb} MB"),
        ("timeout", f"{settings.timeout_s} s"),
        ("requirements", ", ".join(settings.requirements)),
        ("layers", ", ".join(settings.layers)),
        ("role", settings.role),
        ("policies", ", ".join(map(_policy_text, settings.policies))),
        ("environment", ", ".join(settings.environment)),
        ("retries", _text(settings.retries)),
        ("on failure", wanted.destinations.on_failure),
        ("on success", wanted.destinations.on_success),
        ("dead letters", settings.dead_letters),
        ("reserved concurrency", _text(settings.concurrency)),
        ("alias", settings.alias),
    ]
    return tuple(Difference(what, None, value) for what, value in told if value)


def code_text(package: Package) -> str:
    return _code(len(package.content), package.code_sha256)


def _code(size: int, sha256: str) -> str:
    amount = f"{size / 1e6:.1f} MB" if size >= 1_000_000 else f"{max(1, round(size / 1000))} KB"
    return f"{amount}, {sha256[:8]}"


def _variables(now: Mapping[str, str], then: Mapping[str, str]) -> Iterator[Difference]:
    """By their names: values may be secrets, and plans stand in logs."""
    for name in sorted(now.keys() | then.keys()):
        if now.get(name) != then.get(name):
            yield Difference(
                f"variable {name}",
                "(set)" if name in now else None,
                "(set otherwise)" if name in now and name in then else "(set)" if name in then else None,
            )


def _text(value: object, unit: str = "") -> str | None:
    return None if value is None or value == "" else f"{value}{unit}"


def _policy_text(policy: Any) -> str:
    if isinstance(policy, str):
        return policy
    if isinstance(policy, Mapping):
        return json.dumps(policy, sort_keys=True)
    raise SettingsError(f"policies: {policy!r} is neither the name of a managed policy nor a statement")
