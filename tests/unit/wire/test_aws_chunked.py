"""aws-chunked bodies: decoded however they are cut, refused when they are not what they announce."""

import base64
import hashlib
import zlib
from collections.abc import AsyncIterator

import pytest

from lambent.wire import aws_chunked, sigv4
from lambent.wire.http import Request

SCOPE = sigv4.Scope("AKIAIOSFODNN7EXAMPLE", "20130524", "us-east-1", "s3")
KEY = sigv4.signing_key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", SCOPE.date, SCOPE.region, SCOPE.service)
AMZ_DATE = "20130524T000000Z"
SEED = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"


def _signer() -> sigv4.ChunkSigner:
    return sigv4.ChunkSigner(KEY, amz_date=AMZ_DATE, scope=SCOPE, seed=SEED)


async def _cut(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def _chunked(*chunks: bytes, trailers: bytes = b"") -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n" + trailers + b"\r\n"


def _chunked_signed(signer: sigv4.ChunkSigner, *chunks: bytes) -> bytes:
    signed = [(chunk, signer.chunk(hashlib.sha256(chunk).hexdigest())) for chunk in (*chunks, b"")]
    return b"".join(b"%x;chunk-signature=%b\r\n%b\r\n" % (len(chunk), value.encode(), chunk) for chunk, value in signed)


async def _decode(data: bytes, *, cut: int = 7, **options: object) -> bytes:
    return b"".join([piece async for piece in aws_chunked.decode(_cut(data, cut), **options)])  # type: ignore[arg-type]


@pytest.mark.parametrize("cut", [1, 2, 7, 64, 10_000])
async def test_chunks_are_joined_wherever_the_stream_is_cut(cut: int) -> None:
    assert await _decode(_chunked(b"hello ", b"w\r\nrld" * 100), cut=cut) == b"hello " + b"w\r\nrld" * 100


async def test_an_empty_body_has_only_the_last_chunk() -> None:
    assert await _decode(_chunked()) == b""


def test_chunk_signatures_are_those_of_the_example_in_the_documentation() -> None:
    # https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
    signer = _signer()
    first = signer.chunk(hashlib.sha256(b"a" * 65_536).hexdigest())
    assert first == "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"
    assert signer.chunk(hashlib.sha256(b"a" * 1_024).hexdigest()) == (
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"
    )
    assert signer.chunk(hashlib.sha256(b"").hexdigest()) == "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"


async def test_signed_chunks_are_accepted() -> None:
    assert await _decode(_chunked_signed(_signer(), b"one", b"two"), signer=_signer()) == b"onetwo"


async def test_a_changed_chunk_does_not_match_its_signature() -> None:
    body = _chunked_signed(_signer(), b"one", b"two").replace(b"two", b"owt")
    with pytest.raises(aws_chunked.ChunkSignatureDoesNotMatch):
        await _decode(body, signer=_signer())


async def test_swapped_chunks_do_not_match_their_signatures() -> None:
    signer = _signer()
    one = _chunked_signed(signer, b"one")
    with pytest.raises(aws_chunked.ChunkSignatureDoesNotMatch):
        await _decode(_chunked_signed(signer, b"two") + one, signer=_signer())


async def test_a_missing_last_chunk_is_an_incomplete_body() -> None:
    with pytest.raises(aws_chunked.IncompleteBody):
        await _decode(b"3\r\none\r\n")


async def test_a_length_other_than_announced_is_an_incomplete_body() -> None:
    with pytest.raises(aws_chunked.IncompleteBody):
        await _decode(_chunked(b"one"), size=4)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-amz-checksum-crc32", "y/Q5Jg=="),
        ("x-amz-checksum-crc32c", "4waSgw=="),
        ("x-amz-checksum-crc64nvme", "rosUhgp5mIg="),
        ("x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
        ("x-amz-checksum-sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
    ],
)
async def test_trailing_checksums_are_verified(name: str, value: str) -> None:
    body = _chunked(b"1234", b"56789", trailers=f"{name}:{value}\r\n".encode())
    assert await _decode(body, trailers=(name,)) == b"123456789"
    with pytest.raises(aws_chunked.BadDigest):
        await _decode(body.replace(b"1234", b"1243"), trailers=(name,))


async def test_an_announced_trailer_must_come() -> None:
    with pytest.raises(aws_chunked.MalformedTrailer):
        await _decode(_chunked(b"one"), trailers=("x-amz-checksum-crc32",))


async def test_a_signed_trailer_is_verified() -> None:
    signer = _signer()
    body = _chunked_signed(signer, b"one").removesuffix(b"\r\n")
    line = f"x-amz-checksum-crc32:{base64.b64encode(zlib.crc32(b'one').to_bytes(4, 'big')).decode()}\n".encode()
    body += line + f"x-amz-trailer-signature:{signer.trailer(line)}\r\n\r\n".encode()
    assert await _decode(body, signer=_signer(), trailers=("x-amz-checksum-crc32",)) == b"one"
    forged = body[:-10] + b"0000000\r\n\r\n"
    with pytest.raises(aws_chunked.ChunkSignatureDoesNotMatch):
        await _decode(forged, signer=_signer(), trailers=("x-amz-checksum-crc32",))


async def test_an_unwrapped_request_has_the_headers_of_its_decoded_body() -> None:
    headers = {
        "content-encoding": "aws-chunked,gzip",
        "content-length": "999",
        "x-amz-decoded-content-length": "3",
        "x-amz-content-sha256": sigv4.STREAMING_UNSIGNED_TRAILER,
    }
    request = Request("PUT", "/bucket/key", "", headers, stream=_cut(_chunked(b"one"), 4))
    assert aws_chunked.is_chunked(request)
    assert not aws_chunked.is_signed(request)
    aws_chunked.unwrap(request)
    assert request.headers["content-encoding"] == "gzip"
    assert request.headers["content-length"] == "3"
    assert request.stream is not None
    assert b"".join([piece async for piece in request.stream]) == b"one"
