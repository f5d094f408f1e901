"""From a version's row to what its execution environment is made from."""

from collections.abc import Callable

from msgspec.structs import replace

from lambent.core.ports import Archive, EnvironmentSpec
from lambent.services.lambda_.engine.settings import Code
from lambent.services.lambda_.tables.functions import VersionRow


def environment_spec(version: VersionRow, archive: Callable[[Code], Archive]) -> EnvironmentSpec:
    settings = version.settings
    return EnvironmentSpec(
        key=version.environment_key,
        account=version.scope.account,
        region=version.scope.region,
        function_name=version.name,
        function_arn=version.function.arn,
        version=version.label,
        runtime=settings.runtime,
        handler=settings.handler,
        code=archive(settings.code),
        layers=tuple(archive(layer.code) for layer in settings.layers),
        memory_mb=settings.memory_mb,
        timeout_s=settings.timeout_s,
        ephemeral_storage_mb=settings.ephemeral_storage_mb,
        variables=settings.variables or {},
        role_arn=settings.role_arn,
        log_group=settings.logging.group,
        log_format=settings.logging.log_format,
        log_level_application=settings.logging.application_level,
        log_level_system=settings.logging.system_level,
        runtime_version_arn=version.runtime_version_arn,
        initialization_type="snap-start" if version.is_snap_start else "on-demand",
    )


def provisioned_key(version: VersionRow, qualifier: str) -> str:
    """Environments that are kept ready serve only who invokes by the qualifier that they are kept for, as on AWS."""
    return f"{version.environment_key}/{qualifier}"


def provisioned_spec(version: VersionRow, qualifier: str, archive: Callable[[Code], Archive]) -> EnvironmentSpec:
    return replace(
        environment_spec(version, archive),
        key=provisioned_key(version, qualifier),
        initialization_type="provisioned-concurrency",
    )
