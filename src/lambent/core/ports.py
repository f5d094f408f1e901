"""The ports: how neighbours that never import one another work together. ``app.py`` plugs them.

AWS-shaped parameters and replies are mappings keyed by AWS' member names, with botocore's Python types (bytes for blobs,
datetime for timestamps, streams as ``Body``).
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.core.errors import LambentError
from lambent.core.sessions import Credentials, Session

Parameters = Mapping[str, Any]
Reply = dict[str, Any]


class Spliced(dict[str, Any]):
    """A reply in which structures, lists or maps may be ``msgspec.Raw``: JSON as the wire would write it, taken from a table.

    Over HTTP they are copied into the answer; who calls in process gets them read, as all else (``gateway.dispatch``).
    """


Body = AsyncIterator[bytes]
"""A streaming payload, chunk after chunk: S3's objects in and out."""


class Caller(Protocol):
    """Calls any operation of any service by its AWS name, in process: ``await call(context, "sqs", "SendMessage", {...})``.

    Raises the ServiceError that the operation answers.
    """

    async def __call__(self, context: Context, service: str, operation: str, parameters: Parameters) -> Reply: ...


# ---- queues ----------------------------------------------------------------------------------------------------------


def queue_url(endpoint_url: str, account: str, name: str) -> str:
    """Where a queue is found, as a caller reaches the platform."""
    return f"{endpoint_url}/{account}/{name}"


def messages_topic(queue_arn: str) -> str:
    """The signal by which sqs says that messages of a queue may have become visible.

    Who has just received less than it asked for hears it for every message that becomes visible from then on: sent, delayed,
    returned after its visibility timeout, or released by its message group. So nobody needs to poll.
    """
    return f"sqs.messages/{queue_arn}"


# ---- streams ---------------------------------------------------------------------------------------------------------


def records_topic(stream_arn: str, shard_id: str) -> str:
    """The signal by which kinesis and dynamodb say that a shard has new records, or takes none any more (it was closed).

    Who has just read to the end of a shard hears it for every commit that changes what a reader would see: nobody needs to
    poll.
    """
    return f"stream.records/{stream_arn}/{shard_id}"


# ---- logs ------------------------------------------------------------------------------------------------------------


class LogEvent(Struct, frozen=True, array_like=True, gc=False):
    timestamp_ms: int
    message: str


class LogStreamName(Struct, frozen=True, cache_hash=True):
    account: str
    region: str
    group: str
    stream: str


class LogSink(Protocol):
    """Keeps what functions and the platform write. Makes the group and the stream when they are not there."""

    def append(self, stream: LogStreamName, events: Sequence[LogEvent], *, is_patient: bool = False) -> Awaitable[None]:
        """Done when the events are committed. ``is_patient``: others' may come along, some milliseconds later."""
        ...


# ---- credentials -----------------------------------------------------------------------------------------------------


class Key(Struct, frozen=True):
    """A long-term access key as the service that keeps it (iam) tells it."""

    account: str
    secret_access_key: str
    principal_arn: str
    principal_id: str
    is_active: bool


class Keyring(Protocol):
    """Finds the owner of an access key."""

    async def find(self, access_key_id: str) -> Key | None: ...


class Sessions(Protocol):
    """Temporary credentials (``core.sessions.SessionSeal`` is the one implementation)."""

    def issue(
        self,
        *,
        account: str,
        principal_arn: str,
        principal_id: str,
        expires_at: Instant,
        policy: str = "",
        policy_arns: Sequence[str] = (),
    ) -> Credentials:
        """``policy`` and ``policy_arns`` narrow what the principal may do with them."""
        ...

    def read(self, session_token: str) -> Session | None: ...

    def secret_of(self, key_id: str) -> str: ...


# ---- permissions -----------------------------------------------------------------------------------------------------


class Attempt(Struct, frozen=True):
    """What a caller is about to do."""

    principal_arn: str
    action: str  # "sqs:SendMessage"
    resource: str  # an ARN, or "*"
    keys: Mapping[str, str | Sequence[str]] = {}  # context keys: what is known of the request
    session_policy: str = ""  # narrows what the principal may do
    session_policy_arns: tuple[str, ...] = ()
    is_by_name: bool = False  # the ARN of an entity of iam may lack its path
    resource_policy: str | None = None  # the resource's own, "" where it has none; None where no such resource has one


