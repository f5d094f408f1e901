"""May the caller do it. ``policies_of`` gives what a mode of ``--auth`` judges by; the pipeline asks before dispatching."""

from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import cast

from msgspec.structs import replace

from lambent.core.arn import Arn
from lambent.core.clock import Clock
from lambent.core.config import AUTH_MODES
from lambent.core.context import Context
from lambent.core.errors import ServiceError, StartupError
from lambent.core.ports import Attempt, Denial, Judge, Parameters, ResourcePolicies
from lambent.gateway import actions, errors
from lambent.gateway.authenticate import Identity
from lambent.gateway.dispatch import Guard
from lambent.gateway.needs import Need, needs_of
from lambent.lang.iam_policy import keys_of
from lambent.wire import models
from lambent.wire.route import Route

Authorize = Callable[[Context, Identity, Route, Parameters], Awaitable[None]]
"""Raises the ServiceError that denies an operation to a caller."""


def check_mode(auth: str) -> None:
    """Raises StartupError for a mode that there is not."""
    if auth not in AUTH_MODES:
        raise StartupError(f"--auth {auth} is not a mode; choose {', '.join(AUTH_MODES)}")


def policies_of(auth: str, *, judge: Judge, keepers: Mapping[str, object], clock: Clock) -> "Policies | None":
    """What a mode allows. None: with ``open`` and ``signed`` whoever is let in may do everything in its account.

    ``keepers`` are the services by name, of which some know policies of resources (``core.ports.ResourcePolicies``).
    """
    check_mode(auth)
    return Policies(judge=judge, keepers=keepers, clock=clock) if auth == "iam" else None


def guard_of(auth: str, *, judge: Judge, keepers: Mapping[str, object], clock: Clock) -> Guard:
    """What judges services that act by themselves: with ``iam`` always, else between accounts, as callers are judged there."""
    policies = Policies(judge=judge, keepers=keepers, clock=clock)
    return policies.check_service if auth == "iam" else policies.check_service_between_accounts


SOURCES_KNOWN_MAX = 1_024  # resources for which services act, and what accounts they are of

FREE_TO_SERVICES = frozenset({"events:PutEvents"})
"""What services do for a resource without being let in: they tell its account's own bus what becomes of it."""


class Policies:
    """``iam``: a caller may do what its policies and those of resources allow; the root of an account may do everything."""

    def __init__(self, *, judge: Judge, keepers: Mapping[str, object], clock: Clock) -> None:
        self._judge = judge
        self._clock = clock
        self._keepers = {
            name: cast(ResourcePolicies, keeper) for name, keeper in keepers.items() if hasattr(keeper, "resource_policy")
        }

    async def check(self, context: Context, identity: Identity, route: Route, parameters: Parameters) -> None:
        if context.principal_arn.endswith(":root"):
            return
        operation = route.operation
        narrowing = (identity.session_policy, identity.session_policy_arns)
        await self._judged(context, operation.service.name, route.protocol, operation.name, parameters, narrowing)

    async def denial(self, context: Context, attempt: Attempt) -> Denial | None:
        """Why somebody may not do what it attempts, by what is known of its request."""
        keys = keys_of(context, self._clock.of(context.account).now())
        return await self._judge.denial(replace(attempt, keys={**keys, **attempt.keys}))

    async def check_service(self, context: Context, service: str, operation: str, parameters: Parameters) -> None:
        """What a service does by itself, for a resource: what it turns to must let it, if such a thing can have a policy.

        Raises the ServiceError that denies it.
        """
        await self._judged(context, service, models.service(service).protocol, operation, parameters, ("", ()))

    def check_service_between_accounts(
        self, context: Context, service: str, operation: str, parameters: Parameters
    ) -> Awaitable[None] | None:
        """The same where the resource for which the service acts is another account's than what it turns to."""
        return None if _is_at_home(context) else self.check_service(context, service, operation, parameters)

    async def _judged(
        self,
        context: Context,
        service: str,
        protocol: str,
        operation: str,
        parameters: Parameters,
        narrowing: tuple[str, tuple[str, ...]],
    ) -> None:
        for need in needs_of(context, service, operation, parameters):
            resource_policy = await self._resource_policy(need.resource)
            if context.is_service and _is_at_home(context) and (resource_policy is None or need.action in FREE_TO_SERVICES):
                continue  # what can have no policy, as log groups here, can let nobody in
            attempt = Attempt(
                context.principal_arn,
                need.action,
                need.resource,
                {**keys_of(context, self._clock.of(context.account).now()), **need.keys},
                *narrowing,
                need.is_by_name,
                resource_policy,
            )
            denial = await self._judge.denial(attempt)
            if denial is not None:
                raise refusal(context.principal_arn, service, protocol, need, denial)

    async def _resource_policy(self, arn: str) -> str | None:
        parsed = Arn.parse(arn)
        keeper = self._keepers.get(parsed.service) if parsed is not None else None
        return await keeper.resource_policy(arn) if keeper is not None else None


def _is_at_home(context: Context) -> bool:
    """Whether a service acts for a resource of the account that it turns to."""
    return _account_of(context.source_arn) == context.account


@lru_cache(maxsize=SOURCES_KNOWN_MAX)
def _account_of(arn: str) -> str | None:
    parsed = Arn.parse(arn)
    return parsed.account if parsed is not None else None


def refusal(principal_arn: str, service: str, protocol: str, need: Need, denial: Denial) -> ServiceError:
    """The denial in the words and the form of the service that was asked."""
    action = _spelt(service, need.action)
    resource = f'"{need.resource}"' if service == "s3" else need.resource
    article = "an" if denial.policy.startswith("i") else "a"
    why = (
        f"with an explicit deny in {article} {denial.policy}"
        if denial.is_explicit
        else f"because no {denial.policy} allows the {action} action"
    )
    reason = f"User: {principal_arn} is not authorized to perform: {action} on resource: {resource} {why}"
    return _error(service, protocol, reason)


def _error(service: str, protocol: str, reason: str) -> ServiceError:
    if service == "sns":
        return errors.AuthorizationError(reason=reason)
    if service == "sqs" or protocol in ("query", "ec2", "rest-xml"):
        return errors.AccessDenied(reason=reason)
    error = errors.AccessDeniedException if protocol == "rest-json" else errors.AccessDeniedOverJson
    return error(reason=reason)


def _spelt(service: str, action: str) -> str:
    prefix, _, name = action.partition(":")
    spelling = actions.SPELLINGS.get(service) if prefix == service else None
    if spelling is None:
        return action
    return action.lower() if spelling == "lower" else f"{spelling}:{name}"
