"""Consumers of a stream: registered once, found by ARN or by name, and gone with their second."""

import pytest
from tests.unit.services.kinesis.conftest import ACCOUNT, KEY, REGION
from tests.unit.services.kinesis.engine.conftest import NOW

from lambent.services.kinesis import errors
from lambent.services.kinesis.engine import consumers, identifiers
from lambent.services.kinesis.engine.consumers import CONSUMERS_MAX


def test_a_consumer_is_found_by_its_arn_and_by_its_name(tx, make):
    stream = make()
    row = consumers.register(tx, KEY, "c", {}, NOW)
    arn = consumers.arn_of(stream.arn, row)
    assert arn == f"{stream.arn}/consumer/c:1767225600"
    for named in ({"arn": arn, "stream_arn": None, "name": None}, {"arn": None, "stream_arn": stream.arn, "name": "c"}):
        assert consumers.named(tx, ACCOUNT, REGION, **named)[1] == row


def test_a_consumer_of_another_second_is_another(tx, make):
    make()
    consumers.register(tx, KEY, "c", {}, NOW)
    key = identifiers.consumer_key("arn:aws:kinesis:us-east-1:111122223333:stream/s/consumer/c:1")
    with pytest.raises(errors.ConsumerNotFound):
        consumers.find(tx, key)


def test_a_request_names_one_in_one_way_or_the_other(tx, make):
    stream = make()
    for named in ({"arn": None, "stream_arn": stream.arn, "name": None}, {"arn": "x", "stream_arn": None, "name": None}):
        with pytest.raises(errors.InvalidArgument):
            consumers.named(tx, ACCOUNT, REGION, **named)


def test_a_stream_has_so_many_and_each_once(tx, make):
    make()
    for number in range(CONSUMERS_MAX):
        consumers.register(tx, KEY, f"c{number:02}", {}, NOW)
    with pytest.raises(errors.ConsumerExists):
        consumers.register(tx, KEY, "c00", {}, NOW)
    with pytest.raises(errors.TooManyConsumers):
        consumers.register(tx, KEY, "more", {}, NOW)
    page = consumers.page(tx, KEY, after="c17", count_max=1)
    assert ([row.name for row in page.consumers], page.has_more) == (["c18"], True)


def test_tags_and_a_policy_are_kept(tx, make):
    make()
    row = consumers.register(tx, KEY, "c", {"a": "1"}, NOW)
    key = identifiers.ConsumerKey(KEY, "c", int(row.created_at))
    consumers.change_tags(tx, key, added={"b": "2"}, removed=["a"])
    consumers.set_policy(tx, key, "{}")
    found = consumers.find(tx, key)
    assert (found.tags, found.policy) == ({"b": "2"}, "{}")
