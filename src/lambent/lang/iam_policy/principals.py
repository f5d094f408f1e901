"""Whom a policy names, and how far that goes.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
"""

import re
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Self

from msgspec import Struct

from lambent.core.context import is_service

_ACCOUNT = re.compile(r"(?:arn:aws[a-z-]*:iam::)?(\d{12})(?::root)?")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/(?:.+/)?([^/]+)")
_SESSION = re.compile(r"arn:aws[a-z-]*:sts::(\d{12}):assumed-role/([^/]+)/.+")


class Naming(IntEnum):
    """How a policy names a principal. Within an account that decides which other policies bound what is granted."""

    NOT = 0
    ACCOUNT = 1  # its account: which then decides by the principal's own policies
    ROLE = 2  # its role: what a session of it may do is bounded by the permissions boundary and the session's policy
    DIRECT = 3  # the user, the session, the service itself, or everyone


class Principal(Struct, frozen=True):
    """Who asks: a user, a role or a session of it, an account's root, a service, or an identity from elsewhere."""

    arn: str = ""
    account: str = ""
    service: str = ""  # "lambda.amazonaws.com"
    federated: str = ""  # the identity provider
    id: str = ""  # AIDA… of a user, AROA…:session of a session

    @classmethod
    def of(cls, arn: str, principal_id: str = "") -> Self:
        """The principal that an ARN of iam or sts names, or the service that has this name."""
        if is_service(arn):
            return cls(service=arn)
        parts = arn.split(":", 5)
        return cls(arn=arn, account=parts[4] if len(parts) == 6 else "", id=principal_id)

    @property
    def is_root(self) -> bool:
        return self.arn.endswith(":root")

    @property
    def role(self) -> tuple[str, str] | None:
        """Account and name of the role that this is, or is a session of: names are unique in an account, whatever the path."""
        found = _SESSION.fullmatch(self.arn) or _ROLE.fullmatch(self.arn)
        return (found[1], found[2]) if found else None


class Principals(Struct, frozen=True):
    """The Principal or NotPrincipal of a statement."""

    is_everyone: bool
    aws: frozenset[str]
    others: frozenset[str]  # services, identity providers, canonical user ids
    is_negated: bool

    @classmethod
    def read(cls, element: str | Mapping[str, Sequence[str]], *, is_negated: bool) -> Self:
        """``element`` is "*" or lists of names by kind."""
        if isinstance(element, str):
            return cls(element == "*", frozenset(), frozenset(), is_negated)
        aws = frozenset(element.get("AWS", ()))
        others = frozenset(name for kind, names in element.items() if kind != "AWS" for name in names)
        return cls("*" in aws, aws, others, is_negated)

    def grants(self, principal: Principal) -> Naming:
        """How a statement that allows names ``principal``."""
        naming = self._naming(principal)
        if not self.is_negated:
            return naming
        return Naming.DIRECT if naming is Naming.NOT else Naming.NOT

    def denies(self, principal: Principal) -> bool:
        """Whether a statement that denies is about ``principal``.

        NotPrincipal spares only whom it names in full, as AWS documents it: a user beside its account, a session beside its
        role and its account.
        """
        if not self.is_negated:
            return self._naming(principal) is not Naming.NOT
        return not self._spares(principal)

    def _naming(self, principal: Principal) -> Naming:
        if self.is_everyone or self._names_directly(principal):
            return Naming.DIRECT
        if self._names_role_of(principal):
            return Naming.ROLE
        return Naming.ACCOUNT if self._names_account_of(principal) else Naming.NOT

    def _spares(self, principal: Principal) -> bool:
        if self.is_everyone or not self.others.isdisjoint({principal.service, principal.federated} - {""}):
            return True
        if not self._names_account_of(principal):
            return False
        is_session = ":assumed-role/" in principal.arn
        return principal.is_root or (principal.arn in self.aws and (not is_session or self._names_role_of(principal)))

    def _names_directly(self, principal: Principal) -> bool:
        if principal.service or principal.federated:
            return not self.others.isdisjoint({principal.service, principal.federated} - {""})
        is_role = principal.arn.partition(":role/")[1] != ""
        return not is_role and (principal.arn in self.aws or (principal.id != "" and principal.id in self.aws))

    def _names_role_of(self, principal: Principal) -> bool:
        role = principal.role
        if role is None:
            return False
        by_id = principal.id.partition(":")[0]
        return (by_id != "" and by_id in self.aws) or any(
            found is not None and (found[1], found[2]) == role for found in map(_ROLE.fullmatch, self.aws)
        )

    def _names_account_of(self, principal: Principal) -> bool:
        if not principal.account:
            return False
        return any(found is not None and found[1] == principal.account for found in map(_ACCOUNT.fullmatch, self.aws))
