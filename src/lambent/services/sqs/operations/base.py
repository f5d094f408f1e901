"""What all operations of sqs share: finding the queue that a request means, and who it is that asks."""

from lambent.core.arn import Arn
from lambent.core.clock import Clock, Instant
from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.core.ports import Caller, Parameters, queue_url
from lambent.durable.timers import Timers
from lambent.lang.iam_policy import lets_in
from lambent.services.sqs import errors
from lambent.services.sqs.alarms import Alarms
from lambent.services.sqs.engine import addresses
from lambent.services.sqs.engine.queue import Queue
from lambent.services.sqs.engine.standard import Turn
from lambent.services.sqs.known import Key, Known
from lambent.services.sqs.rooms import Rooms
from lambent.store.database import Database

SENDERS_KNOWN_MAX = 10_000
BACKLOGS_KNOWN_MAX = 100_000
TRIES_MAX = 10
"""How often a queue is read again that was purged or deleted while a message was under way to it."""


class Base:
    """Keeps what the operations work with."""

    store: Database
    clock: Clock
    call: Caller
    timers: Timers
    known: Known
    rooms: Rooms
    alarms: Alarms
    senders: dict[str, str]  # principal ARN -> its id
    turns: dict[int, Turn]  # of the backlogs that have seen message groups in a standard queue
    in_flight: dict[int, int]  # by backlog: at least as many as there are
    sends: int  # messages sent since one of them last removed what had expired

    def now(self) -> Instant:
        return self.clock.now()

    def is_fair(self, backlog_id: int) -> None:
        """This backlog of a standard queue has messages with groups: from now on they take turns."""
        if len(self.turns) >= BACKLOGS_KNOWN_MAX:
            self.turns.clear()
        self.turns.setdefault(backlog_id, Turn())

    async def queue_of(self, context: Context, parameters: Parameters, action: str) -> Queue:
        """The queue whose URL the request tells. Raises QueueDoesNotExist, InvalidAddress, AccessDenied."""
        url = parameters["QueueUrl"]
        address = addresses.address(url)
        if address is None:
            raise errors.InvalidAddress(url=url)
        key = (address.account or context.account, address.region or region_of(context), address.name)
        return await self.queue_at(context, key, action, url)

    async def queue_at(self, context: Context, key: Key, action: str, url: str) -> Queue:
        """The queue of this account, region and name; another account's asks its policy, and ``url`` is what it refuses.

        Raises QueueDoesNotExist, AccessDenied.
        """
        queue = self.known.values.get(key) or await self.known.find(key)
        if key[0] != context.account and not lets_in(queue.policy, context, f"sqs:{action}", queue.arn, self.now()):
            raise errors.AccessDenied(url=url)
        return queue

    async def resource_policy(self, arn: str) -> str | None:
        """What a queue says of who may use it (core.ports.ResourcePolicies)."""
        parsed = Arn.parse(arn)
        if parsed is None:
            return None
        try:
            return (await self.known.find((parsed.account, parsed.region, parsed.resource))).policy
        except errors.QueueDoesNotExist:
            return ""

    async def sender_id(self, context: Context) -> str:
        """The id of who asks: the account's for its root, AIDA… for a user, AROA…:session for a session of a role."""
        principal = context.principal_arn
        if principal.endswith(":root"):
            return context.account
        found = self.senders.get(principal)
        if found is None:
            found = await self._look_up_sender(context)
            if len(self.senders) >= SENDERS_KNOWN_MAX:
                self.senders.clear()
            self.senders[principal] = found
        return found

    async def _look_up_sender(self, context: Context) -> str:
        try:
            identity = await self.call(context, "sts", "GetCallerIdentity", {})
        except ServiceError:  # a service that speaks for itself, or a user that is gone
            return context.principal_arn or context.account
        return str(identity["UserId"])


def region_of(context: Context) -> str:
    """The region that a request is about: that of its host, where it says one, or of its signature."""
    return addresses.region_of_endpoint(context.endpoint_url) or context.region


def url_of(context: Context, queue: Queue) -> str:
    """As the caller reaches it."""
    return queue_url(context.endpoint_url, queue.account, queue.name)
