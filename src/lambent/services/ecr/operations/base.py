"""What all operations of ecr share: the neighbours, names, pages."""

from datetime import UTC, datetime
from typing import TypeVar

from lambent.core import page_tokens
from lambent.core.clock import Clock, Instant
from lambent.core.config import Config
from lambent.core.context import Context, Scope
from lambent.core.ports import Parameters, Sessions
from lambent.durable.signals import Signals
from lambent.durable.workers import Worker
from lambent.services.ecr import errors
from lambent.services.ecr.engine import limits, repositories
from lambent.services.ecr.engine.identifiers import RepositoryName, parse_arn
from lambent.services.ecr.operations.distribution import Distribution
from lambent.services.ecr.operations.layer_store import LayerStore
from lambent.store.blobs import Blobs
from lambent.store.database import Database
from lambent.wire.http import Site

T = TypeVar("T")


class Base:
    """Built by app.py."""

    def __init__(
        self, *, store: Database, blobs: Blobs, clock: Clock, signals: Signals, sessions: Sessions, config: Config
    ) -> None:
        self._store = store
        self._clock = clock
        self._sessions = sessions
        self._port = config.port
        self._layers = LayerStore(store=store, blobs=blobs.apart("ecr"), clock=clock, signals=signals)
        self._distribution = Distribution(
            store=store, layers=self._layers, clock=clock, sessions=sessions, is_open=config.auth == "open"
        )

    @property
    def sites(self) -> dict[str, Site]:
        """For the gateway: what answers docker, at /v2/ and at hosts that look like AWS' (ACCOUNT.dkr.ecr.REGION.localhost)."""
        return {"dkr": self._distribution}

    def workers(self) -> list[Worker]:
        return [Worker("ecr.layers", self._layers.run)]

    def forget(self, account: str | None) -> None:  # noqa: ARG002 - nothing is remembered; blobs may be nobody's now
        self._layers.wake()

    async def _named(self, context: Context, parameters: Parameters, action: str) -> RepositoryName:
        """The repository that registryId and repositoryName name, for a caller who may do ``action`` ("PutImage") to it.

        Raises AccessDenied for one of another account that does not let the caller in.
        """
        account = parameters.get("registryId") or context.account
        name = RepositoryName(Scope(account, context.region), parameters["repositoryName"])
        await self._check(context, name, action)
        return name

    async def _check(self, context: Context, name: RepositoryName, action: str) -> None:
        if name.scope.account != context.account:
            policy = await self._store.read(repositories.policy_of, name) or ""
            repositories.check_access(policy, name, context, action, self._clock.now())

    async def resource_policy(self, arn: str) -> str | None:
        """What a repository says of who may use it (core.ports.ResourcePolicies)."""
        name = parse_arn(arn)
        return None if name is None else await self._store.read(repositories.policy_of, name)


def head(name: RepositoryName) -> dict[str, str]:
    """How most replies begin."""
    return {"registryId": name.scope.account, "repositoryName": name.name}


def date(moment: Instant) -> datetime:
    return datetime.fromtimestamp(moment, UTC)


def page_size(parameters: Parameters) -> int:
    return int(parameters.get("maxResults") or limits.PAGE_ITEMS_DEFAULT)


def start(parameters: Parameters, like: T) -> T:
    """The key behind which the page begins. Raises InvalidParameter."""
    given = parameters.get("nextToken")
    if not given:
        return like
    try:
        return page_tokens.key_of(given, like)
    except page_tokens.BadPageToken as error:
        raise errors.InvalidParameter(member="nextToken", must="Invalid next token") from error
