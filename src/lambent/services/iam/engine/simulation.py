"""Simulations: what policies say of actions on resources. Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from lambent.core.arn import Arn
from lambent.core.clock import Instant
from lambent.lang.iam_policy import (
    Decision,
    InvalidPolicy,
    Kind,
    Match,
    Policy,
    Principal,
    Request,
    Source,
    Verdict,
    evaluate,
    parse,
)
from lambent.lang.iam_policy import context_of as values_of
from lambent.services.iam.engine import documents
from lambent.services.iam.engine.holdings import Held, Holdings
from lambent.services.iam.errors import InvalidInput, MalformedPolicyDocument

EVERYTHING = "*"
BOUNDARIES_MAX = 1
_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9]+")
_CALLER = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):(?:(user|role|group)/(?:.+/)?([^/]+)|root)")
_OWNER = re.compile(r"(?:arn:aws[a-z-]*:iam::)?(\d{12})(?::root)?")
_WORST_FIRST = (Decision.EXPLICIT_DENY, Decision.IMPLICIT_DENY, Decision.ALLOWED)


class Simulation(Struct, frozen=True):
    """Who would do things, and all that bears on it."""

    caller: Principal
    sources: tuple[Source, ...]
    context: Mapping[str, tuple[str, ...]]
    owner: str = ""  # the account of resources whose ARN names none

    @property
    def has_resource_policy(self) -> bool:
        return any(source.kind is Kind.RESOURCE for source in self.sources)

    def judge(self, action: str, resource: str) -> tuple[Request, Verdict]:
        """Without a policy of the resource only the caller's own policies are asked, whosever the resource is."""
        parsed = Arn.parse(resource)
        account = (parsed.account if parsed is not None else "") or self.owner
        owner = account if self.has_resource_policy else ""
        request = Request(self.caller, action, resource, owner, self.context)
        return request, evaluate(request, self.sources)


# ---- what is asked ---------------------------------------------------------------------------------------------------


def checked_actions(names: Sequence[str]) -> Sequence[str]:
    for name in names:
        if not _ACTION.fullmatch(name):
            raise InvalidInput(f"Invalid action name: {name}")
    return names


def checked_resources(arns: Sequence[str] | None) -> Sequence[str]:
    for arn in arns or ():
        if arn != EVERYTHING and not arn.startswith("arn:"):
            raise InvalidInput(f"Invalid resource: {arn}")
    return arns or (EVERYTHING,)


def given_policies(texts: Sequence[str] | None) -> tuple[Source, ...]:
    """The policies of PolicyInputList."""
    return _given(texts, Kind.IDENTITY, "PolicyInputList")


def given_boundary(texts: Sequence[str] | None) -> tuple[Source, ...]:
    if texts is not None and len(texts) > BOUNDARIES_MAX:
        raise InvalidInput(f"You can specify at most {BOUNDARIES_MAX} permissions boundary policy.")
    return _given(texts, Kind.BOUNDARY, "PermissionsBoundaryPolicyInputList")


def given_resource_policy(text: str | None) -> tuple[Source, ...]:
    if text is None:
        return ()
    try:
        policy = parse(text)
    except InvalidPolicy as error:
        raise InvalidInput(f"Invalid resource policy: {error.reason}") from error
    return (Source(Kind.RESOURCE, "ResourcePolicy", policy),)


def _given(texts: Sequence[str] | None, kind: Kind, name: str) -> tuple[Source, ...]:
    return tuple(Source(kind, f"{name}.{number}", _policy(text)) for number, text in enumerate(texts or (), 1))


def _policy(text: str) -> Policy:
    try:
        documents.check_identity_policy(text)
    except MalformedPolicyDocument as error:
        raise InvalidInput(error.message) from error
    return parse(text)


def given_caller(arn: str) -> Principal:
    if not _CALLER.fullmatch(arn):
        raise InvalidInput(f"Invalid caller ARN: {arn}")
    return Principal.of(arn)


