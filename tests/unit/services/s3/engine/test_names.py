"""Names of buckets and keys, and the order of keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.services.s3 import errors
from lambent.services.s3.engine import names


@pytest.mark.parametrize("name", ["abc", "my-bucket", "my.bucket.1", "0-0", "a" * 63])
def test_good_names_pass(name: str):
    names.check_bucket(name)


@pytest.mark.parametrize(
    "name", ["ab", "a" * 64, "Upper", "under_score", "-abc", "abc-", "a..b", ".ab", "192.168.5.4", "xn--abc", "abc-s3alias"]
)
def test_bad_names_are_refused(name: str):
    with pytest.raises(errors.InvalidBucketName):
        names.check_bucket(name)


def test_a_key_has_at_most_1024_bytes():
    names.check_key("ü" * 512)
    with pytest.raises(errors.KeyTooLong):
        names.check_key("ü" * 512 + "a")


@given(st.text(min_size=1, max_size=5), st.text(max_size=5))
def test_the_end_of_a_prefix_sorts_right_behind_all_that_have_it(prefix: str, rest: str):
    end = names.end_of_prefix(prefix)
    assert (prefix + rest).encode() < end.encode()
    assert not end.startswith(prefix)
