"""Rows as AWS tells them."""

import base64
from datetime import UTC, datetime
from typing import Any

from lambent.core.clock import Instant
from lambent.core.ports import Reply
from lambent.services.lambda_.engine.event_sources.settings import Settings as MappingSettings
from lambent.services.lambda_.engine.event_sources.sources import source_of
from lambent.services.lambda_.engine.functions import ACTIVE, FAILED, IN_PROGRESS, PENDING, state_reason_code
from lambent.services.lambda_.engine.identifiers import version_label
from lambent.services.lambda_.engine.images import ImageConfig
from lambent.services.lambda_.engine.settings import Code, Durable, Settings
from lambent.services.lambda_.engine.versions import code_sha256
from lambent.services.lambda_.tables.aliases import AliasRow
from lambent.services.lambda_.tables.event_source_mappings import MappingRow
from lambent.services.lambda_.tables.functions import VersionRow
from lambent.services.lambda_.tables.layers import LayerVersionRow

CREATING = "The function is being created."
INIT_FAILED = "An error occurred during function initialization."
NOT_UNZIPPED = "Lambda could not unzip the deployment package"
NOT_PREPARED = "The code or its environment could not be made ready."


def configuration(version: VersionRow, *, qualifier: str | None, has_status: bool = True) -> Reply:
    """A FunctionConfiguration. ``qualifier`` ends the ARN where there is one; lists tell no status."""
    function = version.function
    told = _settings(version.settings) | {
        "FunctionName": version.name,
        "FunctionArn": function.arn if qualifier is None else f"{function.arn}:{qualifier}",
        "Version": version.label,
        "LastModified": milliseconds(version.modified_at),
        "RevisionId": version.revision_id,
    }
    if has_status:
        if version.is_snap_start and version.state == ACTIVE:
            told["SnapStart"] = told["SnapStart"] | {"OptimizationStatus": "On"}
        told |= _status(version)
        if version.settings.image is None:
            told["RuntimeVersionConfig"] = {"RuntimeVersionArn": version.runtime_version_arn}
    return told


def created(version: VersionRow) -> Reply:
    """What CreateFunction answers: the ARN is unqualified, and nothing was updated yet."""
    told = configuration(version, qualifier=None)
    told.pop("LastUpdateStatus", None)
    return told


def alias(row: AliasRow) -> Reply:
    told: Reply = {
        "AliasArn": row.arn,
        "Name": row.name,
        "FunctionVersion": version_label(row.version),
        "Description": row.description,
        "RevisionId": row.revision_id,
    }
    if row.weights:
        weights = {version_label(number): weight for number, weight in row.weights.items()}
        told["RoutingConfig"] = {"AdditionalVersionWeights": weights}
    return told


def layer_version_item(row: LayerVersionRow) -> Reply:
    """As lists tell a layer version."""
    told: Reply = {
        "LayerVersionArn": row.arn,
        "Version": row.version,
        "Description": row.description,
        "CreatedDate": milliseconds(row.created_at),
    }
    if row.runtimes is not None:
        told["CompatibleRuntimes"] = list(row.runtimes)
    if row.architectures is not None:
        told["CompatibleArchitectures"] = list(row.architectures)
    if row.license:
        told["LicenseInfo"] = row.license
    return told


def layer_version(row: LayerVersionRow, location: str) -> Reply:
    content = {"Location": location, "CodeSha256": digest(row.code), "CodeSize": row.code.zipped_bytes}
    return layer_version_item(row) | {"LayerArn": row.layer.arn, "Content": content}


def mapping(row: MappingRow, *, problem: str = "") -> Reply:
    """An EventSourceMappingConfiguration. ``problem`` says why nothing is handled now."""
    source = source_of(row.source_arn)
    told: Reply = {
        "UUID": row.id,
        "EventSourceMappingArn": row.arn,
        "EventSourceArn": row.source_arn,
        "FunctionArn": row.function.invoked_arn,
        "BatchSize": row.settings.batch_size,
        "MaximumBatchingWindowInSeconds": row.settings.window_s,
        "FunctionResponseTypes": list(row.settings.response_types),
        "State": row.state,
        "StateTransitionReason": source.rules.reason,
        "LastModified": datetime.fromtimestamp(row.modified_at, UTC),
    }
    told |= _mapping_options(row.settings) | source.rules.told(row.settings, row.last_result)
    return told | ({"LastProcessingResult": problem} if problem else {})


def _mapping_options(settings: MappingSettings) -> Reply:
    told: Reply = {}
    if settings.filters:
        told["FilterCriteria"] = {"Filters": [{"Pattern": pattern} for pattern in settings.filters]}
    if settings.concurrency_max is not None:
        told["ScalingConfig"] = {"MaximumConcurrency": settings.concurrency_max}
    if settings.pollers is not None:
        pollers = settings.pollers
        told["ProvisionedPollerConfig"] = {"MinimumPollers": pollers.count_min, "MaximumPollers": pollers.count_max}
    if settings.metrics:
        told["MetricsConfig"] = {"Metrics": list(settings.metrics)}
    if settings.kms_key_arn:
        told["KMSKeyArn"] = settings.kms_key_arn
    return told


