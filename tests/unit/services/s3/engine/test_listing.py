"""Lists: against a plain model of what they should show, whatever the keys."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambent.services.s3.engine import listing
from lambent.services.s3.engine.listing import Look, Place
from lambent.services.s3.tables import objects, uploads
from lambent.services.s3.tables.buckets import Bucket
from lambent.services.s3.tables.objects import Description, ObjectVersion
from lambent.services.s3.tables.uploads import Upload
from lambent.store.database import Transaction

KEYS = st.sets(st.text(alphabet="ab/é\U0001f600", min_size=1, max_size=5), max_size=15)


def fill(tx: Transaction, bucket: Bucket, *keys: str) -> None:
    for key in keys:
        objects.insert_latest(tx, bucket, ObjectVersion(key, 1, "null", sha256="0"))


def walk(tx: Transaction, bucket: Bucket, look: Look) -> list[str]:
    """Everything that is shown, page after page, keys and common prefixes in the order of pages."""
    shown: list[str] = []
    marker = ""
    while True:
        page = listing.latest(tx, bucket, look, listing.behind(marker, look))
        assert page.count <= look.count_max
        shown += sorted([*(one.key for one in page.items), *page.common_prefixes], key=str.encode)
        if not page.is_truncated:
            return shown
        marker = page.last


def expected(keys: set[str], prefix: str, delimiter: str) -> list[str]:
    look = Look(prefix, delimiter, 1)
    shown = {look.common_prefix(key) or key for key in keys if key.startswith(prefix)}
    return sorted(shown, key=str.encode)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(KEYS, st.sampled_from(["", "a", "a/", "é"]), st.sampled_from(["", "/", "b", "/a"]), st.integers(1, 4))
def test_pages_show_every_key_and_common_prefix_once_and_in_order(
    transaction_of: Callable[[str], Transaction], keys: set[str], prefix: str, delimiter: str, count_max: int
):
    tx, bucket = transaction_of("s3"), Bucket("111122223333", "things", "us-east-1", 1.0)
    fill(tx, bucket, *keys)
    assert walk(tx, bucket, Look(prefix, delimiter, count_max)) == expected(keys, prefix, delimiter)


def test_an_exactly_full_page_is_not_truncated(tx: Transaction, bucket: Bucket):
    fill(tx, bucket, "a/1", "a/2", "b")
    page = listing.latest(tx, bucket, Look("", "/", 2), Place())
    assert (page.count, page.is_truncated) == (2, False)


def test_no_page_at_all_is_not_truncated(tx: Transaction, bucket: Bucket):
    fill(tx, bucket, "a")
    page = listing.latest(tx, bucket, Look("", "", 0), Place())
    assert (page.count, page.is_truncated) == (0, False)


def test_delete_markers_are_not_listed(tx: Transaction, bucket: Bucket):
    fill(tx, bucket, "a", "b")
    objects.insert_latest(tx, bucket, ObjectVersion("a", 2, "v", is_delete_marker=True))
    assert walk(tx, bucket, Look("", "", 10)) == ["b"]


@pytest.mark.parametrize("count_max", [1, 2, 3, 5])
def test_versions_go_by_key_and_newest_first(tx: Transaction, bucket: Bucket, count_max: int):
    for key, sequence in (("a", 1), ("a", 2), ("b", 1), ("a", 3)):
        objects.insert_latest(tx, bucket, ObjectVersion(key, sequence, f"{key}{sequence}", sha256="0"))
    shown: list[str] = []
    place, look = Place(), Look("", "", count_max)
    while True:
        page = listing.versions(tx, bucket, look, place)
        shown += [one.version_id for one in page.items]
        if not page.is_truncated:
            break
        place = listing.version_place(tx, bucket, page.last, page.items[-1].version_id, look)
    assert shown == ["a3", "a2", "a1", "b1"]


def test_uploads_go_by_key_and_then_by_id(tx: Transaction, bucket: Bucket):
    for key, upload_id in (("b", "1"), ("a", "2"), ("a", "1")):
        uploads.insert(tx, bucket, Upload(key, upload_id, 1.0, "", "", Description(), {}))
    page = listing.under_way(tx, bucket, Look("", "", 2), Place())
    assert [(one.key, one.upload_id) for one in page.items] == [("a", "1"), ("a", "2")]
    rest = listing.under_way(tx, bucket, Look("", "", 2), Place("a", "1"))
    assert [(one.key, one.upload_id) for one in rest.items] == [("a", "2"), ("b", "1")]
