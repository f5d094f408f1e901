"""API keys of visitors: which stages they open, in memory until a commit changes that, and how often they may be used."""

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.apigateway.engine import throttle
from lambent.services.apigateway.engine.rest import parts, quotas
from lambent.services.apigateway.engine.rest.keys import KEY_CHARACTERS_MAX
from lambent.services.apigateway.engine.rest.quotas import InvalidKey, KeyThrottled, Limit, Pass, QuotaExceeded
from lambent.services.apigateway.engine.throttle import Bucket
from lambent.services.apigateway.tables.v2.published import CHANGED
from lambent.store.database import Database
from lambent.store.known import Known

KEYS_KEPT_MAX = 100_000
BUCKETS_MAX = 100_000

Opened = tuple[Scope, str, str, str]  # with the API, the stage and the key's value


class Keys:
    """Of all APIs, for the limits of a plan are those of a key over all stages that the plan opens."""

    def __init__(self, *, store: Database) -> None:
        self._store = store
        self._passes: Known[Opened, Pass | None] = Known(store=store, count_max=KEYS_KEPT_MAX)
        self._buckets: dict[tuple[str, str, str, str, Limit], Bucket | None] = {}  # by account, plan, key, method of a stage
        store.on_signal(self._hear)

    async def use(self, scope: Scope, api_id: str, stage: str, value: str | None, at: Instant, *, method: str = "") -> Pass:
        """Counts one use of a key. ``method``: as plans name it. Raises InvalidKey, KeyThrottled, QuotaExceeded."""
        if not value or len(value) > KEY_CHARACTERS_MAX:  # what can be no key is not remembered as one that is not there
            raise InvalidKey
        opened = (scope, api_id, stage, value)
        found = await self._passes.find(opened, lambda tx: quotas.find(tx, *opened))
        if found is None:
            raise InvalidKey
        for name in ("", method) if method else ("",):
            limit = found.limits.get(name)
            if limit is not None and not self._takes(found, name, limit, at):
                raise KeyThrottled
        if not await self._store.write_at_once(quotas.use, found, at):
            raise QuotaExceeded
        return found

    def forget(self) -> None:
        """Drops what is kept in memory."""
        self._passes.forget_all()
        self._buckets.clear()

    def _takes(self, found: Pass, name: str, limit: Limit, at: Instant) -> bool:
        # A method's limit is that of one stage.
        key = (found.scope.account, found.plan_id, found.key_id, f"{found.stage}/{name}" if name else "", limit)
        if key not in self._buckets:
            if len(self._buckets) >= BUCKETS_MAX:
                self._buckets.clear()
            self._buckets[key] = throttle.bucket(rate_per_s=limit.rate_per_s or None, burst=limit.burst or None)
        bucket = self._buckets[key]
        return bucket is None or bucket.take(at)

    def _hear(self, topic: str) -> None:
        if topic.startswith(f"{CHANGED}/"):
            self._passes.forget_all()  # a stage that is gone is opened by no key
        elif topic.startswith(parts.KEYS_PREFIX):
            account, region = topic.removeprefix(parts.KEYS_PREFIX).split("/")
            self._passes.forget_those(lambda opened: opened[0] == Scope(account, region))
