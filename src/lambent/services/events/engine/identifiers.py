"""Names of buses and rules, and the ARNs that spell them."""

from msgspec import Struct

from lambent.core.arn import Arn
from lambent.core.context import Scope

DEFAULT_BUS = "default"
CREDENTIALS = "lambent:credentials"
"""A parameter of DescribeConnection that no request can bring, and what it is answered with: what a request in the connection's
name is given. It tells the connection's ARN, and the method and the URL of the request."""

_BUS = "event-bus/"
_RULE = "rule/"
_CONNECTION = "connection/"


class BusName(Struct, frozen=True):
    """Which bus, whether it is there or not."""

    scope: Scope
    name: str

    @property
    def arn(self) -> str:
        return f"arn:aws:events:{self.scope.region}:{self.scope.account}:{_BUS}{self.name}"

    @property
    def is_default(self) -> bool:
        return self.name == DEFAULT_BUS


class RuleName(Struct, frozen=True):
    """Which rule, whether it is there or not."""

    bus: BusName
    name: str

    @property
    def arn(self) -> str:
        scope = self.bus.scope
        path = self.name if self.bus.is_default else f"{self.bus.name}/{self.name}"
        return f"arn:aws:events:{scope.region}:{scope.account}:{_RULE}{path}"


class ConnectionName(Struct, frozen=True):
    """Which connection; ``id`` is AWS' own part of its ARN."""

    scope: Scope
    name: str
    id: str

    @property
    def arn(self) -> str:
        return f"arn:aws:events:{self.scope.region}:{self.scope.account}:{_CONNECTION}{self.name}/{self.id}"

    @property
    def secret_arn(self) -> str:
        """Where AWS would keep its secret."""
        secret = f"events!connection/{self.name}/{self.id}-{self.id[:6]}"
        return f"arn:aws:secretsmanager:{self.scope.region}:{self.scope.account}:secret:{secret}"


def bus_named(text: str | None, scope: Scope) -> BusName:
    """The bus that a name or an ARN means to a caller in ``scope``; without either the default one."""
    arn = Arn.parse(text) if text else None
    if arn is not None and arn.resource.startswith(_BUS):
        return BusName(Scope(arn.account, arn.region), arn.resource.removeprefix(_BUS))
    return BusName(scope, text or DEFAULT_BUS)


def parse_resource(text: str) -> BusName | RuleName | None:
    """The bus or rule whose ARN this is."""
    arn = Arn.parse(text)
    if arn is None or arn.service != "events":
        return None
    scope = Scope(arn.account, arn.region)
    if arn.resource.startswith(_BUS):
        return BusName(scope, arn.resource.removeprefix(_BUS))
    if not arn.resource.startswith(_RULE):
        return None
    bus, _, rule = arn.resource.removeprefix(_RULE).rpartition("/")
    return RuleName(BusName(scope, bus or DEFAULT_BUS), rule)
