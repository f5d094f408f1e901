"""The rules of objects and their versions."""

import pytest

from lambent.services.s3 import errors
from lambent.services.s3.engine import buckets, objects
from lambent.services.s3.engine.conditions import WriteConditions
from lambent.services.s3.engine.objects import Deleted, Doomed, Stored
from lambent.services.s3.tables.buckets import Bucket
from lambent.services.s3.tables.objects import ObjectVersion
from lambent.store.database import Transaction


def version_id(number: int) -> str:
    return f"{number:032}"


def put(tx: Transaction, bucket: Bucket, number: int, demands: WriteConditions | None = None) -> Stored:
    new = ObjectVersion("key", 0, version_id(number), sha256=f"blob-{number}", etag=f"etag-{number}")
    return objects.put(tx, bucket.account, bucket.name, new, demands=demands or WriteConditions())


def doomed(number: int, version: str | None = None, match: str | None = None) -> Doomed:
    return Doomed("key", version, match, ObjectVersion("key", 0, version_id(number), is_delete_marker=True))


def delete(tx: Transaction, bucket: Bucket, one: Doomed) -> Deleted:
    return objects.delete(tx, bucket.account, bucket.name, one)


def blob(tx: Transaction, bucket: Bucket, version: str | None = None) -> str:
    return objects.find(tx, bucket.account, bucket.name, "key", version).object.sha256


def set_versioning(tx: Transaction, bucket: Bucket, status: str) -> None:
    buckets.set_versioning(tx, bucket.account, bucket.name, status)


def test_without_versioning_a_put_replaces_and_suspects_the_old_body(tx: Transaction, bucket: Bucket):
    put(tx, bucket, 1)
    stored = put(tx, bucket, 2)
    assert (stored.suspects, stored.told_version_id) == (("blob-1",), None)
    assert blob(tx, bucket) == "blob-2"


def test_with_versioning_every_version_stays(tx: Transaction, bucket: Bucket):
    set_versioning(tx, bucket, "Enabled")
    put(tx, bucket, 1)
    assert put(tx, bucket, 2).suspects == ()
    assert (blob(tx, bucket), blob(tx, bucket, version_id(1))) == ("blob-2", "blob-1")


def test_what_was_there_before_versioning_is_the_null_version(tx: Transaction, bucket: Bucket):
    put(tx, bucket, 1)
    set_versioning(tx, bucket, "Enabled")
    put(tx, bucket, 2)
    assert blob(tx, bucket, "null") == "blob-1"


def test_with_versioning_suspended_a_put_replaces_the_null_version_only(tx: Transaction, bucket: Bucket):
    set_versioning(tx, bucket, "Enabled")
    put(tx, bucket, 1)
    set_versioning(tx, bucket, "Suspended")
    put(tx, bucket, 2)
    assert put(tx, bucket, 3).suspects == ("blob-2",)
    assert (blob(tx, bucket), blob(tx, bucket, version_id(1))) == ("blob-3", "blob-1")


def test_a_delete_in_a_versioned_bucket_hides_the_object(tx: Transaction, bucket: Bucket):
    set_versioning(tx, bucket, "Enabled")
    put(tx, bucket, 1)
    assert delete(tx, bucket, doomed(2)) == Deleted(version_id(2), is_delete_marker=True)
    with pytest.raises(errors.NoSuchKey) as hidden:
        blob(tx, bucket)
    assert hidden.value.headers == {"x-amz-delete-marker": "true", "x-amz-version-id": version_id(2)}


def test_a_delete_marker_asked_for_by_its_id_allows_no_reading(tx: Transaction, bucket: Bucket):
    set_versioning(tx, bucket, "Enabled")
    delete(tx, bucket, doomed(2))
    with pytest.raises(errors.MethodNotAllowed):
        blob(tx, bucket, version_id(2))


def test_deleting_the_marker_brings_the_object_back(tx: Transaction, bucket: Bucket):
    set_versioning(tx, bucket, "Enabled")
    put(tx, bucket, 1)
    delete(tx, bucket, doomed(2))
    assert delete(tx, bucket, doomed(3, version_id(2))) == Deleted(version_id(2), is_delete_marker=True)
    assert blob(tx, bucket) == "blob-1"


def test_deleting_the_latest_version_uncovers_the_one_before(tx: Transaction, bucket: Bucket):
    set_versioning(tx, bucket, "Enabled")
    put(tx, bucket, 1)
    put(tx, bucket, 2)
    assert delete(tx, bucket, doomed(3, version_id(2))).suspects == ("blob-2",)
    assert blob(tx, bucket) == "blob-1"


def test_deleting_what_is_not_there_succeeds(tx: Transaction, bucket: Bucket):
    assert delete(tx, bucket, doomed(1)) == Deleted()


def test_a_version_id_that_cannot_be_one_is_refused(tx: Transaction, bucket: Bucket):
    put(tx, bucket, 1)
    with pytest.raises(errors.InvalidArgument, match="Invalid version id specified"):
        blob(tx, bucket, "nonsense")
    with pytest.raises(errors.NoSuchVersion):
        blob(tx, bucket, version_id(9))


def test_a_conditional_delete_spares_another_state(tx: Transaction, bucket: Bucket):
    put(tx, bucket, 1)
    with pytest.raises(errors.PreconditionFailed):
        delete(tx, bucket, doomed(2, match='"other"'))
    assert delete(tx, bucket, doomed(2, match='"etag-1"')).suspects == ("blob-1",)


def test_of_many_deletes_one_that_fails_does_not_stop_the_others(tx: Transaction, bucket: Bucket):
    put(tx, bucket, 1)
    outcomes = objects.delete_many(tx, bucket.account, bucket.name, [doomed(2, "nonsense"), doomed(3)])
    assert isinstance(outcomes[0], errors.InvalidArgument)
    assert outcomes[1] == Deleted(suspects=("blob-1",))


def test_only_blobs_that_rows_name_are_told(tx: Transaction, bucket: Bucket):
    put(tx, bucket, 1)
    assert objects.blobs_named(tx, frozenset({"blob-1", "blob-2"})) == {"blob-1"}
