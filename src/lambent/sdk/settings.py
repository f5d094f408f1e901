"""How a function is deployed: its memory, timeout, requirements, role, destinations, each checked when it is written down."""

import dataclasses
import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

MEMORY_MB_MIN, MEMORY_MB_MAX = 128, 10_240
TIMEOUT_S_MAX = 900
STORAGE_MB_MIN, STORAGE_MB_MAX = 512, 10_240
RETRIES_MAX = 2
EVENT_AGE_S_MIN, EVENT_AGE_S_MAX = 60, 21_600
LAYERS_MAX = 5
TAGS_MAX = 48  # of AWS' 50: deploying needs two
ENVIRONMENT_BYTES_MAX = 4_096

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]+")
_RUNTIME = re.compile(r"python3\.(1[1-9]|[2-9]\d)")
_ALIAS = re.compile(r"(?!^[0-9]+$)[A-Za-z0-9_-]{1,128}")
_ARN = re.compile(r"arn:[a-z0-9-]+:[a-z0-9-]+:[a-z0-9-]*:\d{0,12}:.+")
_LAYER = re.compile(r"arn:[a-z0-9-]+:lambda:[a-z0-9-]+:\d{12}:layer:[A-Za-z0-9_-]+:\d+")
# Those that Lambda sets itself, and refuses from others.
_RESERVED = frozenset(
    {
        *("_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME"),
        *("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE"),
        *("AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API", "AWS_ACCESS_KEY"),
        *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"),
        "LAMBENT_FUNCTION",
    }
)


class SettingsError(ValueError):
    """A setting that no function can have. The message names it, what it was, and what it may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What ``@function(…)`` and ``f.deploy(…)`` take. Lists and dicts are copied; raises SettingsError."""

    name: str | None = None  # [default: module-qualname, made safe]
    description: str = ""
    memory_mb: int = 128
    timeout_s: int = 60
    storage_mb: int = 512  # of /tmp
    runtime: str | None = None  # [default: this Python's, where Lambda has it]
    architecture: Literal["x86_64", "arm64"] | None = None  # [default: x86_64; on Lambent what its machine is]
    requirements: tuple[str, ...] = ()  # as pip takes them; ``-r FILE`` reads a file
    layers: tuple[str, ...] = ()  # ARNs of layer versions
    include: tuple[Any, ...] = ()  # modules, and files or folders beside the function's module, packed as well
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)
    role: str | None = None  # ARN, or name of a role of the account [default: made]
    policies: tuple[Any, ...] = ()  # of a role that is made: ARNs or names of managed policies, or statements as dicts
    retries: int | None = None  # of asynchronous events, 0 to 2 [AWS: 2]
    event_age_s: int | None = None  # of asynchronous events [AWS: 21600]
    on_failure: Any = None  # where asynchronous events go that failed: an ARN, or a function of this SDK
    on_success: Any = None
    dead_letters: str | None = None  # ARN of a queue or topic
    concurrency: int | None = None  # reserved [default: the account's, shared]
    log_format: Literal["text", "json"] = "text"
    publish: bool = False  # a version of each deploy that changed something
    alias: str | None = None  # points to the version of each deploy; implies ``publish``
    tags: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("requirements", "layers", "include", "policies"):
            object.__setattr__(self, name, _sequence(name, getattr(self, name)))
        for name in ("environment", "tags"):
            object.__setattr__(self, name, _strings(name, getattr(self, name)))
        self._check_sizes()
        self._check_names()
        self._check_tags()
        self._check_environment()

    @classmethod
    def of(cls, **options: Any) -> Self:
        """Settings from keywords; a name that is none is a SettingsError that says which was likely meant."""
        check_known(options)
        return cls(**options)

    def with_(self, **options: Any) -> Self:
        """A copy in which ``options`` are other."""
        check_known(options)
        return dataclasses.replace(self, **options)

    def _check_sizes(self) -> None:
        _check_range("memory_mb", self.memory_mb, MEMORY_MB_MIN, MEMORY_MB_MAX)
        _check_range("timeout_s", self.timeout_s, 1, TIMEOUT_S_MAX)
        _check_range("storage_mb", self.storage_mb, STORAGE_MB_MIN, STORAGE_MB_MAX)
        if self.retries is not None:
            _check_range("retries", self.retries, 0, RETRIES_MAX)
        if self.event_age_s is not None:
            _check_range("event_age_s", self.event_age_s, EVENT_AGE_S_MIN, EVENT_AGE_S_MAX)
        if self.concurrency is not None:
            _check_range("concurrency", self.concurrency, 0, None)
        if len(self.layers) > LAYERS_MAX:
            raise SettingsError(f"layers: {len(self.layers)} of them; a function has at most {LAYERS_MAX}")

    def _check_names(self) -> None:
        _check_match("name", self.name, _NAME, "1 to 64 letters, digits, - and _")
        _check_match("runtime", self.runtime, _RUNTIME, "one like python3.12, from python3.11 on")
        _check_match("alias", self.alias, _ALIAS, "letters, digits, - and _, not digits alone")
        _check_match("dead_letters", self.dead_letters, _ARN, "the ARN of a queue or topic")
        for layer in self.layers:
            _check_match(
                "layers", layer, _LAYER, "the ARN of a layer's version, arn:aws:lambda:REGION:ACCOUNT:layer:NAME:VERSION"
            )
        for requirement in self.requirements:
            if not isinstance(requirement, str) or not requirement.strip():
                raise SettingsError(f"requirements: {requirement!r} is no requirement like 'humanize==4.9'")
        _check_choice("architecture", self.architecture, ("x86_64", "arm64"))
        _check_choice("log_format", self.log_format, ("text", "json"))
        for name in ("on_failure", "on_success"):
            value = getattr(self, name)
            if isinstance(value, str):
                _check_match(name, value, _ARN, "the ARN of a queue, topic, function, event bus or bucket, or a function")
        if self.role is not None and (not isinstance(self.role, str) or not self.role):
            raise SettingsError(f"role: {self.role!r} is neither a role's ARN nor its name")

    def _check_tags(self) -> None:
        if len(self.tags) > TAGS_MAX:
            raise SettingsError(f"tags: {len(self.tags)} of them; a function has at most {TAGS_MAX}")
        for name in self.tags:
            if name.lower().startswith(("aws:", "lambent:")):
                raise SettingsError(f"tags: {name!r} begins with a prefix that is not yours")

    def _check_environment(self) -> None:
        for name in self.environment:
            if name in _RESERVED:
                raise SettingsError(f"environment: {name} is set by Lambda itself")
            if not _VARIABLE.fullmatch(name):
                raise SettingsError(f"environment: {name!r} is not a letter followed by one or more letters, digits and _")
        size = sum(len(name) + len(value.encode()) for name, value in self.environment.items())
        if size > ENVIRONMENT_BYTES_MAX:
            raise SettingsError(f"environment: {size} bytes of names and values; Lambda takes {ENVIRONMENT_BYTES_MAX}")


