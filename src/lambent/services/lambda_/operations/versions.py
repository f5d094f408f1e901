"""Versions: publish and list."""

from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.lambda_.engine import checks, functions, versions
from lambent.services.lambda_.engine.identifiers import FunctionName
from lambent.services.lambda_.operations import pages, replies
from lambent.services.lambda_.operations.base import Base
from lambent.services.lambda_.tables.functions import VersionRow
from lambent.store.database import Transaction


class VersionOperations(Base):
    """Operations on published versions."""

    async def publish_version(self, context: Context, parameters: Parameters) -> Reply:
        function = await self._named_unqualified(context, parameters, "PublishVersion")
        published = await self._store.write(
            _publish,
            function,
            code_sha256=parameters.get("CodeSha256"),
            description=parameters.get("Description"),
            revision_id=parameters.get("RevisionId"),
            now=self._clock.now(),
        )
        return replies.configuration(published, qualifier=published.label)

    async def list_versions_by_function(self, context: Context, parameters: Parameters) -> Reply:
        function = await self._named_unqualified(context, parameters, "ListVersionsByFunction")
        size = pages.count_max(parameters)
        start = pages.start(parameters, 0)
        rows = await self._store.read(versions.list_versions, function, start=start, count_max=size + 1)
        page, following = pages.split(rows, size)
        told = [replies.configuration(row, qualifier=row.label, has_status=False) for row in page]
        return {"Versions": told, "NextMarker": pages.marker(following.version) if following else None}


def _publish(
    tx: Transaction,
    function: FunctionName,
    *,
    code_sha256: str | None,
    description: str | None,
    revision_id: str | None,
    now: Instant,
) -> VersionRow:
    latest = functions.latest_of(tx, function)
    functions.check_settled(latest)
    checks.check_revision(revision_id, latest.revision_id, operation="GetFunction/GetAlias")
    versions.check_code_sha256(code_sha256, latest)
    published = versions.publish_latest(tx, latest, description=description, now=now)
    if published.is_preparing:
        tx.signal(functions.PREPARE_TOPIC)
    return published
