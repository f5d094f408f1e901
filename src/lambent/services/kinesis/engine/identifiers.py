"""Which stream, shard or consumer a request means: names, ARNs and ids."""

import re
from typing import NamedTuple

from lambent.core.arn import Arn
from lambent.services.kinesis import errors

_SHARD = re.compile(r"(?:[A-Za-z0-9_.]*-)?(\d{1,12})", re.ASCII)
_CONSUMER = re.compile(r"stream/(?P<stream>[a-zA-Z0-9_.-]+)/consumer/(?P<name>[a-zA-Z0-9_.-]+):(?P<created_s>\d+)", re.ASCII)
_STREAM = re.compile(r"stream/(?P<stream>[a-zA-Z0-9_.-]+)", re.ASCII)

SHARD_NUMBER_MAX = 2**31 - 1

Key = tuple[str, str, str]
"""Account, region and name of a stream."""


class ConsumerKey(NamedTuple):
    """A consumer's ARN, taken apart."""

    stream: Key
    name: str
    created_s: int


def stream_key(text: str) -> Key | None:
    """The stream that an ARN names; None for what names none."""
    arn = Arn.parse(text)
    found = None if arn is None or arn.service != "kinesis" else _STREAM.fullmatch(arn.resource)
    return None if arn is None or found is None else (arn.account, arn.region, found["stream"])


def consumer_key(text: str) -> ConsumerKey | None:
    """The consumer that an ARN names; None for what names none."""
    arn = Arn.parse(text)
    found = None if arn is None or arn.service != "kinesis" else _CONSUMER.fullmatch(arn.resource)
    if arn is None or found is None:
        return None
    return ConsumerKey((arn.account, arn.region, found["stream"]), found["name"], int(found["created_s"]))


def named(account: str, region: str, name: str | None, arn: str | None) -> Key | None:
    """The stream of a request that names it in one way or in both; None where it does in neither. Raises StreamNamedTwice …"""
    if arn is None:
        return None if name is None else (account, region, name)
    key = stream_key(arn)
    if key is None:
        raise errors.InvalidArgument(reason=f"StreamARN {arn} is invalid.")
    if name is not None and name != key[2]:
        raise errors.StreamNamedTwice(arn=arn, name=name)
    return key


def shard_number(text: str) -> int | None:
    """The number in "shardId-000000000003", which AWS also takes in other spellings."""
    found = _SHARD.fullmatch(text)
    number = int(found[1]) if found is not None else -1
    return number if 0 <= number <= SHARD_NUMBER_MAX else None
