"""May the caller do it. ``policy_of`` gives the function of a mode of ``--auth``; the pipeline asks it before dispatching."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from lambent.core.clock import Clock
from lambent.core.config import AUTH_MODES
from lambent.core.context import Context
from lambent.core.errors import ServiceError, StartupError
from lambent.core.ports import Attempt, Denial, Judge, Parameters
from lambent.gateway import actions, errors
from lambent.gateway.authenticate import Identity
from lambent.gateway.needs import Need, needs_of
from lambent.wire.route import Route

Authorize = Callable[[Context, Identity, Route, Parameters], Awaitable[None]]
"""Raises the ServiceError that denies an operation to a caller."""


def check_mode(auth: str) -> None:
    """Raises StartupError for a mode that there is not."""
    if auth not in AUTH_MODES:
        raise StartupError(f"--auth {auth} is not a mode; choose {', '.join(AUTH_MODES)}")


def policy_of(auth: str, *, judge: Judge, clock: Clock) -> Authorize | None:
    """What a mode allows. None: with ``open`` and ``signed`` whoever is let in may do everything in its account."""
    check_mode(auth)
    return Policies(judge=judge, clock=clock).check if auth == "iam" else None


class Policies:
    """``iam``: a caller may do what its policies allow; the root of an account may do everything."""

    def __init__(self, *, judge: Judge, clock: Clock) -> None:
        self._judge = judge
        self._clock = clock

    async def check(self, context: Context, identity: Identity, route: Route, parameters: Parameters) -> None:
        if context.principal_arn.endswith(":root"):
            return
        service = route.operation.service.name
        for need in needs_of(context, service, route.operation.name, parameters):
            denial = await self._judge.denial(self._attempt(context, identity, need))
            if denial is not None:
                raise refusal(context.principal_arn, service, route.protocol, need, denial)

    def _attempt(self, context: Context, identity: Identity, need: Need) -> Attempt:
        now = self._clock.of(context.account).now()
        known: dict[str, str | Sequence[str]] = {
            "aws:RequestedRegion": context.region,
            "aws:SourceIp": context.source_ip,
            "aws:UserAgent": context.user_agent,
            "aws:SecureTransport": "false",
            "aws:PrincipalIsAWSService": "false",
            "aws:ViaAWSService": "false",
            "aws:CurrentTime": f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%SZ}",
            "aws:EpochTime": str(int(now)),
        }
        return Attempt(
            context.principal_arn,
            need.action,
            need.resource,
            {**known, **need.keys},
            identity.session_policy,
            identity.session_policy_arns,
            need.is_by_name,
        )


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
