"""Delivers what is told of ended events, in the name of the function's role: checked when configured, and again when used.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

import functools
import itertools
from collections.abc import Callable, Sequence

from msgspec import structs
from msgspec.structs import replace

from lambent.core import ids
from lambent.core.clock import Clock
from lambent.core.context import Context, Scope
from lambent.core.errors import ServiceError
from lambent.core.log import Log
from lambent.core.ports import Caller, Metrics, Parameters
from lambent.durable.outbox import Ended, Outbox
from lambent.durable.roles import Roles
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import deliveries, functions, retries
from lambent.services.lambda_.engine.deliveries import DEAD_LETTER, DESTINATION, Delivery, Target, role_session_arn
from lambent.services.lambda_.engine.event_invoke import Asked
from lambent.services.lambda_.engine.event_sources import failure_records
from lambent.services.lambda_.engine.identifiers import FunctionName, parse_function
from lambent.services.lambda_.tables.async_events import AsyncEvent
from lambent.store.database import Database, Transaction

Post = Callable[[Transaction], None]

FAILED_PREFIX = "lambda.delivery-failed/"
METRICS = {DESTINATION: "lambent_destination_delivery_failures_total", DEAD_LETTER: "lambent_dead_letter_errors_total"}
NOT_FOUND, TOO_MANY_REQUESTS = 404, 429
QUEUE_MISSING = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")

log = Log("lambda")


class Deliveries:
    """``checked`` and ``post`` together deliver: the one asks for permission, the other writes within a transaction."""

    def __init__(self, *, store: Database, clock: Clock, outbox: Outbox, call: Caller, metrics: Metrics) -> None:
        self._store = store
        self._clock = clock
        self._outbox = outbox
        self._call = call
        self._roles = Roles(call=call)
        self._metrics = metrics
        for kind in METRICS:
            outbox.on_end(f"lambda.{kind}", functools.partial(_signal_failure, kind))
        store.on_signal(self._hear)

    # ---- when it is used ---------------------------------------------------------------------------------------------

    async def posts(self, event: AsyncEvent, wanted: Sequence[Delivery], *, role_arn: str) -> list[Post]:
        """Those of the deliveries that the role may make, to be written in the transaction that ends the event."""
        return await self.posts_of(
            event.function, wanted, role_arn=role_arn, request_id=event.request_id, endpoint_url=event.endpoint_url
        )

    async def posts_of(
        self, function: FunctionName, wanted: Sequence[Delivery], *, role_arn: str, request_id: str, endpoint_url: str
    ) -> list[Post]:
        """The same, of whatever the function was invoked with."""
        context = Context(
            account=function.scope.account,
            region=function.scope.region,
            request_id=request_id,
            principal_arn=role_session_arn(role_arn, function.name),
            endpoint_url=endpoint_url,
        )
        return [
            functools.partial(self._post, context=_at(context, delivery.target), delivery=delivery)
            for delivery in wanted
            if await self._may_deliver(context, function, delivery, role_arn)
        ]

    async def _may_deliver(self, context: Context, function: FunctionName, delivery: Delivery, role_arn: str) -> bool:
        if await self._is_allowed(context, delivery, role_arn):
            return True
        log.warning(
            "delivery.denied",
            kind=delivery.kind,
            function=function.arn,
            request_id=context.request_id,
            action=delivery.action,
            target=delivery.target.arn,
        )
        self._metrics.add(METRICS[delivery.kind])
        return False

    async def _is_allowed(self, context: Context, delivery: Delivery, role_arn: str) -> bool:
        """Asks until there is an answer: the function has run, and must not run again because iam cannot tell just then."""
        for tries in itertools.count():
            try:
                return await self._roles.allows(context, role_arn, delivery.action, delivery.resource_arn)
            except ServiceError as error:
                if error.is_senders_fault and error.status != TOO_MANY_REQUESTS:
                    return False  # a role that cannot be judged may do nothing
            await self._clock.sleep_until(self._clock.now() + retries.throttle_delay_s(tries))
        raise AssertionError("counting never ends")

    def _post(self, tx: Transaction, *, context: Context, delivery: Delivery) -> None:
        service, on_end = delivery.target.service, f"lambda.{delivery.kind}"
        self._outbox.add(tx, context, service, delivery.operation, delivery.parameters, on_end=on_end)

    def _hear(self, topic: str) -> None:
        if topic.startswith(FAILED_PREFIX):
            kind, service, _ = topic.removeprefix(FAILED_PREFIX).split("/")
            self._metrics.add(METRICS[kind])
            log.warning("delivery.failed", kind=kind, service=service)

    # ---- when it is configured ---------------------------------------------------------------------------------------

    async def check_destinations(self, context: Context, function: FunctionName, asked: Asked, *, role_arn: str) -> None:
        """Raises for a target that can be none, is not there, or that the role may not use."""
        arns = ((asked.on_success, False), (asked.on_failure, True))
        targets = [deliveries.parse_destination(arn, is_on_failure=is_failure) for arn, is_failure in arns if arn]
        for target in targets:
            if target is None:
                raise errors.DestinationsInvalid(
                    on_success=_printed("OnSuccess", asked.on_success), on_failure=_printed("OnFailure", asked.on_failure)
                )
            if target.service == "lambda":
                await self._check_function(target, function)
            key = f"{deliveries.object_key_prefix(function.name)}{ids.uuid4()}"
            if not await self._is_usable(context, function, target, role_arn, key):
                raise errors.DestinationDenied(action=target.action, arn=target.arn)

    async def check_failure_target(
        self, context: Context, function: FunctionName, arn: str, *, role_arn: str, key_prefix: str
    ) -> None:
        """The same for where a mapping of a stream sends what it gives up. ``key_prefix`` begins its objects' keys."""
        target = failure_records.destination(arn)
        if target is None:
            raise errors.DestinationsInvalid(on_success="null", on_failure=_printed("OnFailure", arn))
        if not await self._is_usable(context, function, target, role_arn, f"{key_prefix}{ids.uuid4()}"):
            raise errors.DestinationDenied(action=target.action, arn=target.arn)

    async def check_dead_letter_target(self, context: Context, function: FunctionName, arn: str, *, role_arn: str) -> None:
        """Raises for a target that can be none, is not there, or that the role may not use."""
        target = deliveries.parse_dead_letter_target(arn)
        if target is None:
            raise errors.DeadLetterTargetInvalid(arn=arn)
        if not await self._is_usable(context, function, target, role_arn, ""):
            raise errors.DeadLetterDenied(action=target.action, service=target.service.upper())

    async def _check_function(self, target: Target, function: FunctionName) -> None:
        try:
            destination = parse_function(target.arn, None, Scope(target.account, target.region))
            if replace(destination, qualifier=None) == replace(function, qualifier=None):
                raise errors.DestinationIsItself()
            await self._store.read(functions.find, destination)
        except (errors.NotFound, errors.ValidationException) as error:
            raise errors.DestinationMissing(arn=target.arn) from error

    async def _is_usable(self, context: Context, function: FunctionName, target: Target, role_arn: str, key: str) -> bool:
        """Whether the role may deliver to the target. One that is not there cannot be used: AWS says no more of it."""
        as_owner = structs.replace(context, account=function.scope.account)
        as_role = _at(as_owner.on_behalf_of(role_session_arn(role_arn, function.name)), target)
        action = f"{target.service}:{target.action}"
        if not await self._roles.allows(as_role, role_arn, action, deliveries.resource_arn(target, key)):
            return False
        return await self._is_there(as_role, target)

    async def _is_there(self, context: Context, target: Target) -> bool:
        looks: dict[str, tuple[str, Parameters]] = {
            "sqs": ("GetQueueUrl", {"QueueName": target.name, "QueueOwnerAWSAccountId": target.account}),
            "sns": ("GetTopicAttributes", {"TopicArn": target.arn}),
            "events": ("DescribeEventBus", {"Name": target.arn}),
            "s3": ("HeadBucket", {"Bucket": target.name}),
        }
        if target.service not in looks:
            return True
        operation, parameters = looks[target.service]
        try:
            await self._call(context, target.service, operation, parameters)
        except ServiceError as error:
            # A target that may be used and not be looked at is there; so may be what this platform does not know yet.
            return error.status != NOT_FOUND and error.code not in QUEUE_MISSING
        return True


def _signal_failure(kind: str, tx: Transaction, ended: Ended) -> None:
    """Runs in the transaction that removes the outbox entry: what is signalled is counted once, after its commit."""
    has_failed = ended.error is not None or bool((ended.reply or {}).get("FailedEntryCount"))
    if has_failed:
        tx.signal(f"{FAILED_PREFIX}{kind}/{ended.entry.service}/{ended.entry.id}")


def _at(context: Context, target: Target) -> Context:
    """For a call at the target's region, with a request id of its own: an event that it starts is known by it."""
    return structs.replace(context, region=target.region or context.region, request_id=ids.uuid4(), access_key_id="")


def _printed(name: str, arn: str | None) -> str:
    return f"{name}(destination={arn})" if arn else "null"
