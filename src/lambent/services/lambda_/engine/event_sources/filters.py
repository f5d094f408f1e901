"""Whether the filter criteria of a mapping can be used: what they let through is decided by the followers.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
"""

from collections.abc import Sequence

from lambent.lang.event_pattern import InvalidEventPattern, compiled
from lambent.services.lambda_ import errors

FILTERS_MAX = 5


def check(patterns: Sequence[str], *, json_key: str = "") -> None:
    """Raises BadFilter for what is no pattern, and FiltersTooMany.

    ``json_key``: the member of a record that is always JSON to patterns, so that one for plain text makes no sense.
    """
    if len(patterns) > FILTERS_MAX:
        raise errors.FiltersTooMany(limit=FILTERS_MAX)
    for pattern in patterns:
        try:
            document = compiled(pattern).document
        except InvalidEventPattern as invalid:
            raise errors.BadFilter() from invalid
        if not isinstance(document.get(json_key, {}), dict):
            raise errors.BadFilter()