def given_owner(text: str | None, caller: Principal) -> str:
    if text is None:
        return caller.account
    found = _OWNER.fullmatch(text)
    if found is None:
        raise InvalidInput(f"Invalid resource owner: {text}")
    return found[1]


def context_keys(policies: Iterable[Policy]) -> list[str]:
    """The context keys that policies ask for, each once, as it is first spelt."""
    found: dict[str, str] = {}
    for policy in policies:
        for name in policy.context_keys():
            found.setdefault(name.lower(), name)
    return list(found.values())


# ---- what is known of the caller -------------------------------------------------------------------------------------


def known_context(caller: Principal, now: Instant, holdings: Holdings | None = None) -> dict[str, tuple[str, ...]]:
    """The context keys that need not be given: who the caller is, and what time it is."""
    told = {"aws:PrincipalArn": caller.arn, "aws:PrincipalAccount": caller.account}
    told |= {"aws:CurrentTime": f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%SZ}", "aws:EpochTime": str(int(now))}
    found = _CALLER.fullmatch(caller.arn)
    if found is not None and found[2] == "user":
        told |= {"aws:username": found[3], "aws:PrincipalType": "User"}
    if found is not None and found[2] == "role":
        told |= {"aws:PrincipalType": "AssumedRole"}
    if holdings is not None and holdings.arn == caller.arn:
        told |= {f"aws:PrincipalTag/{key}": value for key, value in holdings.tags.items()}
        told |= {"aws:userid": holdings.entity_id}
    return values_of(told)


# ---- what is left out ------------------------------------------------------------------------------------------------


class Exclusion(Struct, frozen=True):
    """Policies to leave out: of a type, of an ARN, or an inline policy of an entity. Empty members say nothing."""

    type: str = ""
    arn: str = ""
    inline: tuple[str, str, str] = ("", "", "")  # kind and name of the holder, name of the policy

    def is_meant(self, held: Held) -> bool:
        if self.type:
            return self.type == _type_of(held)
        if self.arn:
            return bool(held.arn) and held.source.kind is Kind.IDENTITY and _covers(self.arn, held.arn)
        kind, name, policy_name = self.inline
        holder_kind, holder_name = held.holder
        return (kind, policy_name) == (holder_kind, held.name) and _covers(name, holder_name)


def remaining(holdings: Holdings, exclusions: Sequence[Exclusion]) -> tuple[Source, ...]:
    """The policies that are not left out."""
    if not exclusions:
        return holdings.sources
    return tuple(held.source for held in holdings.all if not any(each.is_meant(held) for each in exclusions))


def _type_of(held: Held) -> str:
    if held.source.kind is Kind.BOUNDARY:
        return "permission-boundary"
    if not held.arn:
        return "inline"
    return "aws-managed" if held.arn.startswith("arn:aws:iam::aws:") else "user-managed"


def _covers(pattern: str, text: str) -> bool:
    """At most one * is allowed here, so a regular expression has nothing to try twice."""
    if pattern.count("*") > 1:
        raise InvalidInput(f"Invalid policy identifier: {pattern}")
    expression = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    return re.fullmatch(expression, text) is not None


# ---- what comes of it ------------------------------------------------------------------------------------------------


def worst(decisions: Iterable[Decision]) -> Decision:
    """Over several resources the most restrictive decision is told."""
    return min(decisions, key=_WORST_FIRST.index)


def deciding(verdicts: Sequence[Verdict]) -> list[Match]:
    """The statements behind the worst decision, each once."""
    decision = worst(verdict.decision for verdict in verdicts)
    found: dict[tuple[Kind, str, int], Match] = {}
    for verdict in verdicts:
        for match in verdict.matches if verdict.decision is decision else ():
            found.setdefault((match.source.kind, match.source.id, match.statement.index), match)
    return list(found.values())
