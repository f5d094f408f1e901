"""What the gateway asks with ``--auth iam``: may this principal do that (``core.ports.Judge``)."""

from lambent.core.arn import Arn
from lambent.core.errors import ServiceError
from lambent.core.ports import Attempt, Denial
from lambent.lang.iam_policy import Decision, Kind, Principal, Request, Source, context_of, evaluate
from lambent.services.iam.engine import holdings, judgement
from lambent.services.iam.engine.holdings import NOTHING, Holdings
from lambent.services.iam.operations.base import Base

_NEEDS_TRUST = frozenset({"sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"})
_WORDS = {
    Kind.IDENTITY: "identity-based policy",
    Kind.BOUNDARY: "permissions boundary",
    Kind.SESSION: "session policy",
    Kind.RESOURCE: "resource-based policy",
}


class Judgement(Base):
    async def denial(self, attempt: Attempt) -> Denial | None:
        """Who is not known, or holds or meets a document that nobody can read, may do nothing."""
        try:
            held = await self._held_by(attempt.principal_arn)
            narrowing = await self._narrowing(attempt)
            of_resource = _of_resource(attempt)
        except ServiceError:
            return Denial(_WORDS[Kind.IDENTITY], is_explicit=False)
        principal, known = judgement.principal_and_context(attempt.principal_arn, held)
        resource = await self._real(attempt, principal.account)
        trust = await self._trust(attempt.action, resource)
        owner = Arn.parse(resource)
        needs_trust = attempt.action in _NEEDS_TRUST
        request = Request(
            principal,
            attempt.action,
            resource,
            owner.account if owner is not None and (needs_trust or attempt.resource_policy is not None) else "",
            context_of(attempt.keys) | known,
            needs_resource_policy=needs_trust,
        )
        verdict = evaluate(request, (*held.sources, *narrowing, *trust, *of_resource))
        if verdict.is_allowed:
            return None
        return Denial(_WORDS[verdict.denier], verdict.decision is Decision.EXPLICIT_DENY)

    async def _held_by(self, principal_arn: str) -> Holdings:
        principal = Principal.of(principal_arn)
        if principal.service:
            return NOTHING
        if principal.role is not None:
            return await self.holdings.of_role(*principal.role)
        return await self.holdings.find(principal.account, principal_arn)

    async def _narrowing(self, attempt: Attempt) -> tuple[Source, ...]:
        sources: tuple[Source, ...] = ()
        if attempt.session_policy:
            sources += (Source(Kind.SESSION, "session", holdings.read(attempt.session_policy)),)
        if attempt.session_policy_arns:
            account = Principal.of(attempt.principal_arn).account
            sources += await self.store.read(holdings.managed_sources, account, attempt.session_policy_arns)
        return sources

    async def _real(self, attempt: Attempt, account: str) -> str:
        if not attempt.is_by_name:
            return attempt.resource
        return await self.store.read(holdings.real_arn, account, attempt.resource)

    async def _trust(self, action: str, role_arn: str) -> tuple[Source, ...]:
        """Whom a role lets in, where it is to be assumed; nobody, where there is no such role."""
        parsed = Arn.parse(role_arn)
        if action not in _NEEDS_TRUST or parsed is None:
            return ()
        text = await self.store.read(holdings.trust_policy, parsed.account, role_arn)
        return (Source(Kind.RESOURCE, "trust", holdings.read(text)),) if text else ()


def _of_resource(attempt: Attempt) -> tuple[Source, ...]:
    """Raises MalformedPolicyDocument."""
    return (Source(Kind.RESOURCE, "resource", holdings.read(attempt.resource_policy)),) if attempt.resource_policy else ()
