"""Deploying: what is there is compared with what is wanted, the differences are printed, and applied."""

from dataclasses import dataclass
from typing import Any

from lambent.sdk.clients import CONNECTIONS_MAX, Target


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where a function has been deployed. ``arn`` ends with the version or alias, where one is meant."""

    name: str
    arn: str
    region: str
    endpoint_url: str | None = None
    profile: str | None = None

    @property
    def target(self) -> Target:
        return Target(self.region, self.endpoint_url, self.profile)

    def client(self, *, connections: int = CONNECTIONS_MAX, **config: Any) -> Any:
        """The boto3 client of Lambda there; the same for the same question, safe to share between threads."""
        return self.target.client("lambda", connections=connections, **config)
