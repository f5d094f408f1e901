"""The kinds of event sources, told apart by their ARNs, and what each accepts.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from lambent.core.arn import Arn
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine.event_sources import queues
from lambent.services.lambda_.engine.event_sources.settings import Settings

NOT_YET = frozenset({"dynamodb", "kinesis"})
"""Sources that Lambent is going to follow."""


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

    @staticmethod
    def check_request(parameters: Mapping[str, Any]) -> None:
        """Raises what is wrong with what is given, whatever was set before."""
        ...

    @staticmethod
    def check_settings(source: Arn, settings: Settings) -> None:
        """Raises what is wrong with settings as they would be."""
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """An event source of a kind that can be followed. ``kind``: the service that its ARN names."""

    arn: Arn
    rules: Rules

    @property
    def kind(self) -> str:
        return self.arn.service


_RULES: Mapping[str, Rules] = {"sqs": queues.QueueRules()}


def source_of(text: str) -> Source:
    """The source that an ARN names. Raises UnrecognizedEventSource, and SourceNotYet for what Lambent cannot follow yet."""
    arn = Arn.parse(text)
    if arn is None or (arn.service not in _RULES and arn.service not in NOT_YET):
        raise errors.UnrecognizedEventSource()
    if arn.service in NOT_YET:
        raise errors.SourceNotYet(service=arn.service)
    return Source(arn, _RULES[arn.service])


def check_request(source: Source, parameters: Mapping[str, Any]) -> None:
    source.rules.check_request(parameters)
    for name in source.rules.unsupported:
        if parameters.get(name) is not None:
            raise errors.UnsupportedForSource(parameter=name)
