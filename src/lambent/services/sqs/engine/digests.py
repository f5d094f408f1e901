"""The MD5 digests by which a client sees that what arrived is what it sent.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
"""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

_TEXT, _BINARY = b"\1", b"\2"


class Attribute(NamedTuple):
    """A message attribute: its type as the sender named it, and its value, text or bytes."""

    type: str
    value: str | bytes


Attributes = Mapping[str, Attribute]


def of_body(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def of_attributes(attributes: Attributes) -> str:
    """In order of their names: name, type, a byte that tells text from bytes, value; each but the byte behind its length."""
    digest = hashlib.md5(usedforsecurity=False)
    for name in sorted(attributes):
        attribute = attributes[name]
        digest.update(_counted(name.encode()) + _counted(attribute.type.encode()))
        if isinstance(attribute.value, str):
            digest.update(_TEXT + _counted(attribute.value.encode()))
        else:
            digest.update(_BINARY + _counted(attribute.value))
    return digest.hexdigest()


def _counted(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data
