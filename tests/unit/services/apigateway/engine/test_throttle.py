"""Token buckets let through a burst, and then as many requests a second as their rate says."""

from lambent.services.apigateway.engine import throttle
from lambent.services.apigateway.engine.throttle import Bucket


def test_a_burst_goes_through_and_the_next_request_does_not():
    bucket = Bucket(rate_per_s=1.0, burst=3)

    assert [bucket.take(100.0) for _ in range(4)] == [True, True, True, False]


def test_tokens_come_back_with_the_rate_and_never_above_the_burst():
    bucket = Bucket(rate_per_s=2.0, burst=2)
    assert bucket.take(0.0)
    assert bucket.take(0.0)

    assert [bucket.take(0.5), bucket.take(0.5)] == [True, False]
    assert [bucket.take(1_000.0) for _ in range(3)] == [True, True, False]


def test_a_clock_that_is_set_back_brings_no_tokens():
    bucket = Bucket(rate_per_s=1.0, burst=1)
    assert bucket.take(1_000.0)

    assert not bucket.take(10.0)
    assert bucket.take(11.0)


def test_of_several_buckets_a_token_is_taken_of_each_or_of_none():
    wide, narrow = Bucket(rate_per_s=1.0, burst=2), Bucket(rate_per_s=1.0, burst=1)
    assert [throttle.take_of_each((wide, narrow), 0.0) for _ in range(3)] == [True, False, False]

    assert [wide.take(0.0), wide.take(0.0)] == [True, False]
    assert throttle.take_of_each((), 0.0)


def test_nothing_is_limited_where_neither_rate_nor_burst_is_named():
    assert throttle.bucket(rate_per_s=None, burst=None) is None


def test_a_limit_of_zero_lets_nobody_in():
    for limits in ({"rate_per_s": 0.0, "burst": None}, {"rate_per_s": None, "burst": 0}, {"rate_per_s": 0.0, "burst": 5}):
        bucket = throttle.bucket(**limits)
        assert bucket is not None
        assert not bucket.take(1.0), limits


def test_the_limit_that_is_not_named_is_that_of_an_account():
    bucket = throttle.bucket(rate_per_s=1.0, burst=None)

    assert bucket is not None
    assert sum(bucket.take(1.0) for _ in range(6_000)) == throttle.BURST_DEFAULT
