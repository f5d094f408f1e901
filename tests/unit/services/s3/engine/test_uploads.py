"""The rules of uploads in parts."""

import hashlib

import pytest

from lambent.services.s3 import errors
from lambent.services.s3.engine import objects, uploads
from lambent.services.s3.engine.conditions import WriteConditions
from lambent.services.s3.engine.objects import Doomed, Stored
from lambent.services.s3.engine.uploads import PART_BYTES_MIN, ClaimedPart, Completion
from lambent.services.s3.tables.buckets import Bucket
from lambent.services.s3.tables.objects import Description, ObjectVersion
from lambent.services.s3.tables.uploads import Part, Upload
from lambent.store.database import Transaction


def etag(number: int) -> str:
    return hashlib.md5(str(number).encode()).hexdigest()


@pytest.fixture
def upload(tx: Transaction, bucket: Bucket) -> Upload:
    new = Upload("key", "upload", 1.0, "", "", Description({"ContentType": "text/plain"}), {"a": "b"})
    uploads.create(tx, bucket.account, bucket.name, new)
    return new


def put(tx: Transaction, bucket: Bucket, number: int, size: int = PART_BYTES_MIN) -> tuple[str, ...]:
    part = Part(number, f"blob-{number}-{size}", size, etag(number), 2.0)
    return uploads.put_part(tx, bucket.account, bucket.name, "key", "upload", part)


def complete(tx: Transaction, bucket: Bucket, *numbers: int, size: int | None = None) -> Stored:
    claimed = [ClaimedPart(number, etag(number)) for number in numbers]
    completion = Completion("upload", claimed, "0" * 32, size=size)
    where = (bucket.account, bucket.name, "key")
    return uploads.complete(tx, *where, completion, demands=WriteConditions(), now=3.0)


def test_the_object_is_the_parts_in_order(tx: Transaction, bucket: Bucket, upload: Upload):
    put(tx, bucket, 2, size=7)
    put(tx, bucket, 1)
    stored = complete(tx, bucket, 1, 2).object
    digests = bytes.fromhex(etag(1)) + bytes.fromhex(etag(2))
    assert (stored.etag, stored.size) == (hashlib.md5(digests).hexdigest() + "-2", PART_BYTES_MIN + 7)
    assert (stored.description, stored.tags) == (upload.description, upload.tags)
    found = objects.find(tx, bucket.account, bucket.name, "key", None)
    assert found.pieces == [(f"blob-1-{PART_BYTES_MIN}", PART_BYTES_MIN), ("blob-2-7", 7)]


@pytest.mark.usefixtures("upload")
def test_parts_that_were_not_named_are_left_behind(tx: Transaction, bucket: Bucket):
    put(tx, bucket, 1, size=1)
    put(tx, bucket, 2, size=2)
    assert complete(tx, bucket, 2).suspects == ("blob-1-1",)


@pytest.mark.usefixtures("upload")
def test_a_part_uploaded_again_leaves_the_one_before(tx: Transaction, bucket: Bucket):
    put(tx, bucket, 1, size=1)
    assert put(tx, bucket, 1, size=2) == ("blob-1-1",)


@pytest.mark.usefixtures("upload")
def test_only_the_last_part_may_be_small(tx: Transaction, bucket: Bucket):
    put(tx, bucket, 1, size=PART_BYTES_MIN - 1)
    put(tx, bucket, 2)
    with pytest.raises(errors.EntityTooSmall) as refused:
        complete(tx, bucket, 1, 2)
    assert refused.value.members["MinSizeAllowed"] == "5242880"


@pytest.mark.usefixtures("upload")
def test_parts_must_be_named_in_order_and_be_there(tx: Transaction, bucket: Bucket):
    put(tx, bucket, 1)
    put(tx, bucket, 2)
    with pytest.raises(errors.InvalidPartOrder):
        complete(tx, bucket, 2, 1)
    with pytest.raises(errors.InvalidPart):
        complete(tx, bucket, 1, 3)
    with pytest.raises(errors.MalformedXml):
        complete(tx, bucket)


@pytest.mark.usefixtures("upload")
def test_completing_again_answers_the_same(tx: Transaction, bucket: Bucket):
    put(tx, bucket, 1)
    assert complete(tx, bucket, 1).object == complete(tx, bucket, 1).object


@pytest.mark.usefixtures("upload")
def test_the_announced_size_is_compared(tx: Transaction, bucket: Bucket):
    put(tx, bucket, 1, size=5)
    with pytest.raises(errors.InvalidRequest, match="x-amz-mp-object-size"):
        complete(tx, bucket, 1, size=6)


@pytest.mark.usefixtures("upload")
def test_an_aborted_upload_is_forgotten_with_its_parts(tx: Transaction, bucket: Bucket):
    put(tx, bucket, 1, size=5)
    assert uploads.abort(tx, bucket.account, bucket.name, "key", "upload") == ("blob-1-5",)
    with pytest.raises(errors.NoSuchUpload):
        put(tx, bucket, 1)


@pytest.mark.usefixtures("upload")
def test_deleting_the_object_leaves_all_its_parts(tx: Transaction, bucket: Bucket):
    put(tx, bucket, 1)
    put(tx, bucket, 2, size=7)
    complete(tx, bucket, 1, 2)
    marker = ObjectVersion("key", 0, "0" * 32, is_delete_marker=True)
    deleted = objects.delete(tx, bucket.account, bucket.name, Doomed("key", None, None, marker))
    assert deleted.suspects == (f"blob-1-{PART_BYTES_MIN}", "blob-2-7")
    assert objects.blobs_named(tx, frozenset(deleted.suspects)) == set()


@pytest.mark.parametrize("number", [0, 10_001])
def test_part_numbers_have_bounds(number: int):
    with pytest.raises(errors.InvalidArgument, match="Part number must be an integer between 1 and 10000, inclusive"):
        uploads.check_part_number(number)