def check_known(options: Mapping[str, Any]) -> None:
    """Raises SettingsError for the first name that is no setting."""
    known = [field.name for field in dataclasses.fields(Settings)]
    for name in options:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f"; did you mean {close[0]}?" if close else f"; there are {', '.join(known)}"
            raise SettingsError(f"{name} is no setting of a function{hint}")


def _sequence(name: str, value: Any) -> tuple[Any, ...]:
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Sequence):
        raise SettingsError(f"{name}: {value!r} is no list; write [{value!r}]")
    return tuple(value)


def _strings(name: str, value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise SettingsError(f"{name}: {value!r} is no dict of strings")
    for key, text in value.items():
        if not isinstance(key, str) or not isinstance(text, str):
            raise SettingsError(f"{name}: {key!r}: {text!r} is not a string for a string")
    return dict(sorted(value.items()))


def _check_range(name: str, value: Any, least: int, most: int | None) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise SettingsError(f"{name}: {value!r} is no whole number")
    if value < least or (most is not None and value > most):
        raise SettingsError(
            f"{name}: {value} is not {f'between {least} and {most}' if most is not None else f'{least} or more'}"
        )


def _check_match(name: str, value: Any, pattern: re.Pattern[str], form: str) -> None:
    if value is not None and not (isinstance(value, str) and pattern.fullmatch(value)):
        raise SettingsError(f"{name}: {value!r} is not {form}")


def _check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    if value is not None and value not in choices:
        raise SettingsError(f"{name}: {value!r} is none of {', '.join(choices)}")
