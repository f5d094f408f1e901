"""The checksums that S3 knows, in base64 as it tells them.

CRC32, SHA-1, SHA-256, SHA-512 and MD5 are the standard library's. CRC32C and CRC64NVME are computed here, many bytes at a
time: a chunk is cut into lanes that advance together by one byte a step (so a step is one ``bytes.translate`` for each byte
of the register, whatever the number of lanes), and the lanes' registers are joined at the end. Newest boto3 sends CRC32.
"""

import base64
import binascii
import functools
import hashlib
import zlib
from collections.abc import Callable, Sequence
from typing import Protocol

WIDTHS = {"CRC32": 32, "CRC32C": 32, "CRC64NVME": 64}
_POLYNOMIALS = {"CRC32": 0xEDB88320, "CRC32C": 0x82F63B78, "CRC64NVME": 0x9A6C9329AC4BC9B5}  # least significant bit first
_LANES = 1_024
_CHUNK_BYTES = 256 * 1_024


class Running(Protocol):
    """A checksum under way; hashlib's objects are such."""

    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


class _Crc32:
    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


class _SlowCrc:
    """A CRC that the standard library lacks; gathers input so that it can be taken many lanes at a time."""

    def __init__(self, algorithm: str) -> None:
        self._algorithm = algorithm
        self._value = 0
        self._gathered = bytearray()

    def update(self, data: bytes) -> None:
        self._gathered += data
        while len(self._gathered) >= _CHUNK_BYTES:
            chunk = bytes(self._gathered[:_CHUNK_BYTES])
            del self._gathered[:_CHUNK_BYTES]
            self._value = crc(self._algorithm, chunk, self._value)

    def digest(self) -> bytes:
        value = crc(self._algorithm, bytes(self._gathered), self._value)
        return value.to_bytes(WIDTHS[self._algorithm] // 8, "big")


RUNNING: dict[str, Callable[[], Running]] = {
    "CRC32": _Crc32,
    "CRC32C": lambda: _SlowCrc("CRC32C"),
    "CRC64NVME": lambda: _SlowCrc("CRC64NVME"),
    "SHA1": lambda: hashlib.sha1(usedforsecurity=False),
    "SHA256": hashlib.sha256,
    "SHA512": hashlib.sha512,
    "MD5": lambda: hashlib.md5(usedforsecurity=False),
}
"""Starts a checksum, by AWS' name of the algorithm."""


def encoded(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def is_well_formed(algorithm: str, value: str) -> bool:
    """Whether ``value`` could be a checksum of this kind."""
    try:
        return len(base64.b64decode(value, validate=True)) == len(RUNNING[algorithm]().digest())
    except binascii.Error:
        return False


def of_checksums(algorithm: str, values: Sequence[str]) -> str:
    """The checksum of checksums that an upload in parts has."""
    running = RUNNING[algorithm]()
    running.update(b"".join(base64.b64decode(value) for value in values))
    return encoded(running.digest())


def joined(algorithm: str, values: Sequence[str], sizes: Sequence[int]) -> str:
    """The CRC of pieces one behind the other, from each piece's CRC and size in bytes."""
    value = 0
    for text, size in zip(values, sizes, strict=True):
        value = _times_power(algorithm, value, size) ^ int.from_bytes(base64.b64decode(text), "big")
    return encoded(value.to_bytes(WIDTHS[algorithm] // 8, "big"))


def crc(algorithm: str, data: bytes, before: int = 0) -> int:
    """Goes on with a CRC: ``before`` is that of the bytes so far."""
    ones = (1 << WIDTHS[algorithm]) - 1
    steps = len(data) // _LANES
    register = before ^ ones
    if steps > 1:
        register = _crc_by_lanes(algorithm, data[: steps * _LANES], steps, register)
        data = data[steps * _LANES :]
    table = _table(algorithm)
    for byte in data:
        register = table[(register ^ byte) & 0xFF] ^ (register >> 8)
    return register ^ ones


def _crc_by_lanes(algorithm: str, data: bytes, steps: int, register: int) -> int:
    """Lane n is the nth run of ``steps`` bytes; ``planes[m]`` holds byte m of every lane's register."""
    tables = _byte_tables(algorithm)
    planes = [0] * (len(tables) + 1)
    for step in range(steps):
        column = int.from_bytes(data[step::steps], "little")
        index = (planes[0] ^ column).to_bytes(_LANES, "little")
        for m, table in enumerate(tables):
            planes[m] = planes[m + 1] ^ int.from_bytes(index.translate(table), "little")
    lanes = [plane.to_bytes(_LANES, "little") for plane in planes[:-1]]
    shift = _shift_tables(algorithm, steps)
    for lane in zip(*lanes, strict=True):
        register = _shifted(shift, register) ^ int.from_bytes(bytes(lane), "little")
    return register


@functools.cache
def _table(algorithm: str) -> list[int]:
    polynomial = _POLYNOMIALS[algorithm]
    table = []
    for byte in range(256):
        register = byte
        for _ in range(8):
            register = (register >> 1) ^ (polynomial if register & 1 else 0)
        table.append(register)
    return table


@functools.cache
def _byte_tables(algorithm: str) -> list[bytes]:
    """Table m gives byte m of what a byte adds to the register."""
    count = WIDTHS[algorithm] // 8
    return [bytes(entry >> (8 * m) & 0xFF for entry in _table(algorithm)) for m in range(count)]


@functools.lru_cache(maxsize=64)
def _shift_tables(algorithm: str, size: int) -> list[list[int]]:
    """What ``size`` zero bytes do to a register, one table for each of its bytes."""
    count = WIDTHS[algorithm] // 8
    bits = [_times_power(algorithm, 1 << bit, size) for bit in range(8 * count)]
    tables = []
    for m in range(count):
        table = [0] * 256
        for byte in range(256):
            for bit in range(8):
                if byte >> bit & 1:
                    table[byte] ^= bits[8 * m + bit]
        tables.append(table)
    return tables


def _shifted(tables: list[list[int]], register: int) -> int:
    result = 0
    for table in tables:
        result ^= table[register & 0xFF]
        register >>= 8
    return result


def _times_power(algorithm: str, value: int, size: int) -> int:
    """value · x^(8·size) modulo the polynomial: the register after ``size`` zero bytes."""
    power = 1 << (WIDTHS[algorithm] - 9)  # x^8: bit 0 of the polynomial is the highest
    while size:
        if size & 1:
            value = _times(algorithm, value, power)
        power = _times(algorithm, power, power)
        size >>= 1
    return value


def _times(algorithm: str, left: int, right: int) -> int:
    polynomial = _POLYNOMIALS[algorithm]
    product = 0
    bit = 1 << (WIDTHS[algorithm] - 1)
    while bit:
        if left & bit:
            product ^= right
        right = (right >> 1) ^ (polynomial if right & 1 else 0)
        bit >>= 1
    return product
