"""The aws-chunked encoding of S3's uploads: chunks with or without signatures, and trailing checksums.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html and sigv4-streaming-trailers.html
"""

import base64
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from typing import ClassVar

from lambent.core.errors import ServiceError
from lambent.wire.checksums import RUNNING, Running
from lambent.wire.http import Request
from lambent.wire.sigv4 import (
    DIGITS_MAX,
    STREAMING_SIGNED,
    STREAMING_SIGNED_TRAILER,
    STREAMING_UNSIGNED_TRAILER,
    ChunkSigner,
    matches,
)

LINE_BYTES_MAX = 16_384
CHUNK_BYTES_MAX = 134_217_728
TRAILERS_MAX = 16

CHECKSUMS: Mapping[str, Callable[[], Running]] = {f"x-amz-checksum-{name.lower()}": start for name, start in RUNNING.items()}
"""The checksums that S3 knows, by the header that carries them."""

_ENCODINGS = (STREAMING_SIGNED, STREAMING_SIGNED_TRAILER, STREAMING_UNSIGNED_TRAILER)


class BadDigest(ServiceError):
    code: ClassVar[str] = "BadDigest"
    status: ClassVar[int] = 400
    wording: ClassVar[str] = "The {algorithm} you specified did not match the calculated checksum."


class ChunkSignatureDoesNotMatch(ServiceError):
    code: ClassVar[str] = "SignatureDoesNotMatch"
    status: ClassVar[int] = 403
    wording: ClassVar[str] = (
        "The request signature we calculated does not match the signature you provided. Check your key and signing method."
    )


class IncompleteBody(ServiceError):
    code: ClassVar[str] = "IncompleteBody"
    status: ClassVar[int] = 400
    wording: ClassVar[str] = "The request body terminated unexpectedly"


class InvalidChunkSize(ServiceError):
    code: ClassVar[str] = "InvalidChunkSizeError"
    status: ClassVar[int] = 403
    wording: ClassVar[str] = "Only the last chunk is allowed to have a size less than 8192 bytes"


class MalformedTrailer(ServiceError):
    code: ClassVar[str] = "MalformedTrailerError"
    status: ClassVar[int] = 400
    wording: ClassVar[str] = (
        "The request contained trailing data that was not well-formed or did not conform to our published schema."
    )


def is_chunked(request: Request) -> bool:
    """Whether the body is in aws-chunked encoding."""
    return request.headers.get("x-amz-content-sha256", "") in _ENCODINGS or "aws-chunked" in _encodings(request.headers)


def is_signed(request: Request) -> bool:
    """Whether each chunk carries a signature."""
    return request.headers.get("x-amz-content-sha256", "") in (STREAMING_SIGNED, STREAMING_SIGNED_TRAILER)


def unwrap(request: Request, *, signer: ChunkSigner | None = None) -> None:
    """Replaces the request's stream by the decoded one, and its headers by those of the decoded body."""
    assert request.stream is not None, "only a stream is unwrapped"
    headers = dict(request.headers)
    announced = headers.get("x-amz-decoded-content-length", "")
    size = int(announced) if announced.isdecimal() and len(announced) <= DIGITS_MAX else None
    trailers = tuple(name.strip().lower() for name in headers.get("x-amz-trailer", "").split(",") if name.strip())
    request.stream = decode(request.stream, signer=signer, size=size, trailers=trailers)
    kept = ",".join(encoding for encoding in _encodings(headers) if encoding != "aws-chunked")
    headers.pop("content-encoding", None)
    if kept:
        headers["content-encoding"] = kept
    if size is not None:
        headers["content-length"] = announced
    request.headers = headers


async def decode_whole(request: Request) -> bytes:
    """The decoded body of a request whose body is already whole. Its signatures are not looked at."""
    request.stream = _once(request.body)
    unwrap(request)
    body = b"".join([chunk async for chunk in request.stream])
    request.stream = None
    return body


