"""What a mapping is set to, whatever its source: read from a request, kept as JSON.

What a source does not know keeps its default here; `sources` says what is refused.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from lambent.core.clock import Instant
from lambent.durable.followers import scaling
from lambent.durable.followers.scaling import Bounds
from lambent.durable.followers.settings import NO_LIMIT

BATCH_FAILURES = "ReportBatchItemFailures"
EVENT_COUNT = "EventCount"

POLLER_BATCHES = 10
"""Invocations that one provisioned poller keeps running."""
POLLER_BATCHES_MAX = 20_000
POLLER_BATCHES_ADDED_PER_MIN = 1_000


class Pollers(Struct, frozen=True):
    """Provisioned mode: so many pollers are kept, and no more are started than the maximum."""

    count_min: int
    count_max: int


class Settings(Struct, frozen=True):
    """``filters`` are patterns as the user wrote them: a record that matches one of them goes on.

    The last eight are of streams: ``retries_max`` and ``age_s_max`` are -1 where there is no limit, ``tumbling_s`` is 0 without
    tumbling windows, ``on_failure`` is the ARN of a destination or empty.
    """

    batch_size: int
    window_s: int = 0
    filters: tuple[str, ...] = ()
    response_types: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    kms_key_arn: str = ""
    concurrency_max: int | None = None
    pollers: Pollers | None = None
    starting_position: str = ""
    starting_at: Instant = 0.0
    factor: int = 1
    retries_max: int = NO_LIMIT
    age_s_max: int = NO_LIMIT
    is_bisecting: bool = False
    tumbling_s: int = 0
    on_failure: str = ""

    @property
    def reports_failures(self) -> bool:
        return BATCH_FAILURES in self.response_types

    @property
    def counts_events(self) -> bool:
        return EVENT_COUNT in self.metrics


def changed(settings: Settings, parameters: Mapping[str, Any]) -> Settings:
    """The settings after what is given in ``parameters``; what is absent stays, and an empty structure takes away."""
    changes = {name: read(parameters[key]) for key, (name, read) in _READERS.items() if parameters.get(key) is not None}
    return replace(settings, **changes)


def bounds(settings: Settings) -> Bounds:
    """How many batches of a queue may run at once."""
    if settings.pollers is not None:
        most = min(settings.pollers.count_max * POLLER_BATCHES, POLLER_BATCHES_MAX)
        return Bounds(min(settings.pollers.count_min * POLLER_BATCHES, most), most, POLLER_BATCHES_ADDED_PER_MIN)
    most = min(settings.concurrency_max or scaling.BATCHES_MAX, scaling.BATCHES_MAX)
    return replace(scaling.ORDINARY, first=min(scaling.BATCHES_FIRST, most), maximum=most)


def encode(settings: Settings) -> str:
    return msgspec.json.encode(settings).decode()


_decoder = msgspec.json.Decoder(Settings)


def decode(text: str) -> Settings:
    return _decoder.decode(text)


POLLERS_MIN_DEFAULT = 2
POLLERS_MAX_DEFAULT = 200


def _filters(criteria: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(each.get("Pattern") or "" for each in criteria.get("Filters") or ())


def _pollers(config: Mapping[str, Any]) -> Pollers | None:
    if config.get("MinimumPollers") is None and config.get("MaximumPollers") is None:
        return None
    return Pollers(
        config.get("MinimumPollers") or POLLERS_MIN_DEFAULT,
        config.get("MaximumPollers") or max(POLLERS_MAX_DEFAULT, config.get("MinimumPollers") or 0),
    )


_READERS: dict[str, tuple[str, Any]] = {
    "BatchSize": ("batch_size", int),
    "MaximumBatchingWindowInSeconds": ("window_s", int),
    "FilterCriteria": ("filters", _filters),
    "FunctionResponseTypes": ("response_types", tuple),
    "MetricsConfig": ("metrics", lambda given: tuple(given.get("Metrics") or ())),
    "KMSKeyArn": ("kms_key_arn", str),
    "ScalingConfig": ("concurrency_max", lambda given: given.get("MaximumConcurrency")),
    "ProvisionedPollerConfig": ("pollers", _pollers),
    "StartingPosition": ("starting_position", str),
    "StartingPositionTimestamp": ("starting_at", lambda given: given.timestamp()),
    "ParallelizationFactor": ("factor", int),
    "MaximumRetryAttempts": ("retries_max", int),
    "MaximumRecordAgeInSeconds": ("age_s_max", int),
    "BisectBatchOnFunctionError": ("is_bisecting", bool),
    "TumblingWindowInSeconds": ("tumbling_s", int),
    "DestinationConfig": ("on_failure", lambda given: (given.get("OnFailure") or {}).get("Destination") or ""),
}
"""AWS' member name -> the field of Settings and how it is read."""
