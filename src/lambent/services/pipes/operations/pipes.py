"""Pipes: create, update, describe, delete, list, start, stop."""

from datetime import UTC, datetime
from typing import Any

from lambent.core import page_tokens
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.durable.followers.consumer import PROBLEM
from lambent.services.pipes import errors
from lambent.services.pipes.engine import pipes, sources
from lambent.services.pipes.engine.identifiers import PipeName
from lambent.services.pipes.operations.base import Base, scope_of
from lambent.services.pipes.tables.pipes import RUNNING, PipeRow

PIPES_LISTED_MAX = 100
REASON_LENGTH_MAX = 512


class PipeOperations(Base):
    """The control plane of pipes."""

    async def create_pipe(self, context: Context, parameters: Parameters) -> Reply:
        name, tags = _name(context, parameters), parameters.get("Tags") or {}
        settings = pipes.created(parameters, region=context.region)
        pipes.check_tags(tags)
        await self._access.check(context, name, settings)
        row = await self._store.write(
            pipes.create,
            name,
            settings,
            desired_state=parameters.get("DesiredState") or RUNNING,
            tags=tags,
            starts=await self._access.starts(context, settings),
            now=self._clock.now(),
        )
        return _head(row)

    async def update_pipe(self, context: Context, parameters: Parameters) -> Reply:
        row = await self._store.read(pipes.find_settled, _name(context, parameters))
        settings = pipes.changed(row, parameters, region=context.region)
        await self._access.check(context, row.name, settings)
        desired_state = parameters.get("DesiredState") or row.desired_state
        return _head(await self._store.write(pipes.update, row, settings, desired_state=desired_state, now=self._clock.now()))

    async def describe_pipe(self, context: Context, parameters: Parameters) -> Reply:
        row = await self._store.read(pipes.find, _name(context, parameters))
        return {**_head(row), **self._reason(row), **_told(row.settings), "Tags": dict(row.tags)}

    async def delete_pipe(self, context: Context, parameters: Parameters) -> Reply:
        return _head(await self._store.write(pipes.delete, _name(context, parameters), self._clock.now()))

    async def list_pipes(self, context: Context, parameters: Parameters) -> Reply:
        size = parameters.get("Limit") or PIPES_LISTED_MAX
        rows = await self._store.read(pipes.page, scope_of(context), parameters, after=_start(parameters), count_max=size)
        reply: Reply = {"Pipes": [self._summary(row) for row in rows[:size]]}
        if len(rows) > size:
            reply["NextToken"] = page_tokens.token_of(rows[size - 1].name.name)
        return reply

    async def start_pipe(self, context: Context, parameters: Parameters) -> Reply:
        return _head(await self._store.write(pipes.start, _name(context, parameters), self._clock.now()))

    async def stop_pipe(self, context: Context, parameters: Parameters) -> Reply:
        return _head(await self._store.write(pipes.stop, _name(context, parameters), self._clock.now()))

    def _summary(self, row: PipeRow) -> Reply:
        told = {name: row.settings[name] for name in ("Source", "Target", "Enrichment") if row.settings.get(name)}
        return {**_head(row), **self._reason(row), **told}

    def _reason(self, row: PipeRow) -> Reply:
        """Why nothing is handled now, where anything is wrong."""
        problem = self._keeping.problem(row).removeprefix(PROBLEM)
        return {"StateReason": problem[:REASON_LENGTH_MAX]} if problem else {}


def _name(context: Context, parameters: Parameters) -> PipeName:
    return PipeName(scope_of(context), parameters["Name"])


def _start(parameters: Parameters) -> str:
    """Raises ValidationException for a token that is none of ours."""
    given = parameters.get("NextToken")
    try:
        return page_tokens.key_of(given, "") if given else ""
    except page_tokens.BadPageToken as error:
        raise errors.ValidationException(reason="Invalid NextToken.") from error


def _head(row: PipeRow) -> Reply:
    return {
        "Arn": row.name.arn,
        "Name": row.name.name,
        "DesiredState": row.desired_state,
        "CurrentState": row.current_state,
        "CreationTime": datetime.fromtimestamp(row.created_at, UTC),
        "LastModifiedTime": datetime.fromtimestamp(row.modified_at, UTC),
    }


def _told(settings: Any) -> dict[str, Any]:
    """As AWS tells it, with a timestamp for the seconds of the row."""
    source = sources.source_of(settings["Source"])
    block = sources.BLOCKS[source.service]
    parameters = dict(settings["SourceParameters"][block])
    if parameters.get("StartingPositionTimestamp") is not None:
        parameters["StartingPositionTimestamp"] = datetime.fromtimestamp(parameters["StartingPositionTimestamp"], UTC)
    return {**settings, "SourceParameters": {**settings["SourceParameters"], block: parameters}}
