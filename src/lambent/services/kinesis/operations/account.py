"""What concerns an account as a whole: DescribeLimits, DescribeAccountSettings, UpdateAccountSettings."""

from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.kinesis.engine.shards import SHARDS_MAX
from lambent.services.kinesis.engine.streams import ON_DEMAND, ON_DEMAND_STREAMS_MAX
from lambent.services.kinesis.operations.base import Base, told_time
from lambent.services.kinesis.tables import shards, streams

COMMITMENT_S_MIN = 24 * 3_600.0
"""How long an account is bound that has committed to a minimum."""


class AccountOperations(Base):
    async def describe_limits(self, context: Context, parameters: Parameters) -> Reply:  # noqa: ARG002 (it has none)
        where = (context.account, context.region)
        return {
            "ShardLimit": SHARDS_MAX,
            "OpenShardCount": await self.store.read(shards.count_open, *where),
            "OnDemandStreamCount": await self.store.read(streams.count_of_mode, *where, ON_DEMAND),
            "OnDemandStreamCountLimit": ON_DEMAND_STREAMS_MAX,
        }

    async def describe_account_settings(self, context: Context, parameters: Parameters) -> Reply:  # noqa: ARG002 (it has none)
        return _settings(await self.store.read(streams.committed_at, context.account, context.region))

    async def update_account_settings(self, context: Context, parameters: Parameters) -> Reply:
        where = (context.account, context.region)
        if parameters["MinimumThroughputBillingCommitment"]["Status"] == "ENABLED":
            await self.store.write(streams.commit_to_minimum, *where, self.now())
        else:
            await self.store.write(streams.end_commitment, *where)
        return _settings(await self.store.read(streams.committed_at, *where))


def _settings(committed_at: Instant | None) -> Reply:
    if committed_at is None:
        return {"MinimumThroughputBillingCommitment": {"Status": "DISABLED"}}
    told = {
        "Status": "ENABLED",
        "StartedAt": told_time(committed_at),
        "EarliestAllowedEndAt": told_time(committed_at + COMMITMENT_S_MIN),
    }
    return {"MinimumThroughputBillingCommitment": told}