class Denial(Struct, frozen=True):
    """``policy`` is what denies, or fails to allow, in AWS' words: "identity-based policy"."""

    policy: str
    is_explicit: bool


class ResourcePolicies(Protocol):
    """A service whose resources have policies of their own."""

    async def resource_policy(self, arn: str) -> str | None:
        """What a resource's policy says, "" where it has none or is not there, None for what can have none."""
        ...


class Judge(Protocol):
    """Knows what the policies of principals say."""

    async def denial(self, attempt: Attempt) -> Denial | None:
        """Why the attempt is denied, or None where it is allowed."""
        ...


# ---- execution environments ------------------------------------------------------------------------------------------


class Archive(Struct, frozen=True):
    """A zip in the blob store, named by its content."""

    sha256: str  # lower-case hex
    path: Path


class ContainerImage(Struct, frozen=True):
    """A root file system and what to start in it, the function's own settings applied."""

    layers: tuple[Archive, ...]  # the lowest first
    entry_point: tuple[str, ...]
    command: tuple[str, ...]
    working_folder: str
    variables: Mapping[str, str]  # the image's own


class EnvironmentSpec(Struct, frozen=True):
    """All that an execution environment is made from. Equal ``key`` means interchangeable environments.

    The key changes with each change of code or configuration, so that stale environments are never given work again.
    """

    key: str
    account: str
    region: str
    function_name: str
    function_arn: str  # unqualified
    version: str  # "$LATEST" or digits
    runtime: str  # "python3.13"
    handler: str
    code: Archive
    layers: tuple[Archive, ...]  # in list order: later ones overwrite
    memory_mb: int
    timeout_s: int
    ephemeral_storage_mb: int
    variables: Mapping[str, str]  # the user's
    role_arn: str
    log_group: str
    log_format: str = "Text"  # or "JSON"
    log_level_application: str = ""
    log_level_system: str = ""
    runtime_version_arn: str = ""
    initialization_type: str = "on-demand"  # or "provisioned-concurrency", "snap-start"
    image: ContainerImage | None = None  # in place of runtime, handler, code and layers
    folder: Path | None = None  # in place of code: as it stands in this folder when an event comes
    debug_port: int = 0  # where a debugger is waited for; then there is one environment at a time, and time does not run out
    waits_for_debugger: bool = False  # in INIT, also where the language's own way is that one attaches whenever it likes: Java


class Invocation(Struct, frozen=True):
    """One event for one environment."""

    request_id: str
    payload: bytes
    invoked_function_arn: str  # with the qualifier only where the caller used one
    trace_id: str = ""
    client_context: str = ""  # JSON text, decoded from base64
    wants_log_tail: bool = False


class ResponseStream(Protocol):
    """Takes an answer piece by piece while the function writes it."""

    def begin(self, content_type: str) -> None:
        """Before the first piece. An answer of a function that does not stream never begins: it is the outcome's payload."""
        ...

    async def write(self, data: bytes) -> None:
        """Returns when the next piece may come: a reader who is behind holds the function up, one who has gone does not."""
        ...


class Outcome(Struct, frozen=True):
    """What came of an invocation. A function error is an outcome, not an exception."""

    payload: bytes  # of a streamed answer nothing, or the error in the middle of it
    function_error: str | None = None  # "Unhandled"
    log_tail: bytes = b""  # at most the last 4,096 bytes, START to REPORT
    content_type: str = "application/json"
    duration_ms: float = 0.0
    billed_duration_ms: int = 0
    init_duration_ms: float | None = None
    was_cold: bool = False


class Provisioned(Struct, frozen=True):
    """How provisioned concurrency of one key stands."""

    requested: int
    available: int
    allocated: int
    failure_reason: str = ""


