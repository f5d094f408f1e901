"""Names of pipes."""

from msgspec import Struct

from lambent.core.arn import Arn
from lambent.core.context import Scope
from lambent.services.pipes import errors

PREFIX = "pipe/"


class PipeName(Struct, frozen=True):
    """One pipe."""

    scope: Scope
    name: str

    @property
    def arn(self) -> str:
        return f"arn:aws:pipes:{self.scope.region}:{self.scope.account}:{PREFIX}{self.name}"


def parse_arn(text: str, scope: Scope) -> PipeName:
    """The pipe of the caller's that an ARN names. Raises PipeNotFound."""
    arn = Arn.parse(text)
    is_ours = arn is not None and (arn.service, arn.account, arn.region) == ("pipes", scope.account, scope.region)
    if arn is None or not is_ours or not arn.resource.startswith(PREFIX):
        raise errors.PipeNotFound(name=text)
    return PipeName(scope, arn.resource.removeprefix(PREFIX))
