"""Manifests over docker's protocol, with the lists of tags and of what refers to an image."""

import json
from typing import Any
from urllib.parse import quote

from lambent.core.clock import Clock
from lambent.services.ecr import errors
from lambent.services.ecr.engine import images, limits, manifests
from lambent.services.ecr.engine.identifiers import is_digest
from lambent.services.ecr.engine.images import Failure, ImageId
from lambent.services.ecr.operations.exchanges import Answered, Exchange, failed, page_size
from lambent.services.ecr.tables.images import ImageRow
from lambent.store.database import Database
from lambent.wire.http import Response, TooLarge

TAGS_PAGE_MAX = 1_000


class ManifestRequests:
    """https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests and #pushing-manifests."""

    def __init__(self, *, store: Database, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def manifest(self, exchange: Exchange) -> Response:
        match exchange.method:
            case "GET" | "HEAD":
                return await self._get(exchange)
            case "PUT":
                return await self._put(exchange)
            case "DELETE":
                return await self._delete(exchange)
        return failed(405, "UNSUPPORTED", "The operation is unsupported.")

    async def tags(self, exchange: Exchange) -> Response:
        count_max = page_size(exchange.query, TAGS_PAGE_MAX)
        after = exchange.query.get("last", "")
        tags = await self._store.read(images.tags, exchange.repository, after=after, count_max=count_max + 1)
        headers = [("Content-Type", "application/json")]
        if len(tags) > count_max:
            last = quote(tags[count_max - 1], safe="")
            path = f"{exchange.visit.base_path}/v2/{exchange.name}/tags/list"
            headers.append(("Link", f'<{path}?n={count_max}&last={last}>; rel="next"'))
        body = {"name": exchange.name, "tags": tags[:count_max]}
        return Response(200, headers, json.dumps(body).encode())

    async def referrers(self, exchange: Exchange) -> Response:
        rows = await self._store.read(images.referrers, exchange.repository, exchange.reference)
        wanted = exchange.query.get("artifactType")
        told = [_descriptor(row) for row in rows if not wanted or row.artifact_type == wanted]
        body = {"schemaVersion": 2, "mediaType": manifests.OCI_INDEX, "manifests": told}
        headers = [("Content-Type", manifests.OCI_INDEX), *([("OCI-Filters-Applied", "artifactType")] if wanted else [])]
        return Response(200, headers, json.dumps(body).encode())

    async def _get(self, exchange: Exchange) -> Response:
        found = await self._store.read(images.find, exchange.repository, _named(exchange.reference))
        body = found.row.manifest.encode()
        headers = [
            ("Content-Type", found.row.media_type),
            ("Docker-Content-Digest", found.row.digest),
            ("ETag", f'"{found.row.digest}"'),
            ("Content-Length", str(len(body))),
        ]
        return Response(200, headers, b"" if exchange.method == "HEAD" else body)

    async def _put(self, exchange: Exchange) -> Response:
        try:
            text = (await exchange.visit.read(limits.MANIFEST_BYTES_MAX)).decode()
        except (TooLarge, UnicodeDecodeError) as error:
            raise Answered(failed(400, "MANIFEST_INVALID", "The manifest is too large, or no text.")) from error
        manifest = manifests.parse(text, exchange.visit.request.headers.get("content-type", ""))
        named = _named(exchange.reference)
        if named.digest and named.digest != manifest.digest:
            raise errors.ImageDigestDoesNotMatch(digest=named.digest, actual=manifest.digest)
        now = self._clock.now()
        await self._store.write(images.put, exchange.repository, manifest, named.tag, now, is_repeatable=True)
        headers = [exchange.location("manifests", manifest.digest), ("Docker-Content-Digest", manifest.digest)]
        if manifest.subject:
            headers.append(("OCI-Subject", manifest.subject))
        return Response(201, headers)

    async def _delete(self, exchange: Exchange) -> Response:
        for each in await self._store.write(images.delete, exchange.repository, [_named(exchange.reference)]):
            if isinstance(each, Failure):
                is_used = each.code == "ImageReferencedByManifestList"
                return failed(409 if is_used else 404, "DENIED" if is_used else "MANIFEST_UNKNOWN", each.reason)
        return Response(202)


def _named(reference: str) -> ImageId:
    return ImageId(digest=reference) if is_digest(reference) else ImageId(tag=reference)


def _descriptor(row: ImageRow) -> dict[str, Any]:
    told: dict[str, Any] = {"mediaType": row.media_type, "digest": row.digest, "size": len(row.manifest.encode())}
    if row.artifact_type:
        told["artifactType"] = row.artifact_type
    annotations = manifests.parse(row.manifest, row.media_type).annotations
    return told | ({"annotations": annotations} if annotations else {})
