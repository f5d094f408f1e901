"""The kinds of event sources, told apart by their ARNs, and what each accepts.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
"""

from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct

from lambent.core.arn import Arn
from lambent.core.errors import ServiceError
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine.event_sources import queues, streams
from lambent.services.lambda_.engine.event_sources.settings import Settings


class Rules(Protocol):
    """What is special to one kind of source: one module each."""

    @property
    def reason(self) -> str:
        """StateTransitionReason."""
        ...

    @property
    def batch_size_default(self) -> int: ...

    @property
    def unsupported(self) -> tuple[str, ...]:
        """Parameters that the source has no use for."""
        ...

    @property
    def json_key(self) -> str:
        """The member of a record into which filters look as JSON only; empty where they may compare it as text, too."""
        ...

    def is_source(self, arn: Arn) -> bool:
        """Whether an ARN of the service names something that can be followed."""
        ...

    def check_request(self, source: Arn, parameters: Mapping[str, Any], *, is_new: bool) -> None:
        """Raises what is wrong with what is given, whatever was set before."""
        ...

    def check_settings(self, source: Arn, settings: Settings) -> None:
        """Raises what is wrong with settings as they would be."""
        ...

    def exists(self, source_arn: str, function: str, mapping_id: str) -> ServiceError:
        """What is raised where the function follows the source already."""
        ...

    def told(self, settings: Settings, last_result: str) -> dict[str, Any]:
        """The members of EventSourceMappingConfiguration that only such sources have."""
        ...


class Source(Struct, frozen=True):
    """An event source of a kind that can be followed. ``kind``: the service that its ARN names."""

    arn: Arn
    rules: Rules

    @property
    def kind(self) -> str:
        return self.arn.service


_RULES: Mapping[str, Rules] = {
    "sqs": queues.QueueRules(),
    "kinesis": streams.KinesisRules(),
    "dynamodb": streams.DynamoDBRules(),
}


def source_of(text: str) -> Source:
    """The source that an ARN names. Raises UnrecognizedEventSource."""
    arn = Arn.parse(text)
    rules = _RULES.get(arn.service) if arn is not None else None
    if arn is None or rules is None or not rules.is_source(arn):
        raise errors.UnrecognizedEventSource()
    return Source(arn, rules)


def check_request(source: Source, parameters: Mapping[str, Any], *, is_new: bool) -> None:
    source.rules.check_request(source.arn, parameters, is_new=is_new)
    for name in source.rules.unsupported:
        if parameters.get(name) is not None:
            raise errors.UnsupportedForSource(parameter=name)
