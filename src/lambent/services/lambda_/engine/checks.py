"""Limits and formats that the model does not state, with AWS' wording when they are broken."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import limits

RUNTIMES = (
    "nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x", "nodejs26.x",
    "java8.al2", "java8.al2023", "java11", "java11.al2023", "java17", "java17.al2023", "java21", "java25",
    "python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14", "python3.15",
    "dotnet8", "dotnet10", "ruby3.2", "ruby3.3", "ruby3.4", "ruby4.0", "provided.al2", "provided.al2023",
)  # fmt: skip
"""What a function may be created with: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html."""

RUNTIMES_DEPRECATED = frozenset({
    "nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x", "nodejs14.x", "nodejs16.x",
    "java8", "python2.7", "python3.6", "python3.7", "python3.8", "dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1",
    "dotnetcore3.1", "dotnet6", "go1.x", "ruby2.5", "ruby2.7", "provided",
})  # fmt: skip

VARIABLES_RESERVED = frozenset({
    "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
})  # fmt: skip
"""https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime"""

_SATISFY_RUNTIME = f"satisfy enum value set: [{', '.join(RUNTIMES)}]"

ROLE_PATTERN = r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"
HANDLER_PATTERN = r"[^\s]+"
_RUNTIME_ARN = re.compile(r"arn:aws[a-zA-Z-]*:lambda:[a-z0-9-]+:\d{0,12}:runtime[:/].+")


def checked_runtime(runtime: str) -> str:
    if runtime in RUNTIMES_DEPRECATED:
        raise errors.RuntimeDeprecated(runtime=runtime)
    if runtime not in RUNTIMES and not _RUNTIME_ARN.fullmatch(runtime):
        raise errors.RuntimeInvalid(runtime=runtime, runtimes=", ".join(RUNTIMES))
    return runtime


def check_compatible_runtime(runtime: str | None) -> None:
    """A layer may be looked for by any runtime there ever was."""
    if runtime is not None and runtime not in RUNTIMES and runtime not in RUNTIMES_DEPRECATED:
        raise errors.ValidationException(value=runtime, member="compatibleRuntime", must=_SATISFY_RUNTIME)


def check_compatible_runtimes(runtimes: Sequence[str] | None) -> None:
    """A layer may be made for any runtime there ever was."""
    if not {*RUNTIMES, *RUNTIMES_DEPRECATED}.issuperset(runtimes or ()):
        value = f"[{', '.join(runtimes or ())}]"
        raise errors.ValidationException(value=value, member="compatibleRuntimes", must=_SATISFY_RUNTIME)


def checked_role(role_arn: str) -> str:
    """A well-formed role ARN. Whether the role is there and may be assumed is not asked, as documented in DESIGN.md."""
    if not re.fullmatch(ROLE_PATTERN, role_arn):
        raise errors.ValidationException(
            value=role_arn, member="role", must=f"satisfy regular expression pattern: {ROLE_PATTERN}"
        )
    return role_arn


def checked_handler(handler: str) -> str:
    if not re.fullmatch(HANDLER_PATTERN, handler):
        raise errors.ValidationException(
            value=handler, member="handler", must=f"satisfy regular expression pattern: {HANDLER_PATTERN}"
        )
    return handler


def checked_timeout(timeout_s: int) -> int:
    return _at_most(timeout_s, limits.TIMEOUT_S_MAX, member="timeout")


def checked_memory(memory_mb: int) -> int:
    if memory_mb > limits.MEMORY_MB_MAX:
        raise errors.MemoryTooLarge(limit=limits.MEMORY_MB_MAX)
    return memory_mb


def checked_ephemeral_storage(size_mb: int) -> int:
    return _at_most(size_mb, limits.EPHEMERAL_STORAGE_MB_MAX, member="ephemeralStorage.size")


def check_package_type(parameters: Mapping[str, object], *, is_image: bool) -> None:
    """An image brings its own runtime, handler and layers; only an image has an entry point."""
    if is_image and any(parameters.get(name) for name in ("Runtime", "Handler", "Layers")):
        raise errors.InvalidParameterValue(
            reason="Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image."
        )
    if not is_image and parameters.get("ImageConfig"):
        raise errors.InvalidParameterValue(
            reason="Please don't provide ImageConfig when the intended function PackageType is Zip."
        )


def check_code_source(parameters: Mapping[str, object], *, is_image: bool) -> None:
    """A function of one package type is not updated to the other."""
    if is_image and not parameters.get("ImageUri"):
        reason = "Please provide ImageUri when updating a function with packageType Image."
        raise errors.InvalidParameterValue(reason=reason)
    if not is_image and parameters.get("ImageUri"):
        reason = "Please don't provide ImageUri when updating a function with packageType Zip."
        raise errors.InvalidParameterValue(reason=reason)


def check_variables(variables: Mapping[str, str]) -> None:
    reserved = sorted(VARIABLES_RESERVED & variables.keys())
    if reserved:
        raise errors.VariablesReserved(names=", ".join(reserved))
    measured = json.dumps(dict(variables), separators=(",", ":"), ensure_ascii=False)
    if len(measured.encode()) > limits.VARIABLES_BYTES_MAX:
        raise errors.VariablesTooLong(measured=measured)


def check_zip_request(size: int, operation: str) -> None:
    """``size`` bytes came as base64 inside a JSON body, which is what AWS' request limit counts."""
    if (size + 2) // 3 * 4 >= limits.REQUEST_BYTES_MAX:
        raise errors.RequestTooLarge(limit=limits.REQUEST_BYTES_MAX, operation=operation)
    if size > limits.ZIPPED_BYTES_MAX:
        raise errors.ZippedTooLarge(limit=limits.ZIPPED_BYTES_MAX)


def check_unzipped(unzipped_bytes: int) -> None:
    if unzipped_bytes >= limits.UNZIPPED_BYTES_MAX:
        raise errors.UnzippedTooLarge(limit=limits.UNZIPPED_BYTES_MAX)


def check_total_size(unzipped_bytes: Iterable[int]) -> None:
    size = sum(unzipped_bytes)
    if size > limits.UNZIPPED_BYTES_MAX:
        raise errors.CodeWithLayersTooLarge(limit=limits.UNZIPPED_BYTES_MAX, size=size)


def check_tags(tags: Mapping[str, str]) -> None:
    if len(tags) > limits.TAGS_MAX:
        raise errors.TagsTooMany()


def check_revision(given: str | None, current: str, *, operation: str) -> None:
    """``operation`` is what AWS tells the caller to call."""
    if given is not None and given != current:
        raise errors.RevisionDiffers(operation=operation)


def _at_most(value: int, maximum: int, *, member: str) -> int:
    if value > maximum:
        raise errors.ValidationException(value=value, member=member, must=f"have value less than or equal to {maximum}")
    return value
