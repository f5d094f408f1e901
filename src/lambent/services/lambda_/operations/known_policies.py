"""Remembers whom functions let in, so that a call from elsewhere reads no row. A commit that changes a function forgets it."""

from lambent.core.context import Scope
from lambent.services.lambda_.engine import permissions
from lambent.services.lambda_.engine.identifiers import FunctionName
from lambent.services.lambda_.operations.targets import TOPIC_PREFIX
from lambent.store.database import Database
from lambent.store.known import Known

POLICIES_MAX = 10_000


class KnownPolicies:
    """The policies of functions, versions and aliases."""

    def __init__(self, *, store: Database) -> None:
        self._known: Known[FunctionName, str] = Known(store=store, count_max=POLICIES_MAX)
        store.on_signal(self._hear)

    async def find(self, function: FunctionName) -> str:
        """The policy as AWS tells it, "" where there is none."""
        resource = permissions.function_resource(function)
        return await self._known.find(function, lambda tx: permissions.text_of(tx, function.scope, resource))

    def forget(self, account: str | None) -> None:
        """Forgets the policies of an account, or of all."""
        self._known.forget_those(lambda function: account in (None, function.scope.account))

    def _hear(self, topic: str) -> None:
        if topic.startswith(TOPIC_PREFIX):
            account, region, name = topic.removeprefix(TOPIC_PREFIX).split("/")
            # What changes all functions of a region ("*") is their concurrency, which no policy tells.
            self._known.forget_those(lambda function: (function.scope, function.name) == (Scope(account, region), name))
