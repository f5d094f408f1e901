"""The rules of multipart uploads: https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html."""

import hashlib
import itertools
from collections.abc import Sequence

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.services.s3 import errors
from lambent.services.s3.engine import buckets, objects
from lambent.services.s3.engine.conditions import WriteConditions
from lambent.services.s3.engine.objects import Stored
from lambent.services.s3.tables import objects as object_rows
from lambent.services.s3.tables import uploads
from lambent.services.s3.tables.buckets import Bucket
from lambent.services.s3.tables.objects import Checksum, ObjectVersion
from lambent.services.s3.tables.uploads import Part, Upload
from lambent.store.database import Transaction
from lambent.wire import checksums

PART_NUMBER_MAX = 10_000
PART_BYTES_MIN = 5 * 1_024 * 1_024


class ClaimedPart(Struct, frozen=True):
    """A part as the client names it at the end."""

    number: int
    etag: str
    checksum: str | None = None


class Completion(Struct, frozen=True):
    """All that the client says when it completes an upload."""

    upload_id: str
    parts: Sequence[ClaimedPart]
    version_id: str  # for a versioned bucket
    checksum: str | None = None
    size: int | None = None


def create(tx: Transaction, account: str, bucket_name: str, upload: Upload) -> None:
    uploads.insert(tx, buckets.require(tx, account, bucket_name), upload)


def require(tx: Transaction, account: str, bucket_name: str, key: str, upload_id: str) -> tuple[Bucket, Upload]:
    bucket = buckets.require(tx, account, bucket_name)
    upload = uploads.find(tx, bucket, key, upload_id)
    if upload is None:
        raise errors.NoSuchUpload(UploadId=upload_id)
    return bucket, upload


def check_part_number(number: int) -> None:
    if not 1 <= number <= PART_NUMBER_MAX:
        raise errors.InvalidArgument(
            f"Part number must be an integer between 1 and {PART_NUMBER_MAX}, inclusive", name="partNumber", value=number
        )


def put_part(tx: Transaction, account: str, bucket_name: str, key: str, upload_id: str, part: Part) -> tuple[str, ...]:
    """Adds or replaces a part; returns the blob that the replaced one leaves."""
    bucket, upload = require(tx, account, bucket_name, key, upload_id)
    if upload.checksum_algorithm and part.checksum_algorithm not in ("", upload.checksum_algorithm):
        raise errors.InvalidRequest(
            f"Checksum Type mismatch occurred, expected checksum Type: {upload.checksum_algorithm.lower()}, "
            f"actual checksum Type: {part.checksum_algorithm.lower()}"
        )
    replaced = uploads.find_part(tx, bucket, upload_id, part.number)
    uploads.put_part(tx, bucket, upload_id, part)
    return (replaced.sha256,) if replaced else ()


def abort(tx: Transaction, account: str, bucket_name: str, key: str, upload_id: str) -> tuple[str, ...]:
    """Forgets the upload; returns the blobs that its parts leave."""
    bucket, upload = require(tx, account, bucket_name, key, upload_id)
    parts = uploads.parts(tx, bucket, upload_id)
    uploads.delete(tx, bucket, upload)
    uploads.delete_parts(tx, bucket, upload_id)
    return tuple(part.sha256 for part in parts)


def complete(
    tx: Transaction,
    account: str,
    bucket_name: str,
    key: str,
    completion: Completion,
    *,
    demands: WriteConditions,
    now: Instant,
) -> Stored:
    """Makes an object of the parts, which stay where they are. Asked again after its success, it answers the same."""
    bucket = buckets.require(tx, account, bucket_name)
    upload = uploads.find(tx, bucket, key, completion.upload_id)
    if upload is None:
        done = object_rows.by_upload(tx, bucket, key, completion.upload_id)
        if done is None:
            raise errors.NoSuchUpload(UploadId=completion.upload_id)
        return Stored(bucket, done)
    present = {part.number: part for part in uploads.parts(tx, bucket, upload.upload_id)}
    chosen = choose_parts(present, completion.parts, upload)
    new = object_of(upload, chosen, completion, now)
    unchosen = [part for number, part in present.items() if number not in {one.number for one in chosen}]
    for part in unchosen:
        uploads.delete_part(tx, bucket, upload.upload_id, part.number)
    uploads.delete(tx, bucket, upload)
    stored = objects.store(tx, bucket, new, demands=demands)
    return Stored(bucket, stored.object, (*stored.suspects, *(part.sha256 for part in unchosen)))


def choose_parts(present: dict[int, Part], claimed: Sequence[ClaimedPart], upload: Upload) -> list[Part]:
    """The parts that the client names, checked: there, in order, unchanged, and large enough."""
    if not claimed:
        raise errors.MalformedXml()
    numbers = [claim.number for claim in claimed]
    if any(later <= earlier for earlier, later in itertools.pairwise(numbers)):
        raise errors.InvalidPartOrder(UploadId=upload.upload_id)
    chosen: list[Part] = []
    for claim in claimed:
        part = present.get(claim.number)
        is_same = part and part.etag == claim.etag and claim.checksum in (None, "", part.checksum_value)
        if part is None or not is_same:
            raise errors.InvalidPart(UploadId=upload.upload_id, PartNumber=claim.number, ETag=claim.etag)
        chosen.append(part)
    for part in chosen[:-1]:
        if part.size < PART_BYTES_MIN:
            raise errors.EntityTooSmall(
                ProposedSize=part.size, MinSizeAllowed=PART_BYTES_MIN, PartNumber=part.number, ETag=part.etag
            )
    return chosen


def object_of(upload: Upload, parts: Sequence[Part], completion: Completion, now: Instant) -> ObjectVersion:
    """The object that the parts make. Its entity tag is the MD5 of the parts' MD5s, and their number."""
    size = sum(part.size for part in parts)
    if completion.size is not None and completion.size != size:
        raise errors.InvalidRequest("The provided 'x-amz-mp-object-size' header value does not match what was computed.")
    digest = hashlib.md5(b"".join(bytes.fromhex(part.etag) for part in parts), usedforsecurity=False).hexdigest()
    checksum = checksum_of(upload, parts)
    if completion.checksum and checksum.value and completion.checksum.split("-")[0] != checksum.value.split("-")[0]:
        raise errors.BadChecksum(checksum.algorithm)
    return ObjectVersion(
        key=upload.key,
        sequence=0,
        version_id=completion.version_id,
        size=size,
        etag=f"{digest}-{len(parts)}",
        modified_at=now,
        upload_id=upload.upload_id,
        checksum=checksum,
        description=upload.description,
        tags=upload.tags,
    )


def checksum_of(upload: Upload, parts: Sequence[Part]) -> Checksum:
    """The whole's checksum from the parts': that of their checksums, or for a CRC that of all the bytes."""
    algorithm = upload.checksum_algorithm
    if not algorithm or any(part.checksum_algorithm != algorithm for part in parts):
        return Checksum()
    values = [part.checksum_value for part in parts]
    if upload.checksum_type == "FULL_OBJECT":
        return Checksum(algorithm, checksums.joined(algorithm, values, [part.size for part in parts]), "FULL_OBJECT")
    return Checksum(algorithm, f"{checksums.of_checksums(algorithm, values)}-{len(parts)}", "COMPOSITE")