def durable_config(durable: Durable) -> Reply:
    told: Reply = {"ExecutionTimeout": durable.timeout_s, "RetentionPeriodInDays": durable.retention_days}
    return told | ({"KMSKeyArn": durable.kms_key_arn} if durable.kms_key_arn else {})


def digest(code: Code) -> str:
    """AWS' CodeSha256."""
    return base64.b64encode(bytes.fromhex(code.sha256)).decode()


def milliseconds(instant: Instant) -> str:
    """2023-01-02T03:04:05.678+0000"""
    return datetime.fromtimestamp(instant, UTC).isoformat(timespec="milliseconds").replace("+00:00", "+0000")


def seconds(instant: Instant) -> str:
    """2023-01-02T03:04:05+0000"""
    return datetime.fromtimestamp(instant, UTC).isoformat(timespec="seconds").replace("+00:00", "+0000")


def _status(version: VersionRow) -> Reply:
    if version.state == PENDING:
        return {"State": PENDING, "StateReason": CREATING, "StateReasonCode": "Creating"}
    if version.state == FAILED:
        return {"State": FAILED, "StateReason": _reason(version), "StateReasonCode": state_reason_code(version)}
    told: Reply = {"State": ACTIVE, "LastUpdateStatus": version.update_status}
    if version.update_status == IN_PROGRESS:
        told |= {"LastUpdateStatusReason": CREATING, "LastUpdateStatusReasonCode": "Creating"}
    if version.update_status == FAILED:
        told |= {"LastUpdateStatusReason": _reason(version), "LastUpdateStatusReasonCode": state_reason_code(version)}
    return told


def _reason(version: VersionRow) -> str:
    if version.failure_code:
        return version.failure
    return INIT_FAILED if version.is_snap_start else version.failure or NOT_PREPARED


def _settings(settings: Settings) -> dict[str, Any]:
    logging = {"LogFormat": settings.logging.log_format, "LogGroup": settings.logging.group}
    if settings.logging.log_format == "JSON":
        logging["ApplicationLogLevel"] = settings.logging.application_level
        logging["SystemLogLevel"] = settings.logging.system_level
    told: dict[str, Any] = {
        "Runtime": settings.runtime,
        "Role": settings.role_arn,
        "Handler": settings.handler,
        "CodeSize": settings.code.zipped_bytes,
        "CodeSha256": code_sha256(settings),
        "Description": settings.description,
        "Timeout": settings.timeout_s,
        "MemorySize": settings.memory_mb,
        "TracingConfig": {"Mode": settings.tracing_mode},
        "PackageType": "Zip",
        "Architectures": list(settings.architectures),
        "EphemeralStorage": {"Size": settings.ephemeral_storage_mb},
        "SnapStart": {"ApplyOn": settings.snap_start, "OptimizationStatus": "Off"},  # of unpublished ones
        "LoggingConfig": logging,
    }
    if settings.image is not None:
        told |= {"PackageType": "Image"}
        del told["Runtime"], told["Handler"]
    return told | _optional_settings(settings)


def _image_config(config: ImageConfig) -> dict[str, Any]:
    told = {"EntryPoint": config.entry_point, "Command": config.command, "WorkingDirectory": config.working_folder}
    return {name: value if isinstance(value, str) else list(value) for name, value in told.items() if value is not None}


def _optional_settings(settings: Settings) -> dict[str, Any]:
    """What AWS tells only where it was set."""
    told: dict[str, Any] = {}
    if settings.variables is not None:
        told["Environment"] = {"Variables": dict(settings.variables)}
    if settings.layers:
        told["Layers"] = [{"Arn": layer.arn, "CodeSize": layer.code.zipped_bytes} for layer in settings.layers]
    if settings.image_config is not None:
        told["ImageConfigResponse"] = {"ImageConfig": _image_config(settings.image_config)}
    if settings.dead_letter_arn:
        told["DeadLetterConfig"] = {"TargetArn": settings.dead_letter_arn}
    if settings.kms_key_arn:
        told["KMSKeyArn"] = settings.kms_key_arn
    if settings.durable is not None:
        told["DurableConfig"] = durable_config(settings.durable)
    if settings.vpc is not None:
        told["VpcConfig"] = {
            "SubnetIds": list(settings.vpc.subnet_ids),
            "SecurityGroupIds": list(settings.vpc.security_group_ids),
            "VpcId": "vpc-00000000" if settings.vpc.subnet_ids else "",
            "Ipv6AllowedForDualStack": settings.vpc.allows_ipv6,
        }
    if settings.file_systems:
        told["FileSystemConfigs"] = [
            {"Arn": system.arn, "LocalMountPath": system.local_mount_path} for system in settings.file_systems
        ]
    return told
