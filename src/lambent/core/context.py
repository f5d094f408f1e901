"""Who asks, where, and under which request id: what every operation is told besides its parameters."""

from typing import NamedTuple

from msgspec import Struct, structs

ACCOUNT_DEFAULT = "000000000000"
REGION_DEFAULT = "us-east-1"


class Scope(NamedTuple):
    """An account in a region: what everything that a service keeps is keyed by."""

    account: str
    region: str


class Context(Struct, frozen=True):
    """The identity of one request. Everything that a service keeps is keyed by ``account`` and ``region``."""

    account: str
    region: str
    request_id: str
    principal_arn: str
    endpoint_url: str  # as the caller reached the platform, without a slash at its end: http://localhost:4566
    access_key_id: str = ""
    source_ip: str = "127.0.0.1"
    user_agent: str = ""
    trace_id: str = ""  # of the trace in which this is asked, as its header says; empty for none
    source_arn: str = ""  # of the resource for which a service acts by itself: what policies call aws:SourceArn
    session_policy: str = ""  # of the caller's temporary credentials: what narrows them narrows what they are exchanged for
    session_policy_arns: tuple[str, ...] = ()

    @property
    def is_service(self) -> bool:
        """Whether a service of AWS asks by itself: "sns.amazonaws.com"."""
        return is_service(self.principal_arn)

    @property
    def is_of_service(self) -> bool:
        """Whether a service acts by itself: under its name, or for a resource (``source_arn``) in the role that this has."""
        return bool(self.source_arn) or self.is_service

    @property
    def is_inside(self) -> bool:
        """Whether the platform asks, and no client: a service by itself, or lambda where it follows what a role may read."""
        return not self.principal_arn or self.is_service

    def on_behalf_of(self, principal_arn: str) -> "Context":
        return structs.replace(self, principal_arn=principal_arn, session_policy="", session_policy_arns=())


def is_service(principal: str) -> bool:
    """Whether this names a service of AWS. A user or a session may be called like one, but has an ARN."""
    return principal.endswith(".amazonaws.com") and not principal.startswith("arn:")
