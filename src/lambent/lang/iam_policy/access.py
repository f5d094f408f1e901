"""Whether the policy that a resource has of its own lets a caller in, and what is known of every caller.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache

from lambent.core.arn import Arn
from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.lang.iam_policy.document import InvalidPolicy, parse
from lambent.lang.iam_policy.evaluation import Decision, Kind, Request, Source, context_of, evaluate
from lambent.lang.iam_policy.principals import Principal

_ANSWERS_MAX = 2_048
_NOBODY = Context(account="", region="", request_id="", principal_arn="", endpoint_url="", source_ip="", user_agent="")


def keys_of(context: Context, now: Instant) -> dict[str, str]:
    """The context keys of whoever asks. A service that acts for a resource says for which, and has no address of its own."""
    is_service = context.is_service
    known = {
        "aws:RequestedRegion": context.region,
        # What services do for a resource never leaves the platform.
        "aws:SecureTransport": "true" if is_service else "false",
        "aws:PrincipalIsAWSService": "true" if is_service else "false",
        "aws:ViaAWSService": "false",
        "aws:CurrentTime": f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "aws:EpochTime": str(int(now)),
    }
    if not is_service:
        return known | {"aws:SourceIp": context.source_ip, "aws:UserAgent": context.user_agent}
    known["aws:PrincipalServiceName"] = context.principal_arn
    source = Arn.parse(context.source_arn)
    if source is not None:
        known["aws:SourceArn"] = context.source_arn
        if source.account:
            known |= {"aws:SourceAccount": source.account, "aws:SourceOwner": source.account}
    return known


def lets_in(
    policy: str, context: Context, action: str, resource: str, now: Instant, *, further: Mapping[str, str] | None = None
) -> bool:
    """Whether a resource's policy ("" where it has none) names the caller for ``action`` ("sqs:SendMessage"), and does not
    deny it. Between accounts that is the resource's half of the answer; the other half, the caller's own policies, is asked
    before. A policy that nobody can read lets nobody in. ``further`` are context keys that only this request has.
    """
    if not policy:
        return False
    try:
        source = Source(Kind.RESOURCE, "resource", parse(policy))
    except InvalidPolicy:
        return False
    principal = Principal.of(context.principal_arn)
    keys = keys_of(context, now) | dict(further or {})
    if principal.account:
        keys |= {"aws:PrincipalAccount": principal.account, "aws:PrincipalArn": _entity_arn(principal)}
    verdict = evaluate(Request(principal, action, resource, context=context_of(keys)), (source,))
    return verdict.by_kind[Kind.RESOURCE] is Decision.ALLOWED


@lru_cache(maxsize=_ANSWERS_MAX)
def lets_everybody_in(policy: str, resource: str, needs: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]) -> bool:
    """Whether a resource's policy lets in who is nobody, whatever else is known of the request: it asks for nothing else.

    ``needs``: the actions, and the context keys that each has besides. False says nothing: then ask ``lets_in`` each time.
    """
    try:
        asked = {key.lower() for key in parse(policy).context_keys()}
    except InvalidPolicy:
        return False
    known = {key.lower() for _, keys in needs for key, _ in keys}  # an action that has one of them not never has it
    return asked <= known and all(lets_in(policy, _NOBODY, action, resource, 0.0, further=dict(keys)) for action, keys in needs)


def _entity_arn(principal: Principal) -> str:
    """That of a session is its role's. Only iam knows the role's path."""
    if ":assumed-role/" not in principal.arn or principal.role is None:
        return principal.arn
    account, name = principal.role
    return str(Arn("iam", "", account, f"role/{name}"))
