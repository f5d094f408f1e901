"""How buckets and keys may be named, and how names are ordered.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
"""

import re

from lambent.services.s3 import errors

KEY_BYTES_MAX = 1_024
_BUCKET = re.compile(r"(?=.{3,63}\Z)[a-z0-9][a-z0-9-]*(\.[a-z0-9-]+)*(?<=[a-z0-9])")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_PREFIXES_RESERVED = ("xn--", "sthree-", "amzn-s3-demo-")
_SUFFIXES_RESERVED = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")

BEYOND_ALL_KEYS = "\U0010ffff" * 257
"""Sorts behind every key: keys have at most 1,024 bytes of UTF-8."""


def check_bucket(name: str) -> None:
    is_valid = (
        _BUCKET.fullmatch(name)
        and not _ADDRESS.fullmatch(name)
        and not name.startswith(_PREFIXES_RESERVED)
        and not name.endswith(_SUFFIXES_RESERVED)
    )
    if not is_valid:
        raise errors.InvalidBucketName(BucketName=name)


def check_key(key: str) -> None:
    size = len(key.encode())
    if size > KEY_BYTES_MAX:
        raise errors.KeyTooLong(MaxSizeAllowed=KEY_BYTES_MAX, Size=size)


def end_of_prefix(prefix: str) -> str:
    """The first string that sorts behind all with this prefix, in the order of UTF-8 (which is that of code points)."""
    while prefix:
        last = ord(prefix[-1])
        if last < 0x10FFFF:
            following = 0xE000 if last == 0xD7FF else last + 1  # surrogates are no characters
            return prefix[:-1] + chr(following)
        prefix = prefix[:-1]
    return BEYOND_ALL_KEYS
