"""Operations on log streams."""

from typing import Any

from lambent.core import page_tokens
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.logs import errors
from lambent.services.logs.engine import streams
from lambent.services.logs.engine.streams import Order
from lambent.services.logs.operations.base import Base, group_name_of, scope_of
from lambent.services.logs.tables.groups import Group
from lambent.services.logs.tables.streams import Stream

DESCRIBED_MAX = 50


class StreamOperations(Base):
    async def create_log_stream(self, context: Context, parameters: Parameters) -> Reply:
        group, stream = parameters["logGroupName"], parameters["logStreamName"]
        await self.store.write(streams.create, scope_of(context), group, stream, now_ms=self.now_ms())
        return {}

    async def delete_log_stream(self, context: Context, parameters: Parameters) -> Reply:
        self.appender.forget()
        await self.store.write(streams.delete, scope_of(context), parameters["logGroupName"], parameters["logStreamName"])
        return {}

    async def describe_log_streams(self, context: Context, parameters: Parameters) -> Reply:
        by_time = parameters.get("orderBy") == "LastEventTime"
        prefix = parameters.get("logStreamNamePrefix") or ""
        if by_time and prefix:
            raise errors.PrefixWithLastEventTime()
        token = parameters.get("nextToken")
        order = Order(
            by_time=by_time,
            is_descending=bool(parameters.get("descending")),
            prefix=prefix,
            after=_read_token(token) if token else None,
        )
        count_max = parameters.get("limit") or DESCRIBED_MAX
        page = await self.store.write(streams.page, scope_of(context), group_name_of(context, parameters), order, count_max)
        return {
            "logStreams": [_told(page.group, stream) for stream in page.streams],
            "nextToken": _token(page.streams[-1]) if page.is_truncated else None,
        }


def _told(group: Group, stream: Stream) -> Reply:
    return {
        "logStreamName": stream.name,
        "creationTime": stream.created_ms,
        "firstEventTimestamp": stream.first_event_ms or None,
        "lastEventTimestamp": stream.last_event_ms or None,
        "lastIngestionTime": stream.last_ingested_ms or None,
        "uploadSequenceToken": f"{stream.id:056d}",  # ignored since 2023, and still told
        "arn": f"{group.arn}:log-stream:{stream.name}",
        "storedBytes": 0,  # AWS tells no stream's size since 2019
    }


def _token(last: Stream) -> str:
    return page_tokens.token_of([last.last_event_ms, last.name])


def _read_token(token: str) -> tuple[int, str]:
    like: list[Any] = [0, ""]
    try:
        last_event_ms, name = page_tokens.key_of(token, like)
    except page_tokens.BadPageToken as error:
        raise errors.InvalidToken() from error
    if last_event_ms > streams.LAST_MS:
        raise errors.InvalidToken()
    return int(last_event_ms), str(name)