async def decode(
    stream: AsyncIterator[bytes], *, signer: ChunkSigner | None = None, size: int | None = None, trailers: tuple[str, ...] = ()
) -> AsyncIterator[bytes]:
    """The data inside the chunks, piece after piece as they arrive.

    ``signer`` verifies the chunks' signatures (a chunk is then given on only when it is whole); ``size`` is the announced
    length of the data; ``trailers`` are the announced trailing headers, of which checksums are verified.
    """
    source = _Source(stream)
    checksums = {name: CHECKSUMS[name]() for name in trailers if name in CHECKSUMS}
    total = 0
    while (chunk := await source.chunk_head())[0]:
        length, signature = chunk
        if signer is None:
            async for piece in source.pieces(length):
                total += len(piece)
                for checksum in checksums.values():
                    checksum.update(piece)
                yield piece
        else:
            data = b"".join([piece async for piece in source.pieces(length)])
            _verify(signature, signer.chunk(hashlib.sha256(data).hexdigest()))
            total += length
            for checksum in checksums.values():
                checksum.update(data)
            yield data
        await source.expect_line_end()
    if signer is not None:
        _verify(chunk[1], signer.chunk(hashlib.sha256(b"").hexdigest()))
    if size is not None and total != size:
        raise IncompleteBody
    _check_trailers(await source.trailers(), signer=signer, names=trailers, checksums=checksums)


def _check_trailers(
    found: Mapping[str, str], *, signer: ChunkSigner | None, names: tuple[str, ...], checksums: Mapping[str, Running]
) -> None:
    if any(name not in found for name in names):
        raise MalformedTrailer
    if signer is not None and names:
        lines = "".join(f"{name}:{value}\n" for name, value in found.items() if name != "x-amz-trailer-signature")
        _verify(found.get("x-amz-trailer-signature", ""), signer.trailer(lines.encode()))
    for name, checksum in checksums.items():
        if base64.b64encode(checksum.digest()).decode() != found[name]:
            raise BadDigest(algorithm=name.removeprefix("x-amz-checksum-").upper())


def _verify(signature: str, wanted: str) -> None:
    if not matches(signature, wanted):
        raise ChunkSignatureDoesNotMatch


def _encodings(headers: Mapping[str, str]) -> list[str]:
    return [name.strip() for name in headers.get("content-encoding", "").split(",") if name.strip()]


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


class _Source:
    """Reads lines and counted bytes out of a stream whose pieces are cut anywhere."""

    def __init__(self, stream: AsyncIterator[bytes]) -> None:
        self._stream = stream
        self._held = b""

    async def chunk_head(self) -> tuple[int, str]:
        """The length and the signature (or "") of the next chunk; the last one has the length 0."""
        line = await self._line()
        length, _, extension = line.partition(b";")
        try:
            size = int(length, 16)
        except ValueError as error:
            raise IncompleteBody from error
        if not 0 <= size <= CHUNK_BYTES_MAX:
            raise InvalidChunkSize
        return size, extension.removeprefix(b"chunk-signature=").decode("latin-1")

    async def pieces(self, length: int) -> AsyncIterator[bytes]:
        while length:
            if not self._held:
                await self._fill()
            piece, self._held = self._held[:length], self._held[length:]
            length -= len(piece)
            yield piece

    async def expect_line_end(self) -> None:
        if await self._line() != b"":
            raise IncompleteBody

    async def trailers(self) -> dict[str, str]:
        """The ``name:value`` lines after the last chunk, up to an empty line or the end of the stream."""
        found: dict[str, str] = {}
        while len(found) < TRAILERS_MAX:
            try:
                line = await self._line()
            except IncompleteBody:
                if self._held.strip():
                    raise
                break
            if not line:
                # A signed trailer has its signature after an empty line in some clients, and none in others.
                continue
            name, _, value = line.decode("latin-1").partition(":")
            found[name.strip().lower()] = value.strip()
        return found

    async def _line(self) -> bytes:
        while (end := self._held.find(b"\n")) < 0:
            if len(self._held) > LINE_BYTES_MAX:
                raise IncompleteBody
            await self._fill()
        line, self._held = self._held[:end], self._held[end + 1 :]
        return line.removesuffix(b"\r")

    async def _fill(self) -> None:
        async for piece in self._stream:
            if piece:
                self._held += piece
                return
        raise IncompleteBody
