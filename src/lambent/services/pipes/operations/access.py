"""What is asked of a pipe's role and of its source before the pipe is accepted.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-permissions.html
"""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import structs

from lambent.core.arn import Arn
from lambent.core.clock import Clock
from lambent.core.context import Context
from lambent.core.errors import ServiceError
from lambent.core.ports import Caller
from lambent.durable.followers import queues, streams
from lambent.durable.followers.consumer import Starts
from lambent.durable.followers.stream_source import StreamSource
from lambent.durable.roles import Roles
from lambent.services.pipes import errors
from lambent.services.pipes.engine import sources, targets
from lambent.services.pipes.engine.events import PIPE_DIALECTS
from lambent.services.pipes.engine.identifiers import PipeName

PRINCIPAL = "pipes.amazonaws.com"
TRUST = "The role {arn} must allow EventBridge Pipes ({principal}) to assume it."


class Access:
    """``needs_role``: else a role that iam does not know is not judged, and need only be well formed."""

    def __init__(self, *, call: Caller, roles: Roles, clock: Clock, needs_role: bool) -> None:
        self._call = call
        self._roles = roles
        self._clock = clock
        self._needs_role = needs_role

    async def check(self, context: Context, name: PipeName, settings: Mapping[str, Any]) -> None:
        """Raises ValidationException."""
        source = sources.source_of(settings["Source"])
        await self._check_role(context, source, name, settings["RoleArn"])
        await self._check_workflow(context, settings)
        if source.service == "sqs":
            asked = {"QueueUrl": queues.queue_url(source), "AttributeNames": ["VisibilityTimeout"]}
            await self._ask(_at(context, source), "sqs", "GetQueueAttributes", asked, source)

    async def starts(self, context: Context, settings: Mapping[str, Any]) -> Starts:
        """Where reading begins in each shard; nothing for a queue. Raises ValidationException."""
        source = sources.source_of(settings["Source"])
        if source.service == "sqs":
            return ()
        block = settings["SourceParameters"][sources.BLOCKS[source.service]]
        at = block.get("StartingPositionTimestamp") or 0.0
        if at > self._clock.now():
            raise errors.ValidationException(reason="StartingPositionTimestamp must not be in the future.")
        stream = StreamSource(source.service, streams.stream_arn(source), call=self._call, context=_at(context, source))
        try:
            return await stream.starts(block["StartingPosition"], at, PIPE_DIALECTS[source.service], self._clock.now())
        except ServiceError as error:
            raise _not_readable(source, error) from error

    async def _check_role(self, context: Context, source: Arn, name: PipeName, role_arn: str) -> None:
        is_let_in = await self._roles.lets_in(context, role_arn, PRINCIPAL, name.arn, self._clock.now())
        if not (is_let_in or (is_let_in is None and not self._needs_role)):
            raise errors.ValidationException(reason=TRUST.format(arn=role_arn, principal=PRINCIPAL))
        for action, resources in _needs(source):
            full = f"{source.service}:{action}"
            if not any([await self._roles.allows(context, role_arn, full, each) for each in resources]):
                raise errors.ValidationException(reason=f"The role {role_arn} may not do {full} to the source {source}.")

    async def _check_workflow(self, context: Context, settings: Mapping[str, Any]) -> None:
        """Only an express workflow can be waited for."""
        waited = [settings["Enrichment"]] if settings.get("Enrichment") else []
        if (
            targets.invocation_type(targets.kind_of(settings["Target"]), settings["TargetParameters"])
            == targets.REQUEST_RESPONSE
        ):
            waited.append(settings["Target"])
        for text in waited:
            machine = Arn.parse(text)
            if machine is None or machine.service != "states":
                continue
            asked = {"stateMachineArn": text}
            told = await self._ask(_at(context, machine), "stepfunctions", "DescribeStateMachine", asked, machine)
            if told["type"] != "EXPRESS":
                raise errors.ValidationException(
                    reason=f"{text} is a standard workflow: a pipe can call it with the invocation type FIRE_AND_FORGET only."
                )

    async def _ask(self, context: Context, service: str, operation: str, asked: Mapping[str, Any], whom: Arn) -> dict[str, Any]:
        try:
            return await self._call(context, service, operation, asked)
        except ServiceError as error:
            raise _not_readable(whom, error) from error


def _needs(source: Arn) -> Iterable[tuple[str, tuple[str, ...]]]:
    if source.service == "sqs":
        return [(action, (str(source),)) for action in queues.ACTIONS]
    return streams.needs(source)


def _not_readable(whom: Arn, error: ServiceError) -> errors.ValidationException:
    return errors.ValidationException(reason=f"{whom} cannot be used: {error.code}: {error.message}")


def _at(context: Context, resource: Arn) -> Context:
    """Asked by the platform itself, in the resource's region: as the pipe's account, which is let see no more than it reads."""
    return structs.replace(context, region=resource.region, principal_arn="", access_key_id="")