class Environments(Protocol):
    """Starts, feeds, freezes and ends execution environments; says nothing about concurrency limits."""

    async def prepare(self, spec: EnvironmentSpec) -> None:
        """Unpacks code and layers and readies the runtime, so that the first invocation only forks.

        Raises RuntimeUnavailable where the runtime is not installed (the function is still created), InitFailed where a
        version that is initialised ahead of its environments (SnapStart) cannot be.
        """
        ...

    async def ready_runtime(self, runtime: str) -> None:
        """Readies a runtime alone; at once where it is ready. Raises RuntimeUnavailable as ``prepare`` does."""
        ...

    async def invoke(self, spec: EnvironmentSpec, invocation: Invocation, stream: ResponseStream | None = None) -> Outcome:
        """Runs one event in a warm environment or a new one, writes its logs, and gives the environment back.

        ``stream`` takes the answer of a function that writes it piece by piece; without one such an answer is gathered.
        Raises RestoreFailed where a new environment of a SnapStart version could not begin.
        """
        ...

    async def provision(self, spec: EnvironmentSpec, count: int) -> Provisioned:
        """Keeps ``count`` initialised environments of this key alive; 0 lets them go."""
        ...

    def provisioned(self, key: str) -> Provisioned: ...

    async def retire(self, key: str) -> None:
        """Ends the idle environments of this key now and the busy ones when they finish."""
        ...

    async def retire_account(self, account: str | None) -> None:
        """Retires all keys of an account, or (None) of all."""
        ...


class RuntimeUnavailable(LambentError):
    """The machine has no interpreter for this runtime; ``advice`` says what to install."""

    def __init__(self, runtime: str, advice: str) -> None:
        super().__init__(f"{runtime} is not available: {advice}")
        self.runtime = runtime
        self.advice = advice


class InitFailed(LambentError):
    """The INIT of a version failed from whose state its environments are to begin; ``error_type`` as its log line has it."""

    def __init__(self, error_type: str) -> None:
        super().__init__(f"INIT failed: {error_type}")
        self.error_type = error_type


class RestoreFailed(LambentError):
    """A new environment of a SnapStart version did not come to its first event; its log says why."""

    def __init__(self, *, is_timeout: bool) -> None:
        super().__init__("RESTORE took too long" if is_timeout else "a hook failed in RESTORE")
        self.is_timeout = is_timeout


class FolderUnavailable(RuntimeUnavailable):
    """The folder that a function is served from is not there, or not allowed."""

    def __init__(self, runtime: str, advice: str) -> None:
        LambentError.__init__(self, advice)
        self.runtime = runtime
        self.advice = advice


class NotDebugged(RuntimeUnavailable):
    """No debugger can attach to a function that is to wait for one; ``advice`` says why, and what to do."""

    def __init__(self, runtime: str, advice: str) -> None:
        LambentError.__init__(self, advice)
        self.runtime = runtime
        self.advice = advice


class BadArchive(LambentError):
    """A zip of code or of a layer that will not be unpacked; ``reason`` says what is wrong with it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


ZipInspector = Callable[[Path], int]
"""Reads a whole zip, blocking, and returns its unzipped bytes as it declares them. Raises BadArchive."""


# ---- container images ------------------------------------------------------------------------------------------------


class LayerFile(Protocol):
    """Where a layer (or configuration) of an image in the platform's registry stands: for who makes functions of images."""

    async def __call__(self, account: str, region: str, repository: str, digest: str) -> Path:
        """Raises FileNotFoundError. The file is gone when its last image is: link it, or read it at once."""
        ...


# ---- tests that watch, and make things fail --------------------------------------------------------------------------


class Interceptor(Protocol):
    """Stands before every call and every event, and may refuse, delay, watch or kill. Only tests set one."""

    async def call(
        self, context: Context, service: str, operation: str, parameters: Parameters, proceed: Callable[..., Awaitable[Reply]]
    ) -> Reply:
        """Answers a call of an operation, whether it came over HTTP or in process. ``proceed()`` is the operation itself, and
        ``proceed(others)`` what it does with other parameters."""
        ...

    def event(self, spec: EnvironmentSpec, invocation: Invocation, kill: Callable[[], bool]) -> None:
        """An environment is about to be given an event; ``kill`` ends its processes before they see it."""
        ...


# ---- what the gateway counts -----------------------------------------------------------------------------------------


@dataclass(slots=True)
class Metrics:
    """Counters and sums for /_lambent/metrics, keyed by (name, labels)."""

    values: dict[tuple[str, tuple[tuple[str, str], ...]], float] = field(default_factory=dict)

    def add(self, name: str, amount: float = 1.0, **labels: str) -> None:
        key = (name, tuple(labels.items()) if labels else ())
        self.values[key] = self.values.get(key, 0.0) + amount
