"""Blobs over docker's protocol: downloaded whole or in part; uploaded at once, in chunks or by mounting another's."""

import re

from lambent.services.ecr import errors
from lambent.services.ecr.engine.identifiers import RepositoryName, is_digest, is_name, split
from lambent.services.ecr.operations.exchanges import Exchange, failed
from lambent.services.ecr.operations.layer_store import LayerStore
from lambent.wire.http import Response

_RANGE = re.compile(r"bytes=([0-9]*)-([0-9]*)")
_CONTENT_RANGE = re.compile(r"(?:bytes )?([0-9]{1,18})-([0-9]{1,18})(?:/[0-9]+|/\*)?")
_DIGITS_MAX = 18  # of a number of bytes: what has more of them lies behind every blob's end


class BlobRequests:
    """https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-blobs and #pushing-blobs."""

    def __init__(self, *, layers: LayerStore) -> None:
        self._layers = layers

    async def blob(self, exchange: Exchange) -> Response:
        digest = _digest(exchange.reference)
        if exchange.method == "DELETE":
            await self._layers.remove(exchange.repository, digest)
            return Response(202)
        if exchange.method not in ("GET", "HEAD"):
            return failed(405, "UNSUPPORTED", "The operation is unsupported.")
        size = await self._layers.size(exchange.repository, digest)
        headers = [
            ("Content-Type", "application/octet-stream"),
            ("Docker-Content-Digest", digest),
            ("ETag", f'"{digest}"'),
            ("Accept-Ranges", "bytes"),
            ("Cache-Control", "max-age=31536000"),
        ]
        span = _span(exchange.visit.request.headers.get("range", ""), size)
        if span is None:
            return Response(416, [("Content-Range", f"bytes */{size}")])
        first, count = span
        headers.append(("Content-Length", str(count)))
        is_part = count != size
        if is_part:
            headers.append(("Content-Range", f"bytes {first}-{first + count - 1}/{size}"))
        if exchange.method == "HEAD" or not count:
            return Response(206 if is_part else 200, headers)
        return Response(206 if is_part else 200, headers, self._layers.open(digest, first, count))

    async def upload(self, exchange: Exchange) -> Response:
        if not exchange.reference:
            if exchange.method == "POST":
                return await self._begin(exchange)
            return failed(405, "UNSUPPORTED", "The operation is unsupported.")
        match exchange.method:
            case "PATCH":
                return await self._add(exchange)
            case "PUT":
                return await self._complete(exchange)
            case "GET" | "HEAD":
                received = await self._layers.received(exchange.repository, exchange.reference)
                return _underway(exchange, 204, exchange.reference, received)
            case "DELETE":
                await self._layers.cancel(exchange.repository, exchange.reference)
                return Response(204)
        return failed(405, "UNSUPPORTED", "The operation is unsupported.")

    async def _begin(self, exchange: Exchange) -> Response:
        repository, query = exchange.repository, exchange.query
        if query.get("mount") and is_name(split(query.get("from", ""))[1]):
            digest = _digest(query["mount"])
            scope, name = split(query["from"])
            source = RepositoryName(scope or repository.scope, name)
            # From another registry nobody mounts: who may write here need not be allowed to read there.
            if source.scope == repository.scope and await self._layers.mount(repository, source, digest):
                return _made(exchange, digest)
        if query.get("digest"):
            digest = _digest(query["digest"])
            await self._layers.keep(repository, digest, exchange.visit.chunks())
            return _made(exchange, digest)
        return _underway(exchange, 202, await self._layers.begin(repository), 0)

    async def _add(self, exchange: Exchange) -> Response:
        given = exchange.visit.request.headers.get("content-range", "")
        span = _CONTENT_RANGE.fullmatch(given)
        if given and span is None:
            raise errors.InvalidLayerPart()
        first = int(span[1]) if span is not None else None
        received = await self._layers.add(exchange.repository, exchange.reference, exchange.visit.chunks(), first_byte=first)
        return _underway(exchange, 202, exchange.reference, received)

    async def _complete(self, exchange: Exchange) -> Response:
        digest = _digest(exchange.query.get("digest", ""))
        await self._layers.add(exchange.repository, exchange.reference, exchange.visit.chunks())
        await self._layers.complete(exchange.repository, exchange.reference, digest)
        return _made(exchange, digest)


def _digest(text: str) -> str:
    if not is_digest(text):
        raise errors.InvalidLayer()
    return text


def _made(exchange: Exchange, digest: str) -> Response:
    return Response(201, [exchange.location("blobs", digest), ("Docker-Content-Digest", digest)])


def _underway(exchange: Exchange, status: int, upload: str, received: int) -> Response:
    return Response(
        status,
        [
            exchange.location("blobs/uploads", upload),
            ("Docker-Upload-UUID", upload),
            ("Range", f"0-{max(received - 1, 0)}"),
        ],
    )


def _span(text: str, size: int) -> tuple[int, int] | None:
    """Where the wanted part begins and how many bytes it has; None where it lies outside. Other headers than one range: all."""
    found = _RANGE.fullmatch(text.strip())
    if found is None or found[0] == "bytes=-":
        return 0, size
    given_first, given_last = (text.lstrip("0")[: _DIGITS_MAX + 1] or "0" if text else "" for text in found.groups())
    if not given_first:
        count = min(int(given_last), size)
        return (size - count, count) if count else None
    first = int(given_first)
    last = min(int(given_last), size - 1) if given_last else size - 1
    return (first, last - first + 1) if first <= last else None
