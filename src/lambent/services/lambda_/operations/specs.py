"""From a version's row to what its execution environment is made from."""

from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from lambent.core.ports import Archive, ContainerImage, EnvironmentSpec
from lambent.services.lambda_.engine import limits
from lambent.services.lambda_.engine.images import ImageConfig
from lambent.services.lambda_.engine.settings import Code, Settings
from lambent.services.lambda_.engine.source_folders import debug_port, waits_for_debugger
from lambent.services.lambda_.tables.functions import VersionRow


def environment_spec(version: VersionRow, archive: Callable[[Code], Archive]) -> EnvironmentSpec:
    settings = version.settings
    variables = settings.variables or {}
    debugged = variables if settings.folder else {}
    port = debug_port(debugged)
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
        memory_mb=settings.memory_mb + (limits.DEBUGGER_MB if port else 0),
        timeout_s=limits.DEBUG_S_MAX if port else settings.timeout_s,
        ephemeral_storage_mb=settings.ephemeral_storage_mb,
        variables=variables,
        role_arn=settings.role_arn,
        log_group=settings.logging.group,
        log_format=settings.logging.log_format,
        log_level_application=settings.logging.application_level,
        log_level_system=settings.logging.system_level,
        runtime_version_arn=version.runtime_version_arn,
        initialization_type="snap-start" if version.is_snap_start else "on-demand",
        image=_image(settings, archive) if settings.image is not None else None,
        folder=Path(settings.folder) if settings.folder else None,
        debug_port=port,
        waits_for_debugger=waits_for_debugger(debugged),
    )


def _image(settings: Settings, archive: Callable[[Code], Archive]) -> ContainerImage:
    """The function's own word comes before its image's, for each setting by itself."""
    image, said = settings.image, settings.image_config or ImageConfig()
    assert image is not None
    return ContainerImage(
        layers=tuple(archive(Code(sha256, 0, 0)) for sha256 in image.layers),
        entry_point=image.entry_point if said.entry_point is None else said.entry_point,
        command=image.command if said.command is None else said.command,
        working_folder=image.working_folder if said.working_folder is None else said.working_folder,
        variables=image.variables,
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
