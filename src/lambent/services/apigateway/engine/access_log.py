"""Access logs: a line a request, as the stage's format has it, with ``$context`` variables in JSON, CLF, XML or CSV.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
"""

import re
from collections.abc import Callable

from lambent.core.arn import Arn
from lambent.core.ports import LogStreamName

MISSING = "-"
"""Stands in a line where a variable has no value."""

_VARIABLE = re.compile(r"\$context\.([A-Za-z0-9_.:-]*[A-Za-z0-9_])")

Lookup = Callable[[str], str | None]
"""The value of a context variable, by its name without ``$context.``."""


class LineFormat:
    """A format, taken apart once."""

    __slots__ = ("_parts",)

    def __init__(self, text: str) -> None:
        self._parts = _VARIABLE.split(text)  # texts, with the names of variables between them

    def render(self, lookup: Lookup) -> str:
        parts = self._parts.copy()
        for index in range(1, len(parts), 2):
            value = lookup(parts[index])
            parts[index] = MISSING if value is None or value == "" else value
        return "".join(parts)


def log_stream(destination_arn: str, api_id: str, stage: str) -> LogStreamName | None:
    """Where the lines of a stage go; None for what is no log group (a delivery stream of Firehose)."""
    arn = Arn.parse(destination_arn)
    if arn is None or arn.service != "logs" or not arn.resource.startswith("log-group:"):
        return None
    group = arn.resource.removeprefix("log-group:").removesuffix(":*")
    return LogStreamName(arn.account, arn.region, group, f"{api_id}/{stage}")
