"""Names of tables and the ARNs that spell them, with what stands behind a table in an ARN: indexes, streams, backups."""

import re

from msgspec import Struct

from lambent.core.arn import Arn
from lambent.core.context import Scope
from lambent.services.dynamodb import errors

NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}")
_NO_TABLE_ARN = "Invalid table/index ARN"
_CONSTRAINTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[a-zA-Z0-9_.-]+"), "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"),
    (re.compile(r".{3,}", re.DOTALL), "Member must have length greater than or equal to 3"),
    (re.compile(r".{,255}", re.DOTALL), "Member must have length less than or equal to 255"),
)


class TableName(Struct, frozen=True):
    """Which table, whether it is there or not."""

    scope: Scope
    name: str

    @property
    def arn(self) -> str:
        return f"arn:aws:dynamodb:{self.scope.region}:{self.scope.account}:table/{self.name}"

    def __str__(self) -> str:
        return f"{self.scope.account}/{self.scope.region}/{self.name}"


def table_named(text: str, scope: Scope) -> TableName:
    """The table that a name or an ARN means to a caller in ``scope``. Raises ValidationFailed for neither."""
    if text.startswith("arn:"):
        named = table_of_arn(text)
        if text != named.arn:  # one table has one ARN: policies judge what is written
            raise errors.ValidationFailed(reason=_NO_TABLE_ARN)
        return named
    check_name(text)
    return TableName(scope, text)


def table_of_arn(text: str) -> TableName:
    """The table of an ARN: its own, or that of an index, a stream or a backup of it. Raises ValidationFailed."""
    arn = Arn.parse(text)
    kind, _, rest = arn.resource.partition("/") if arn is not None else ("", "", "")
    name = rest.partition("/")[0]
    if arn is None or arn.service != "dynamodb" or kind != "table" or not NAME.fullmatch(name):
        raise errors.ValidationFailed(reason=_NO_TABLE_ARN)
    return TableName(Scope(arn.account, arn.region), name)


def check_name(name: str) -> None:
    """Of a table. Raises InvalidTableName, in the words in which AWS tells what breaks its model."""
    if NAME.fullmatch(name):
        return
    broken = [constraint for pattern, constraint in _CONSTRAINTS if not pattern.fullmatch(name)]
    findings = [f"Value '{name}' at 'tableName' failed to satisfy constraint: {constraint}" for constraint in broken]
    count = "1 validation error" if len(broken) == 1 else f"{len(broken)} validation errors"
    raise errors.InvalidTableName(count=count, findings="; ".join(findings))
