"""JSON paths as rules write them: ``$.detail.state``, ``$.resources[0]``, ``$.detail.items[*].id``.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

ABSENT: Final = object()
_STEP = re.compile(
    r"""\.(?P<name>[^.\[\]*\s]+) | (?P<all>\.\*|\[\*\]) | \[(?P<index>\d{1,9})\] | \['(?P<quoted>[^']+)'\]""", re.VERBOSE
)
Step = str | int | None
"""A field's name, an element's place, or (None) all of them."""


class Path(Struct, frozen=True):
    """Steps down from the event."""

    steps: tuple[Step, ...]

    def of(self, value: object) -> object:
        """What stands there; ABSENT where nothing does. With a wildcard: the list of all that stand there."""
        found: Iterable[object] = [value]
        for step in self.steps:
            found = [below for above in found for below in _below(above, step)]
        listed = list(found)
        if None in self.steps:
            return listed
        return listed[0] if listed else ABSENT


def parse(text: str) -> Path | None:
    """The path that a text spells, or None where it spells none."""
    if not text.startswith("$"):
        return None
    steps: list[Step] = []
    position = 1
    while position < len(text):
        step = _STEP.match(text, position)
        if step is None:
            return None
        position = step.end()
        steps.append(int(step["index"]) if step["index"] else step["name"] or step["quoted"])
    return Path(tuple(steps))


def _below(value: object, step: Step) -> Iterator[object]:
    if step is None:
        if isinstance(value, dict):
            yield from value.values()
        elif isinstance(value, list):
            yield from value
    elif isinstance(step, int):
        if isinstance(value, list) and step < len(value):
            yield value[step]
    elif isinstance(value, dict) and step in value:
        yield value[step]
