"""Remembers what users, groups and roles hold of policies, until something in their account changes."""

from lambent.services.iam.engine import holdings
from lambent.services.iam.engine.holdings import Holdings
from lambent.services.iam.tables.entities import changed_topic
from lambent.store.database import Database
from lambent.store.known import Known

ENTITIES_KNOWN_MAX = 10_000

_TOPIC_PREFIX = changed_topic("")


class KnownHoldings:
    def __init__(self, *, store: Database) -> None:
        self._known: Known[tuple[str, str], Holdings] = Known(store=store, count_max=ENTITIES_KNOWN_MAX)
        store.on_signal(self._hear)

    async def find(self, account: str, arn: str) -> Holdings:
        """Raises InvalidInput for an ARN that names no entity, NoSuchEntity, MalformedPolicyDocument."""
        return await self._known.find((account, arn), lambda tx: holdings.find(tx, account, arn))

    async def of_role(self, account: str, name: str) -> Holdings:
        """Raises NoSuchEntity, MalformedPolicyDocument."""
        return await self._known.find((account, name), lambda tx: holdings.of_role(tx, account, name))

    def forget(self, account: str | None) -> None:
        """Forgets the entities of an account, or all."""
        self._known.forget_those(lambda key: account in (None, key[0]))

    def _hear(self, topic: str) -> None:
        if topic.startswith(_TOPIC_PREFIX):
            self.forget(topic.removeprefix(_TOPIC_PREFIX))
