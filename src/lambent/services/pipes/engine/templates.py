"""Input templates: what the enrichment or the target is given instead of an event.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.lang import input_paths, input_template
from lambent.lang.input_paths import ABSENT
from lambent.services.pipes.engine import events

EVENT, EVENT_JSON, INGESTION_TIME = "aws.pipes.event", "aws.pipes.event.json", "aws.pipes.event.ingestion-time"


class Facts(Struct, frozen=True):
    """What a template may tell of its pipe."""

    pipe_arn: str
    pipe_name: str
    source_arn: str
    enrichment_arn: str
    target_arn: str

    def named(self) -> Mapping[str, str]:
        return {
            "aws.pipes.pipe-arn": self.pipe_arn,
            "aws.pipes.pipe-name": self.pipe_name,
            "aws.pipes.source-arn": self.source_arn,
            "aws.pipes.enrichment-arn": self.enrichment_arn,
            "aws.pipes.target-arn": self.target_arn,
        }


Shape = Callable[[object, Instant], str]
"""Makes the text that is sent of an event, which came in at an instant."""


def compiled(template: str, facts: Facts) -> Shape:
    """How events are shaped: as they are where there is no template."""
    if not template:
        return lambda event, _now: input_template.json_of(event)
    named = facts.named()
    parts = input_template.parsed(template, lambda name: name in named or _is_of_event(name))

    def shape(event: object, now: Instant) -> str:
        document = events.decoded(event)

        def value(name: str) -> object:
            if name == EVENT:
                return event
            if name == EVENT_JSON:
                return document
            if name == INGESTION_TIME:
                return f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%SZ}"
            return named[name] if name in named else _found(name, document)

        return input_template.filled(parts, value)

    return shape


def dynamic(text: str, event: object) -> str:
    """A parameter of a target: as it is, or what its path finds in the event."""
    if not text.startswith("$."):
        return text
    found = _found(text, events.decoded(event))
    if found is ABSENT or found is None:
        return ""
    return found if isinstance(found, str) else input_template.json_of(found)


def _is_of_event(name: str) -> bool:
    return name in (EVENT, EVENT_JSON, INGESTION_TIME) or input_paths.parse(name) is not None


def _found(path: str, document: object) -> object:
    parsed = input_paths.parse(path)
    return ABSENT if parsed is None else parsed.of(document)
