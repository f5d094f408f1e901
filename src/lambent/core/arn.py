"""Amazon Resource Names: arn:aws:service:region:account:resource."""

from typing import Self

from msgspec import Struct


class Arn(Struct, frozen=True):
    """One ARN, taken apart. ``resource`` keeps all that follows the fifth colon."""

    service: str
    region: str
    account: str
    resource: str
    partition: str = "aws"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The ARN that ``text`` spells, or None where it spells none."""
        parts = text.split(":", 5)
        if len(parts) != 6 or parts[0] != "arn" or not parts[5]:
            return None
        _, partition, service, region, account, resource = parts
        return cls(service=service, region=region, account=account, resource=resource, partition=partition)

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"
