"""From an entry of PutEvents to an event in AWS' envelope, or to the reason why it is none.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.events import errors
from lambent.services.events.engine.inputs import Event, timestamp

REQUEST_BYTES_MAX = 1_048_576
TIME_BYTES = 14  # what AWS counts for a time, however it is written
AWS_SOURCE_PREFIX = "aws."

_encode = msgspec.json.Encoder().encode


class Refusal(Struct, frozen=True):
    """Why an entry is no event."""

    code: str
    message: str

    def told(self) -> dict[str, str]:
        return {"ErrorCode": self.code, "ErrorMessage": self.message}


MALFORMED = Refusal("MalformedDetail", "Detail is malformed.")
FOREIGN_SOURCE = Refusal("NotAuthorizedForSourceException", "Not authorized for the source.")


def check_size(entries: Sequence[Mapping[str, Any]]) -> None:
    """Raises ValidationException."""
    if sum(map(_size, entries)) > REQUEST_BYTES_MAX:
        raise errors.ValidationException(reason="Total size of the entries in the request is over the limit.")


def event_of(entry: Mapping[str, Any], scope: Scope, now: Instant, *, is_from_aws: bool) -> Event | Refusal:
    """The event that an entry means, of the account and region that send it. Services of AWS may call themselves such."""
    for member in ("Source", "DetailType", "Detail"):
        if not entry.get(member):
            return Refusal("InvalidArgument", f"Parameter {member} is not valid. Reason: {member} is a required argument.")
    source = entry["Source"]
    if source.startswith(AWS_SOURCE_PREFIX) and not is_from_aws:
        return FOREIGN_SOURCE
    try:
        detail = msgspec.json.decode(entry["Detail"])
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return MALFORMED
    if not isinstance(detail, dict):
        return MALFORMED
    time = entry.get("Time")
    return made(
        scope,
        source=source,
        detail_type=entry["DetailType"],
        time=time.timestamp() if time is not None else now,
        resources=entry.get("Resources") or [],
        detail=detail,
        now=now,
        trace_header=entry.get("TraceHeader") or "",
    )


def scheduled(scope: Scope, rule_arn: str, due_at: Instant, now: Instant) -> Event:
    """The event by which a schedule comes round."""
    return made(
        scope, source="aws.events", detail_type="Scheduled Event", time=due_at, resources=[rule_arn], detail={}, now=now
    )


def made(
    scope: Scope,
    *,
    source: str,
    detail_type: str,
    time: Instant,
    resources: Sequence[str],
    detail: Mapping[str, Any],
    now: Instant,
    trace_header: str = "",
) -> Event:
    """A new event, with an id of its own."""
    event_id = ids.uuid4()
    document = {
        "version": "0",
        "id": event_id,
        "detail-type": detail_type,
        "source": source,
        "account": scope.account,
        "time": timestamp(time),
        "region": scope.region,
        "resources": list(resources),
        "detail": detail,
    }
    return Event(event_id, document, _encode(document).decode(), now, trace_header)


def again(text: str, now: Instant, *, trace_header: str, hops: int) -> Event:
    """An event as another bus sent it on: the same in all but where it came through."""
    document = msgspec.json.decode(text)
    return Event(document["id"], document, text, now, trace_header, hops)


def _size(entry: Mapping[str, Any]) -> int:
    texts = [entry.get(member) or "" for member in ("Source", "DetailType", "Detail")]
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in (*texts, *(entry.get("Resources") or ()))) + (
        TIME_BYTES if entry.get("Time") is not None else 0
    )
