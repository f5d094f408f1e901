"""Values through S3."""

from types import SimpleNamespace

import pytest

from lambent.sdk import values
from lambent.sdk.clients import Target
from lambent.sdk.large import Store, is_reference


@pytest.fixture
def store(aws):
    return Store(Target("eu-west-1"), "123456789012")


def test_a_reference_stands_for_what_was_put(store, aws):
    reference = store.put(b"[1]")
    assert is_reference(values.dumps(reference))
    aws.answers["get_object"] = [{"Body": SimpleNamespace(read=lambda: b"[1]")}]
    assert store.resolved(reference, is_last_use=False) == [1]
    assert "delete_object" not in aws.names()
    assert store.resolved(reference, is_last_use=True) == [1]
    assert aws.parameters("delete_object")["Key"] == reference["lambent:s3"]["key"]
    assert aws.parameters("put_object")["ExpectedBucketOwner"] == "123456789012"


def test_what_may_not_be_deleted_stays_for_the_buckets_rule(store, aws, refusal):
    reference = store.put(b"[1]")
    aws.answers["delete_object"] = [refusal("AccessDenied")]
    store.forget(reference)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [1],
        {"lambent:s3": "x"},
        {"lambent:s3": {"bucket": "lambent-123456789012-eu-west-1", "key": "code/x.zip"}},
        {"lambent:s3": {"bucket": "lambent-123456789012-eu-west-1"}},
        {"lambent:s3": {"bucket": "elsewhere", "key": "values/x"}},
        {"lambent:s3": {"bucket": "lambent-123456789012-eu-west-1", "key": "values/x"}, "more": 1},
    ],
)
def test_only_values_of_the_own_bucket_are_looked_up(store, aws, value):
    assert store.resolved(value, is_last_use=True) == value
    store.forget(value)
    assert aws.names() == []
