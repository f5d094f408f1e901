"""Operations that put, get and filter events."""

from lambent.core.context import Context
from lambent.core.ports import LogEvent, Parameters, Reply
from lambent.services.logs import filter_pattern
from lambent.services.logs.engine import ingestion, queries
from lambent.services.logs.engine.ingestion import Rejected
from lambent.services.logs.engine.queries import Filter, Times
from lambent.services.logs.engine.reading import REPLY_EVENTS_MAX, Found
from lambent.services.logs.operations.base import Base, group_name_of, scope_of


class EventOperations(Base):
    async def put_log_events(self, context: Context, parameters: Parameters) -> Reply:
        """A sequence token is taken and ignored, as AWS does since 2023."""
        events = [LogEvent(event["timestamp"], event["message"]) for event in parameters["logEvents"]]
        ingestion.check(events)
        rejected = await self.store.write(
            ingestion.put,
            scope_of(context),
            parameters["logGroupName"],
            parameters["logStreamName"],
            events,
            now_ms=self.now_ms(),
        )
        return {"nextSequenceToken": f"{self.now_ms():056d}", "rejectedLogEventsInfo": _told_rejected(rejected)}

    async def get_log_events(self, context: Context, parameters: Parameters) -> Reply:
        page = await self.store.read(
            queries.get,
            scope_of(context),
            group_name_of(context, parameters),
            parameters["logStreamName"],
            times=Times(parameters.get("startTime"), parameters.get("endTime")),
            token=parameters.get("nextToken") or "",
            from_head=bool(parameters.get("startFromHead")),
            count_max=parameters.get("limit") or REPLY_EVENTS_MAX,
            now_ms=self.now_ms(),
        )
        return {
            "events": [_told(event) for event in page.events],
            "nextForwardToken": page.forward_token,
            "nextBackwardToken": page.backward_token,
        }

    async def filter_log_events(self, context: Context, parameters: Parameters) -> Reply:
        """Streams are always interleaved, as on AWS since 2019."""
        pattern = filter_pattern.compiled(parameters.get("filterPattern") or "")
        wanted = Filter(
            times=Times(parameters.get("startTime"), parameters.get("endTime")),
            stream_names=parameters.get("logStreamNames") or (),
            stream_prefix=parameters.get("logStreamNamePrefix") or "",
            matches=None if pattern is None else pattern.matches,
            is_backward=parameters.get("startFromHead") is False,
        )
        queries.check(wanted)
        page = await self.store.read(
            queries.filter_events,
            scope_of(context),
            group_name_of(context, parameters),
            wanted,
            token=parameters.get("nextToken") or "",
            count_max=parameters.get("limit") or REPLY_EVENTS_MAX,
            now_ms=self.now_ms(),
        )
        return {
            "events": [
                _told(event) | {"logStreamName": page.stream_names[event.stream_id], "eventId": event.position.digits}
                for event in page.events
            ],
            "searchedLogStreams": [],  # AWS tells none since 2019
            "nextToken": page.token or None,
        }

    async def test_metric_filter(self, context: Context, parameters: Parameters) -> Reply:  # noqa: ARG002 - nothing is kept
        pattern = filter_pattern.compiled(parameters["filterPattern"])
        messages = enumerate(parameters["logEventMessages"], 1)
        return {
            "matches": [
                {
                    "eventNumber": number,
                    "eventMessage": message,
                    "extractedValues": {} if pattern is None else dict(pattern.extract(message)),
                }
                for number, message in messages
                if pattern is None or pattern.matches(message)
            ]
        }


def _told(event: Found) -> Reply:
    return {"timestamp": event.at_ms, "message": event.message, "ingestionTime": event.ingested_ms}


def _told_rejected(rejected: Rejected) -> Reply | None:
    if not rejected:
        return None
    return {
        "tooNewLogEventStartIndex": rejected.too_new_start,
        "tooOldLogEventEndIndex": rejected.too_old_end,
        "expiredLogEventEndIndex": rejected.expired_end,
    }
