"""Names of streams: the ARN of a table's stream, and what it says."""

import re
from typing import NamedTuple

from lambent.services.dynamodb import stream_errors

_ARN = re.compile(r"arn:aws:dynamodb:([a-z0-9-]+):([0-9]{12}):table/([a-zA-Z0-9_.-]{3,255})/stream/([0-9T:.-]+)")


class StreamName(NamedTuple):
    """A stream of a table. ``label`` is when it was enabled."""

    account: str
    region: str
    table: str
    label: str

    @property
    def arn(self) -> str:
        return f"arn:aws:dynamodb:{self.region}:{self.account}:table/{self.table}/stream/{self.label}"


def parse(arn: str) -> StreamName:
    """Raises InvalidStreamArn."""
    found = _ARN.fullmatch(arn)
    if found is None:
        raise stream_errors.InvalidStreamArn
    region, account, table, label = found.groups()
    return StreamName(account, region, table, label)
