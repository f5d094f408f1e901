"""AWS' order of evaluation over all policies that bear on a request.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from lambent.lang.iam_policy.document import Policy, Statement
from lambent.lang.iam_policy.patterns import Facts, Values
from lambent.lang.iam_policy.principals import Naming, Principal


class Decision(StrEnum):
    """AWS' words."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"


class Kind(StrEnum):
    """How a policy comes to bear on a request."""

    IDENTITY = "identity"
    BOUNDARY = "boundary"
    SESSION = "session"
    RESOURCE = "resource"


class Source(Struct, frozen=True):
    """A policy, and how it comes to bear. Its id is for whoever reads the verdict."""

    kind: Kind
    id: str
    policy: Policy


class Request(Struct, frozen=True):
    """Who wants to do what to what. ``context`` holds the values of context keys, by name in lower case (``context_of``)."""

    principal: Principal
    action: str  # "sqs:SendMessage"
    resource: str  # an ARN, or "*"
    resource_account: str = ""  # who owns the resource; "" means the principal's own account
    context: Mapping[str, Values] = {}
    # A role is assumed, and a KMS key used, only by whom its own policy lets: that of the account is not enough.
    needs_resource_policy: bool = False

    @property
    def is_cross_account(self) -> bool:
        return bool(self.resource_account) and not self.principal.service and self.resource_account != self.principal.account


class Match(Struct, frozen=True):
    """A statement that speaks of the request."""

    source: Source
    statement: Statement


class Verdict(Struct, frozen=True):
    decision: Decision
    matches: tuple[Match, ...]  # the statements that decided; none where nothing allows
    by_kind: Mapping[Kind, Decision]  # what the policies of each kind say; a kind without policies is left out
    missing_keys: tuple[str, ...]  # context keys that a statement about this action and resource asked for in vain
    is_of_service: bool = False  # of who holds no policies at all

    @property
    def is_allowed(self) -> bool:
        return self.decision is Decision.ALLOWED

    @property
    def denier(self) -> Kind:
        """The kind of policy that denies, or the first that fails to allow. Meant for denials."""
        if self.decision is Decision.EXPLICIT_DENY:
            return self.matches[0].source.kind
        if self.is_of_service:
            return Kind.RESOURCE
        order = (Kind.IDENTITY, Kind.BOUNDARY, Kind.SESSION)
        needed = [kind for kind in order if kind in self.by_kind or kind is Kind.IDENTITY]
        return next((kind for kind in needed if self.by_kind.get(kind) is not Decision.ALLOWED), Kind.RESOURCE)


def context_of(given: Mapping[str, str | Sequence[str]]) -> dict[str, Values]:
    """Values of context keys as a request takes them: names have no case, and each key may have several values."""
    return {key.lower(): (value,) if isinstance(value, str) else tuple(value) for key, value in given.items()}


def evaluate(request: Request, sources: Iterable[Source]) -> Verdict:
    """What the policies say of the request. Identity policies are those of a user with its groups, or of a role."""
    facts = Facts(request.context)
    action = request.action.lower()
    kinds: dict[Kind, Decision] = {}
    allows: list[Match] = []
    denials: list[Match] = []
    naming = Naming.NOT
    for source in sources:
        kinds.setdefault(source.kind, Decision.IMPLICIT_DENY)
        for statement in source.policy.statements:
            named = _naming(statement, source.kind, request.principal)
            if named is Naming.NOT or not statement.is_about(action, request.resource, facts):
                continue
            if not statement.is_allow:
                kinds[source.kind] = Decision.EXPLICIT_DENY
                denials.append(Match(source, statement))
                continue
            if kinds[source.kind] is Decision.IMPLICIT_DENY:
                kinds[source.kind] = Decision.ALLOWED
            if source.kind is Kind.RESOURCE:
                naming = max(naming, named)
            allows.append(Match(source, statement))
    missing = tuple(facts.missing.values())
    if denials:
        return Verdict(Decision.EXPLICIT_DENY, tuple(denials), kinds, missing)
    if _is_allowed(request, kinds, naming):
        return Verdict(Decision.ALLOWED, tuple(allows), kinds, missing)
    return Verdict(Decision.IMPLICIT_DENY, (), kinds, missing, is_of_service=bool(request.principal.service))


def _naming(statement: Statement, kind: Kind, principal: Principal) -> Naming:
    """How a statement is about a principal. Only policies of resources name principals; others are about whom they hang on."""
    if kind is not Kind.RESOURCE:
        return Naming.DIRECT
    if statement.principals is None:
        return Naming.NOT
    if statement.is_allow:
        return statement.principals.grants(principal)
    return Naming.DIRECT if statement.principals.denies(principal) else Naming.NOT


def _is_allowed(request: Request, kinds: Mapping[Kind, Decision], naming: Naming) -> bool:
    """Nothing is denied explicitly: does enough allow it?"""
    principal = request.principal
    if principal.service or principal.federated:
        return naming is not Naming.NOT
    is_bounded = any(kinds.get(kind, Decision.ALLOWED) is not Decision.ALLOWED for kind in (Kind.BOUNDARY, Kind.SESSION))
    by_itself = kinds.get(Kind.IDENTITY) is Decision.ALLOWED and not is_bounded
    if principal.is_root:
        by_itself = True
    if request.is_cross_account or request.needs_resource_policy:
        is_granted = by_itself and naming is not Naming.NOT
        return is_granted or (not request.is_cross_account and _grants_alone(naming, is_bounded))
    return by_itself or _grants_alone(naming, is_bounded)


def _grants_alone(naming: Naming, is_bounded: bool) -> bool:
    """Whether the resource's policy suffices within the account.

    Who is named as itself needs nothing else; a session that is let in by its role's name stays within the boundary and the
    session's policy; an account that is named decides by its own policies.
    """
    return naming is Naming.DIRECT or (naming is Naming.ROLE and not is_bounded)
