"""Filter criteria: which records go on to the function.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from lambent.lang.event_pattern import EventPattern, InvalidEventPattern, compiled
from lambent.services.lambda_ import errors

FILTERS_MAX = 5

Record = Mapping[str, Any]

_decode = msgspec.json.Decoder().decode


def check(patterns: Sequence[str], *, json_key: str = "") -> None:
    """Raises BadFilter for what is no pattern, and FiltersTooMany.

    ``json_key``: the member of a record that is always JSON to patterns, so that one for plain text makes no sense.
    """
    if len(patterns) > FILTERS_MAX:
        raise errors.FiltersTooMany(limit=FILTERS_MAX)
    for pattern in _compiled(patterns):
        if not isinstance(pattern.document.get(json_key, {}), dict):
            raise errors.BadFilter()


class Filters:
    """The patterns of one mapping. A record goes on when one of them matches, or when there is none.

    ``data_key``: the member of a record that holds the user's data as text ("body"). Where that text is a JSON object, patterns
    look into it, and a pattern for plain text does not match; where it is not, a pattern that looks into it does not match.
    """

    def __init__(self, patterns: Sequence[str], *, data_key: str) -> None:
        self._patterns = _compiled(patterns)
        self._data_key = data_key
        self._reads_data = any(data_key in pattern.document for pattern in self._patterns)

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def admit(self, record: Record) -> bool:
        if not self._patterns:
            return True
        if self._reads_data:
            record = {**record, self._data_key: _read(record[self._data_key])}
        return any(pattern.matches(record) for pattern in self._patterns)


def _compiled(patterns: Sequence[str]) -> list[EventPattern]:
    try:
        return [compiled(pattern) for pattern in patterns]
    except InvalidEventPattern as invalid:
        raise errors.BadFilter() from invalid


def _read(text: str) -> object:
    """An object where the text is one in JSON, and else the text."""
    if not text.lstrip().startswith("{"):
        return text
    try:
        return _decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text
