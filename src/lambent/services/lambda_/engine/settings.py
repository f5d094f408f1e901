"""A function's settings: what a published version freezes. Made from a request, changed by one, and kept as JSON."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import checks, images, limits
from lambent.services.lambda_.engine.images import Image, ImageConfig


class Code(Struct, frozen=True):
    """An archive of the blob store. ``sha256`` in lower-case hexadecimal digits."""

    sha256: str
    zipped_bytes: int
    unzipped_bytes: int


class Layer(Struct, frozen=True):
    """A layer version as a function took it: it stays usable after the layer version was deleted."""

    arn: str
    code: Code


class Logging(Struct, frozen=True):
    """``application_level`` and ``system_level`` are empty in Text format."""

    log_format: str
    group: str
    application_level: str = ""
    system_level: str = ""


class Vpc(Struct, frozen=True):
    """Kept and told again; Lambent has no networks."""

    subnet_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...]
    allows_ipv6: bool = False


class FileSystem(Struct, frozen=True):
    """Kept and told again."""

    arn: str
    local_mount_path: str


class Durable(Struct, frozen=True):
    """Of a function whose executions are kept: how long one may take, and how long it is told of afterwards."""

    timeout_s: int = limits.DURABLE_TIMEOUT_S_DEFAULT
    retention_days: int = limits.DURABLE_RETENTION_DAYS_DEFAULT
    kms_key_arn: str = ""


class Settings(Struct, frozen=True):
    """All of code and configuration."""

    role_arn: str
    runtime: str
    handler: str
    code: Code
    logging: Logging
    description: str = ""
    timeout_s: int = limits.TIMEOUT_S_DEFAULT
    memory_mb: int = limits.MEMORY_MB_DEFAULT
    ephemeral_storage_mb: int = limits.EPHEMERAL_STORAGE_MB_DEFAULT
    architectures: tuple[str, ...] = ("x86_64",)
    variables: dict[str, str] | None = None
    layers: tuple[Layer, ...] = ()
    tracing_mode: str = "PassThrough"
    snap_start: str = "None"
    dead_letter_arn: str = ""
    kms_key_arn: str = ""
    vpc: Vpc | None = None
    file_systems: tuple[FileSystem, ...] = ()
    durable: Durable | None = None
    image: Image | None = None  # in place of runtime, handler and layers; ``code`` is its manifest
    image_config: ImageConfig | None = None
    folder: str = ""  # that the function is served from; ``code`` is then a note that names it

    @property
    def archives(self) -> frozenset[str]:
        """The sha256 of every archive that an environment of these settings needs."""
        of_image = self.image.archives if self.image is not None else ()
        return frozenset({self.code.sha256, *of_image, *(layer.code.sha256 for layer in self.layers)})


def encode(settings: Settings) -> str:
    return msgspec.json.encode(settings).decode()


_decoder = msgspec.json.Decoder(Settings)


def decode(text: str) -> Settings:
    return _decoder.decode(text)


def created(
    function_name: str,
    parameters: Mapping[str, Any],
    code: Code,
    layers: tuple[Layer, ...],
    image: Image | None = None,
    folder: str = "",
) -> Settings:
    """The settings that CreateFunction asks for. Raises what ``checks`` raises."""
    if image is None and not (parameters.get("Runtime") and parameters.get("Handler")):
        raise errors.InvalidParameterValue(
            reason="Runtime and Handler are mandatory parameters for functions created with deployment packages."
        )
    group = f"/aws/lambda/{function_name}"
    first = Settings(
        role_arn=parameters["Role"],
        runtime="",
        handler="",
        code=code,
        logging=Logging(log_format="Text", group=group),
        image=image,
        folder=folder,
    )
    if parameters.get("DurableConfig") is not None:
        first = replace(first, durable=Durable())
    architectures = tuple(parameters.get("Architectures") or first.architectures)
    return replace(changed(first, parameters, layers), architectures=architectures)


def changed(settings: Settings, parameters: Mapping[str, Any], layers: tuple[Layer, ...] | None) -> Settings:
    """The settings after what is given in ``parameters``; what is absent stays. ``layers`` None keeps the layers."""
    changes: dict[str, Any] = {
        name: read(parameters[key]) for key, (name, read) in _READERS.items() if parameters.get(key) is not None
    }
    if parameters.get("LoggingConfig") is not None:
        changes["logging"] = _logging(settings.logging, parameters["LoggingConfig"])
    if parameters.get("DurableConfig") is not None:
        changes["durable"] = _durable(settings.durable, parameters["DurableConfig"])
    if layers is not None:
        changes["layers"] = layers
    if parameters.get("ImageConfig") is not None:
        changes["image_config"] = images.config_of(parameters["ImageConfig"])
    checks.check_package_type(parameters, is_image=settings.image is not None)
    after = replace(settings, **changes)
    checks.check_total_size([after.code.unzipped_bytes, *(layer.code.unzipped_bytes for layer in after.layers)])
    return after


def runtime_version_arn(region: str, runtime: str) -> str:
    """Names the one version of a runtime that there is here."""
    return f"arn:aws:lambda:{region}::runtime:{hashlib.sha256(runtime.encode()).hexdigest()}"


def _variables(environment: Mapping[str, Any]) -> dict[str, str]:
    """Empty is not the same as never set: AWS tells an environment that was set, even an empty one."""
    variables = dict(environment.get("Variables") or {})
    checks.check_variables(variables)
    return variables


def _logging(before: Logging, given: Mapping[str, Any]) -> Logging:
    log_format = given.get("LogFormat") or before.log_format
    group = given.get("LogGroup") or before.group
    application, system = given.get("ApplicationLogLevel"), given.get("SystemLogLevel")
    if log_format == "Text":
        if application or system:
            raise errors.InvalidParameterValue(
                reason="ApplicationLogLevel and SystemLogLevel can be set only when LogFormat is JSON."
            )
        return Logging(log_format, group)
    return Logging(
        log_format, group, application or before.application_level or "INFO", system or before.system_level or "INFO"
    )


def _durable(before: Durable | None, given: Mapping[str, Any]) -> Durable:
    if before is None:
        raise errors.DurableOnlyWhenCreated()
    return Durable(
        timeout_s=given.get("ExecutionTimeout") or before.timeout_s,
        retention_days=given.get("RetentionPeriodInDays") or before.retention_days,
        kms_key_arn=given.get("KMSKeyArn") or before.kms_key_arn,
    )


def _vpc(given: Mapping[str, Any]) -> Vpc:
    return Vpc(
        subnet_ids=tuple(given.get("SubnetIds") or ()),
        security_group_ids=tuple(given.get("SecurityGroupIds") or ()),
        allows_ipv6=bool(given.get("Ipv6AllowedForDualStack")),
    )


def _file_systems(given: list[Mapping[str, Any]]) -> tuple[FileSystem, ...]:
    return tuple(FileSystem(each["Arn"], each["LocalMountPath"]) for each in given)


_READERS: dict[str, tuple[str, Any]] = {
    "Role": ("role_arn", checks.checked_role),
    "Runtime": ("runtime", checks.checked_runtime),
    "Handler": ("handler", checks.checked_handler),
    "Description": ("description", str),
    "Timeout": ("timeout_s", checks.checked_timeout),
    "MemorySize": ("memory_mb", checks.checked_memory),
    "EphemeralStorage": ("ephemeral_storage_mb", lambda given: checks.checked_ephemeral_storage(given["Size"])),
    "Environment": ("variables", _variables),
    "TracingConfig": ("tracing_mode", lambda given: given.get("Mode") or "PassThrough"),
    "SnapStart": ("snap_start", lambda given: given.get("ApplyOn") or "None"),
    "DeadLetterConfig": ("dead_letter_arn", lambda given: given.get("TargetArn") or ""),
    "KMSKeyArn": ("kms_key_arn", str),
    "VpcConfig": ("vpc", _vpc),
    "FileSystemConfigs": ("file_systems", _file_systems),
}
"""AWS' member name -> the field of Settings and how it is read and checked."""
