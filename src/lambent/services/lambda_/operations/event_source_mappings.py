"""Event source mappings: create, get, list, update, delete."""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.durable.followers.consumer import Starts
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine.event_sources import mappings, sources
from lambent.services.lambda_.engine.identifiers import FunctionName, parse_function
from lambent.services.lambda_.operations import pages, replies
from lambent.services.lambda_.operations.base import Base
from lambent.services.lambda_.tables.event_source_mappings import MappingRow

MAPPINGS_LISTED_MAX = 100
"""In one page."""


class EventSourceMappingOperations(Base):
    """Operations on what functions follow."""

    async def create_event_source_mapping(self, context: Context, parameters: Parameters) -> Reply:
        source = sources.source_of(parameters.get("EventSourceArn") or "")
        function = self._mapped_name(context, parameters["FunctionName"])
        wanted = mappings.created(source, parameters)
        mapped = await self._store.read(mappings.mapped, function)
        is_enabled = parameters.get("Enabled") is not False
        access = self._source_access[source.kind]
        await access.check(context, source.arn, mapped, wanted)
        row = await self._store.write(
            mappings.create,
            source,
            function,
            wanted,
            is_enabled=is_enabled,
            tags=parameters.get("Tags") or {},
            starts=await access.starts(context, source.arn, wanted) if is_enabled else (),
            now=self._clock.now(),
        )
        return self._mapping_told(row)

    async def get_event_source_mapping(self, context: Context, parameters: Parameters) -> Reply:
        return self._mapping_told(await self._store.read(mappings.find, self._scope(context), parameters["UUID"]))

    async def list_event_source_mappings(self, context: Context, parameters: Parameters) -> Reply:
        size = min(parameters.get("MaxItems") or MAPPINGS_LISTED_MAX, MAPPINGS_LISTED_MAX)
        named = parameters.get("FunctionName")
        rows = await self._store.read(
            mappings.list_page,
            self._scope(context),
            of=self._mapped_name(context, named) if named else None,
            source_arn=parameters.get("EventSourceArn"),
            start=pages.start(parameters, ""),
            count_max=size + 1,
        )
        page, following = pages.split(rows, size)
        return {
            "EventSourceMappings": [self._mapping_told(row) for row in page],
            "NextMarker": pages.marker(following.id) if following else None,
        }

    async def update_event_source_mapping(self, context: Context, parameters: Parameters) -> Reply:
        row = await self._store.read(mappings.find_settled, self._scope(context), parameters["UUID"], deed="update")
        wanted = mappings.changed(row, parameters)
        named, enabled = parameters.get("FunctionName"), parameters.get("Enabled")
        function = self._mapped_name(context, named) if named else row.function
        is_enabled = row.is_enabled if enabled is None else enabled
        starts: Starts = ()
        if named or is_enabled:
            mapped = await self._store.read(mappings.mapped, function)
            source = sources.source_of(row.source_arn)
            access = self._source_access[source.kind]
            await access.check(context, source.arn, mapped, wanted)
            if not await self._store.read(mappings.has_begun, row):
                starts = await access.starts(context, source.arn, wanted)
        updated = await self._store.write(
            mappings.update, row, function, wanted, is_enabled=is_enabled, starts=starts, now=self._clock.now()
        )
        return self._mapping_told(updated)

    async def delete_event_source_mapping(self, context: Context, parameters: Parameters) -> Reply:
        row = await self._store.write(mappings.delete, self._scope(context), parameters["UUID"], now=self._clock.now())
        return self._mapping_told(row)

    def _mapping_told(self, row: MappingRow) -> Reply:
        return replies.mapping(row, problem=self._following.problem(row))

    def _mapped_name(self, context: Context, text: str) -> FunctionName:
        """Only the caller's own functions can follow anything."""
        function = parse_function(text, None, self._scope(context))
        if function.scope.account != context.account:
            raise errors.MappedFunctionMissing()
        return function
