"""What all operations of sns share: the neighbours, what is remembered, and who may ask for what."""

from lambent.core import page_tokens
from lambent.core.arn import Arn
from lambent.core.clock import Clock
from lambent.core.context import Context, Scope
from lambent.core.ports import Caller, Metrics, Parameters
from lambent.durable.outbox import Outbox
from lambent.durable.signals import Signals
from lambent.durable.workers import Worker
from lambent.lang.iam_policy import lets_in
from lambent.services.sns import errors
from lambent.services.sns.engine import topics
from lambent.services.sns.engine.deliveries import Deliveries
from lambent.services.sns.engine.identifiers import TopicName, parse_topic
from lambent.services.sns.operations.known import known_topics
from lambent.services.sns.operations.senders import Senders
from lambent.store.database import Database

SERVERS_POSTED_TO_MAX = 64


class Base:
    """Built by app.py."""

    def __init__(
        self, *, store: Database, clock: Clock, call: Caller, signals: Signals, outbox: Outbox, metrics: Metrics
    ) -> None:
        self._store = store
        self._clock = clock
        self._senders = Senders(store=store, clock=clock, call=call, metrics=metrics)
        self._to_services = Outbox(store=store, clock=clock, signals=signals, call=self._senders.call_service, lane="sns")
        self._to_servers = Outbox(
            store=store,
            clock=clock,
            signals=signals,
            call=self._senders.post,
            lane="sns-http",
            concurrency_max=SERVERS_POSTED_TO_MAX,
        )
        self._deliveries = Deliveries(to_services=self._to_services, to_servers=self._to_servers, dead_letters=outbox)
        self._known = known_topics(store)

    def workers(self) -> list[Worker]:
        return [self._to_services.worker(), Worker("outbox sns-http", self._post)]

    def forget(self, account: str | None) -> None:
        """After a reset: nothing remembered of the account."""
        self._known.forget_account(account)

    async def _post(self) -> None:
        try:
            await self._to_servers.run()
        finally:
            await self._senders.close()

    async def _named(self, context: Context, parameters: Parameters, action: str) -> TopicName:
        """The topic that TopicArn names, for a caller who may do ``action`` ("Publish") to it."""
        topic = parse_topic(parameters["TopicArn"], context.region)
        if topic.scope.account != context.account:
            row = await self._store.read(topics.find, topic)
            self._check_access(topics.effective(row, "Policy"), topic.arn, context, action)
        return topic

    async def resource_policy(self, arn: str) -> str | None:
        """What a topic says of who may use it (core.ports.ResourcePolicies)."""
        parsed = Arn.parse(arn)
        if parsed is None:
            return None
        try:
            return (await self._known.find(TopicName(Scope(parsed.account, parsed.region), parsed.resource))).policy
        except errors.TopicNotFound:
            return ""

    def _check_access(self, policy: str, topic_arn: str, context: Context, action: str) -> None:
        """Raises AuthorizationError unless the policy lets another account's principal do this."""
        if not lets_in(policy, context, f"sns:{action}", topic_arn, self._clock.now()):
            raise errors.AuthorizationError(principal=context.principal_arn, action=action, arn=topic_arn)


def scope_of(context: Context) -> Scope:
    return Scope(context.account, context.region)


def start(parameters: Parameters, parts: int) -> list[str]:
    """The item behind which the page begins. Raises InvalidParameter for a token that is none of ours."""
    given = parameters.get("NextToken")
    if not given:
        return [""] * parts
    try:
        return page_tokens.key_of(given, [""] * parts)
    except page_tokens.BadPageToken as error:
        raise errors.InvalidParameter(reason="NextToken") from error
