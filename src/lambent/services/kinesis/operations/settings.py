"""Operations that change how a stream is: retention, mode, encryption, monitoring, sizes."""

from typing import Any

from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.kinesis import errors
from lambent.services.kinesis.engine import retention, streams
from lambent.services.kinesis.engine.identifiers import Key
from lambent.services.kinesis.operations.base import Base
from lambent.store.database import Transaction

WARM_MIBPS_MAX = 10 * 1_024


class SettingOperations(Base):
    async def increase_stream_retention_period(self, context: Context, parameters: Parameters) -> Reply:
        return await self._keep_for(context, parameters, "IncreaseStreamRetentionPeriod", is_longer=True)

    async def decrease_stream_retention_period(self, context: Context, parameters: Parameters) -> Reply:
        return await self._keep_for(context, parameters, "DecreaseStreamRetentionPeriod", is_longer=False)

    async def update_stream_mode(self, context: Context, parameters: Parameters) -> Reply:
        key = await self.own_key(context, parameters, "UpdateStreamMode")
        mode, warm = parameters["StreamModeDetails"]["StreamMode"], parameters.get("WarmThroughputMiBps")
        settings = {} if warm is None else {"warm_mibps": _checked_warm(warm)}
        await self.store.write(streams.set_mode, key, mode, settings)
        return {}

    async def start_stream_encryption(self, context: Context, parameters: Parameters) -> Reply:
        """Nothing is encrypted: records say that they were, as clients expect it."""
        key = await self.own_key(context, parameters, "StartStreamEncryption")
        if parameters["EncryptionType"] != "KMS":
            raise errors.InvalidArgument(reason=f"Invalid encryption type: {parameters['EncryptionType']}.")
        await self._set(key, {"key_id": parameters["KeyId"]})
        return {}

    async def stop_stream_encryption(self, context: Context, parameters: Parameters) -> Reply:
        key = await self.own_key(context, parameters, "StopStreamEncryption")
        await self._set(key, {"key_id": None})
        return {}

    async def enable_enhanced_monitoring(self, context: Context, parameters: Parameters) -> Reply:
        key = await self.own_key(context, parameters, "EnableEnhancedMonitoring")
        return await self._monitor(key, parameters["ShardLevelMetrics"], is_on=True)

    async def disable_enhanced_monitoring(self, context: Context, parameters: Parameters) -> Reply:
        key = await self.own_key(context, parameters, "DisableEnhancedMonitoring")
        return await self._monitor(key, parameters["ShardLevelMetrics"], is_on=False)

    async def update_max_record_size(self, context: Context, parameters: Parameters) -> Reply:
        key = await self.own_key(context, parameters, "UpdateMaxRecordSize")
        await self._set(key, {"record_kib_max": parameters["MaxRecordSizeInKiB"]})
        return {}

    async def update_stream_warm_throughput(self, context: Context, parameters: Parameters) -> Reply:
        key = await self.own_key(context, parameters, "UpdateStreamWarmThroughput")
        target = _checked_warm(parameters["WarmThroughputMiBps"])
        before = await self.store.write(streams.set_settings, key, {"warm_mibps": target}, only_on_demand=True)
        warm = {"TargetMiBps": target, "CurrentMiBps": before.row.settings.get("warm_mibps", target)}
        return {"StreamName": before.name, "StreamARN": before.arn, "WarmThroughput": warm}

    async def update_stream_record_distribution_strategy(self, context: Context, parameters: Parameters) -> Reply:
        key = await self.own_key(context, parameters, "UpdateStreamRecordDistributionStrategy")
        strategy = parameters["RecordDistributionStrategy"]
        await self.store.write(streams.set_settings, key, {"distribution": strategy}, only_on_demand=True)
        return {}

    async def _keep_for(self, context: Context, parameters: Parameters, action: str, *, is_longer: bool) -> Reply:
        key = await self.own_key(context, parameters, action)
        await self.store.write(_keep_for, key, parameters["RetentionPeriodHours"], self.now(), is_longer=is_longer)
        return {}

    async def _set(self, key: Key, changed: dict[str, Any]) -> None:
        await self.store.write(streams.set_settings, key, changed)

    async def _monitor(self, key: Key, named: list[str], *, is_on: bool) -> Reply:
        stream, before, after = await self.store.write(streams.set_metrics, key, named, is_on=is_on)
        return {
            "StreamName": stream.name,
            "StreamARN": stream.arn,
            "CurrentShardLevelMetrics": before,
            "DesiredShardLevelMetrics": after,
        }


def _keep_for(tx: Transaction, key: Key, hours: int, now: Instant, *, is_longer: bool) -> None:
    retention.change(tx, streams.find(tx, key), hours, now, is_longer=is_longer)


def _checked_warm(mibps: int) -> int:
    """Raises InvalidArgument."""
    if mibps > WARM_MIBPS_MAX:
        raise errors.InvalidArgument(reason=f"WarmThroughputMiBps can be at most {WARM_MIBPS_MAX}.")
    return mibps
