"""Filter criteria: which records go on to the consumer.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from lambent.lang.event_pattern import compiled

Record = Mapping[str, Any]

_decode = msgspec.json.Decoder().decode


class Filters:
    """The patterns of one follower, as they were accepted. A record goes on when one of them matches, or when there is none.

    ``data_key``: the member of a record that holds the user's data as text ("body"), or empty. Where that text is a
    JSON object, patterns look into it, and a pattern for plain text does not match; where it is not, a pattern that looks into
    it does not match.
    """

    def __init__(self, patterns: Sequence[str], *, data_key: str) -> None:
        self._patterns = [compiled(pattern) for pattern in patterns]
        self._data_key = data_key
        self._reads_data = data_key != "" and any(data_key in pattern.document for pattern in self._patterns)

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def admit(self, record: Record) -> bool:
        if not self._patterns:
            return True
        if self._reads_data:
            record = {**record, self._data_key: _read(record[self._data_key])}
        return any(pattern.matches(record) for pattern in self._patterns)


def _read(text: str) -> object:
    """An object where the text is one in JSON, and else the text."""
    if not text.lstrip().startswith("{"):
        return text
    try:
        return _decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text
