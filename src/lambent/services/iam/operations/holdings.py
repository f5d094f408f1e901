"""Remembers what users, groups and roles hold of policies, until something in their account changes."""

from collections import defaultdict
from collections.abc import Callable

from lambent.services.iam.engine import holdings
from lambent.services.iam.engine.holdings import Holdings
from lambent.services.iam.tables.entities import changed_topic
from lambent.store.database import Database, Transaction

ENTITIES_KNOWN_MAX = 10_000

_TOPIC_PREFIX = changed_topic("")


class KnownHoldings:
    def __init__(self, *, store: Database) -> None:
        self._store = store
        self._known: defaultdict[str, dict[str, Holdings]] = defaultdict(dict)
        self._changes = 0
        store.on_signal(self._hear)

    async def find(self, account: str, arn: str) -> Holdings:
        """Raises InvalidInput for an ARN that names no entity, NoSuchEntity, MalformedPolicyDocument."""
        return await self._find(account, arn, holdings.find, arn)

    async def of_role(self, account: str, name: str) -> Holdings:
        """Raises NoSuchEntity, MalformedPolicyDocument."""
        return await self._find(account, name, holdings.of_role, name)

    async def _find(self, account: str, key: str, look: Callable[[Transaction, str, str], Holdings], wanted: str) -> Holdings:
        known = self._known[account].get(key)
        if known is not None:
            return known
        changes = self._changes
        found = await self._store.read(look, account, wanted)
        # What was read while something changed may be out of date already: use it once and do not keep it.
        if changes == self._changes:
            if sum(map(len, self._known.values())) >= ENTITIES_KNOWN_MAX:
                self.forget(None)
            self._known[account][key] = found
        return found

    def forget(self, account: str | None) -> None:
        """Forgets the entities of an account, or all."""
        self._changes += 1
        if account is None:
            self._known.clear()
        else:
            self._known.pop(account, None)

    def _hear(self, topic: str) -> None:
        if topic.startswith(_TOPIC_PREFIX):
            self.forget(topic.removeprefix(_TOPIC_PREFIX))
