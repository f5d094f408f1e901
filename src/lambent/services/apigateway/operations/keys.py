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
        # Who is refused for one method's limit uses up nothing of the plan's: the key goes on to open the other methods.
        if not throttle.take_of_each(self._buckets_of(found, method), at):
            raise KeyThrottled
        if not await self._store.write_at_once(quotas.use, found, at):
            raise QuotaExceeded
        return found

    def forget(self, account: str | None) -> None:
        """Drops what is kept in memory of an account's keys, or of all."""
        self._passes.forget_those(lambda opened: account in (None, opened[0].account))
        self._buckets = {key: bucket for key, bucket in self._buckets.items() if account not in (None, key[0])}

    def _buckets_of(self, found: Pass, method: str) -> list[Bucket]:
        """Of the plan, and of the method where it has a limit of its own."""
        buckets = (self._bucket(found, name, found.limits[name]) for name in {"", method} if name in found.limits)
        return [bucket for bucket in buckets if bucket is not None]

    def _bucket(self, found: Pass, name: str, limit: Limit) -> Bucket | None:
        # A method's limit is that of one stage.
        key = (found.scope.account, found.plan_id, found.key_id, f"{found.stage}/{name}" if name else "", limit)
        if key not in self._buckets:
            if len(self._buckets) >= BUCKETS_MAX:
                self._buckets.clear()
            self._buckets[key] = throttle.bucket(rate_per_s=limit.rate_per_s or None, burst=limit.burst or None)
        return self._buckets[key]

    def _hear(self, topic: str) -> None:
        if topic.startswith(f"{CHANGED}/"):
            self._passes.forget_all()  # a stage that is gone is opened by no key
        elif topic.startswith(parts.KEYS_PREFIX):
            account, region = topic.removeprefix(parts.KEYS_PREFIX).split("/")
            self._passes.forget_those(lambda opened: opened[0] == Scope(account, region))
