"""Checksums: against the published check values, against zlib, and joined from pieces."""

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.wire import checksums

CHECK_INPUT = b"123456789"
CHECK_VALUES = {"CRC32": 0xCBF43926, "CRC32C": 0xE3069283, "CRC64NVME": 0xAE8B14860A799888}
"""https://reveng.sourceforge.io/crc-catalogue/all.htm"""


def text(algorithm: str, data: bytes) -> str:
    running = checksums.RUNNING[algorithm]()
    running.update(data)
    return checksums.encoded(running.digest())


@pytest.mark.parametrize("algorithm", CHECK_VALUES)
def test_the_published_check_value_comes_out(algorithm: str):
    width = checksums.WIDTHS[algorithm] // 8
    assert base64.b64decode(text(algorithm, CHECK_INPUT)) == CHECK_VALUES[algorithm].to_bytes(width, "big")


@given(st.binary(max_size=5_000), st.integers(0, 5_000))
def test_a_crc_goes_on_where_it_stopped(data: bytes, cut: int):
    whole = zlib.crc32(data)
    assert checksums.crc("CRC32", data) == whole
    assert checksums.crc("CRC32", data[cut:], checksums.crc("CRC32", data[:cut])) == whole


@pytest.mark.parametrize("algorithm", CHECK_VALUES)
def test_many_lanes_and_single_bytes_agree(algorithm: str):
    data = bytes(range(256)) * 1_100 + b"tail"
    byte_by_byte = 0
    for start in range(0, len(data), 1_000):  # too few for lanes
        byte_by_byte = checksums.crc(algorithm, data[start : start + 1_000], byte_by_byte)
    assert checksums.crc(algorithm, data) == byte_by_byte


@pytest.mark.parametrize("algorithm", CHECK_VALUES)
def test_the_crc_of_the_whole_is_joined_from_those_of_its_pieces(algorithm: str):
    pieces = [b"first" * 700, b"", b"second", b"x" * 4_097]
    joined = checksums.joined(algorithm, [text(algorithm, piece) for piece in pieces], [len(piece) for piece in pieces])
    assert joined == text(algorithm, b"".join(pieces))


def test_a_digest_of_digests_is_that_of_their_bytes():
    parts = [text("SHA256", b"a"), text("SHA256", b"b")]
    assert checksums.of_checksums("SHA256", parts) == text("SHA256", b"".join(map(base64.b64decode, parts)))


@pytest.mark.parametrize("value", ["", "AAAA", "not base64!", "AAAAAAAAAAA="])
def test_what_cannot_be_a_crc32_is_told_apart(value: str):
    assert not checksums.is_well_formed("CRC32", value)
    assert checksums.is_well_formed("CRC32", "y/Q5Jg==")
