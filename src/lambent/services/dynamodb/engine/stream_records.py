"""What one write leaves behind: the record of DynamoDB Streams and the one that a Kinesis stream is sent, as bytes.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds.html
"""

from msgspec import Struct

from lambent.core import ids
from lambent.core.clock import Instant

VIEWS_WITH_NEW = frozenset({"NEW_IMAGE", "NEW_AND_OLD_IMAGES"})
VIEWS_WITH_OLD = frozenset({"OLD_IMAGE", "NEW_AND_OLD_IMAGES"})
_BY_TTL = b'{"Type":"Service","PrincipalId":"dynamodb.amazonaws.com"}'


class Image(Struct, frozen=True):
    """An item as it is kept, in AWS' JSON, and its size as AWS counts it."""

    json: bytes
    size: int


class Written(Struct, frozen=True):
    """What happened to one item: ``old`` is None where there was none, ``new`` where there is none any more."""

    keys: Image
    old: Image | None
    new: Image | None
    is_by_ttl: bool
    at: Instant

    @property
    def event_name(self) -> str:
        if self.old is None:
            return "INSERT"
        return "MODIFY" if self.new is not None else "REMOVE"


def stream_record(written: Written, view_type: str, region: str, sequence_number: str) -> bytes:
    """The record as GetRecords tells it: JSON."""
    new = written.new if view_type in VIEWS_WITH_NEW else None
    old = written.old if view_type in VIEWS_WITH_OLD else None
    identity = b',"userIdentity":%b' % _BY_TTL if written.is_by_ttl else b""
    head = (
        f'{{"eventID":"{ids.hex_digits(32)}","eventName":"{written.event_name}","eventVersion":"1.1",'
        f'"eventSource":"aws:dynamodb","awsRegion":"{region}","dynamodb":'
        f'{{"ApproximateCreationDateTime":{int(written.at)},"Keys":'
    )
    size = _size(written.keys, new, old)
    tail = f',"SequenceNumber":"{sequence_number}","SizeBytes":{size},"StreamViewType":"{view_type}"}}'
    return b"".join((head.encode(), written.keys.json, *_images(new, old), tail.encode(), identity, b"}"))


def kinesis_record(written: Written, table: str, region: str, precision: str) -> bytes:
    """The data of the record that a Kinesis stream is sent: both images always, and neither order nor view."""
    is_fine = precision == "MICROSECOND"
    identity = _BY_TTL if written.is_by_ttl else b"null"
    at = int(written.at * (1_000_000 if is_fine else 1_000))
    head = f'{{"awsRegion":"{region}","eventID":"{ids.uuid4()}","eventName":"{written.event_name}","userIdentity":'
    middle = f',"recordFormat":"application/json","tableName":"{table}","dynamodb":{{"ApproximateCreationDateTime":{at},"Keys":'
    size = _size(written.keys, written.new, written.old)
    fine = ',"ApproximateCreationDateTimePrecision":"MICROSECOND"' if is_fine else ""
    tail = f',"SizeBytes":{size}{fine}}},"eventSource":"aws:dynamodb"}}'
    images = _images(written.new, written.old)
    return b"".join((head.encode(), identity, middle.encode(), written.keys.json, *images, tail.encode()))


def partition_key(key_hash: bytes) -> str:
    """Under which an item's records go to Kinesis: 0AB18464EFEE6043E48DD4475DABA453."""
    return key_hash.hex().upper()


def _images(new: Image | None, old: Image | None) -> list[bytes]:
    parts = []
    if new is not None:
        parts += [b',"NewImage":', new.json]
    if old is not None:
        parts += [b',"OldImage":', old.json]
    return parts


def _size(*images: Image | None) -> int:
    return sum(image.size for image in images if image is not None)
