"""StartLiveTail: events as they come in, over an event stream."""

from collections.abc import AsyncIterator

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.logs import filter_pattern
from lambent.services.logs.engine import groups, ingestion, tailing
from lambent.services.logs.engine.tailing import Seen, Tail
from lambent.services.logs.operations.base import Base, scope_of

SESSION_S_MAX = 3 * 3_600.0
UPDATE_EVERY_S = 1.0  # an update without events, when none came in for so long
UPDATE_EVENTS_MAX = 500


class LiveTailOperations(Base):
    async def start_live_tail(self, context: Context, parameters: Parameters) -> Reply:
        identifiers = parameters["logGroupIdentifiers"]
        stream_names = parameters.get("logStreamNames") or ()
        stream_prefixes = parameters.get("logStreamNamePrefixes") or ()
        tailing.check(len(identifiers), stream_names, stream_prefixes)
        pattern = filter_pattern.compiled(parameters.get("logEventFilterPattern") or "")
        names = [groups.of_identifier(identifier, scope_of(context)) for identifier in identifiers]
        start = await self.store.read(tailing.start, scope_of(context), names)
        tail = Tail(
            groups=start.groups,
            stream_names=frozenset(stream_names),
            stream_prefixes=tuple(stream_prefixes),
            matches=None if pattern is None else pattern.matches,
        )
        opening = {
            "requestId": context.request_id,
            "sessionId": ids.uuid4(),
            "logGroupIdentifiers": list(identifiers),
            "logStreamNames": list(stream_names),
            "logStreamNamePrefixes": list(stream_prefixes),
            "logEventFilterPattern": parameters.get("logEventFilterPattern") or "",
        }
        return {"responseStream": self._session(opening, tail, start.after_id)}

    def end_streams(self) -> None:
        """Ends every session now: none has an end of its own for which a platform that stops could wait."""
        self.is_ending = True
        self.signals.notify(ingestion.TOPIC)

    async def _session(self, opening: Reply, tail: Tail, after_id: int) -> AsyncIterator[Reply]:
        yield {"sessionStart": opening}
        ends_at = self.clock.now() + SESSION_S_MAX
        with self.signals.listen(ingestion.TOPIC) as listener:
            due_at = self.clock.now() + UPDATE_EVERY_S
            while (now := self.clock.now()) < ends_at and not self.is_ending:
                seen, until_id = await self.store.read(tailing.look, tail, after_id)
                for at in range(0, len(seen), UPDATE_EVENTS_MAX):
                    yield _update(seen[at : at + UPDATE_EVENTS_MAX])
                if not seen and now >= due_at:
                    yield _update([])
                if seen or now >= due_at:
                    due_at = now + UPDATE_EVERY_S
                if until_id == after_id:
                    await listener.wait(min(due_at, ends_at), is_background=True)
                after_id = until_id
        if self.is_ending:
            return
        yield {"SessionTimeoutException": {"message": _expired(SESSION_S_MAX)}}


def _expired(session_s: Instant) -> str:
    return f"The session has been open for {session_s / 3_600:g} hours and has timed out."


def _update(seen: list[Seen]) -> Reply:
    return {"sessionUpdate": {"sessionMetadata": {"sampled": False}, "sessionResults": [_told(event) for event in seen]}}


def _told(event: Seen) -> Reply:
    return {
        "logStreamName": event.stream_name,
        "logGroupIdentifier": f"{event.group.account}:{event.group.name}",
        "message": event.message,
        "timestamp": event.at_ms,
        "ingestionTime": event.ingested_ms,
    }
