"""What a queue's attributes may hold, and how they are told."""

import pytest

from lambent.services.sqs import errors
from lambent.services.sqs.engine import attributes
from lambent.services.sqs.engine.queue import of_row
from lambent.services.sqs.tables.messages import Counts
from lambent.services.sqs.tables.queues import QueueRow


def checked(given, *, is_fifo=False, is_new=False, kept=None):
    return attributes.checked(given, is_fifo=is_fifo, is_new=is_new, kept=kept or {})


def test_numbers_are_kept_as_aws_spells_them():
    assert checked({"DelaySeconds": "007"}) == {"DelaySeconds": "7"}


@pytest.mark.parametrize("value", ["", "-1", "901", "1.5", "\u0661", "99999999999999999999"])
def test_what_is_no_number_in_range_is_refused(value):
    with pytest.raises(errors.InvalidAttributeValue):
        checked({"DelaySeconds": value})


def test_what_was_set_before_stays():
    assert checked({"DelaySeconds": "1"}, kept={"VisibilityTimeout": "5"}) == {"VisibilityTimeout": "5", "DelaySeconds": "1"}


@pytest.mark.parametrize("name", ["Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId"])
def test_an_empty_value_takes_away(name):
    assert name not in checked({name: ""}, kept={name: "{}"})


def test_a_kms_key_turns_the_queues_own_encryption_off_and_back():
    kept = checked({"KmsMasterKeyId": "k"})
    assert kept == {"KmsMasterKeyId": "k", "SqsManagedSseEnabled": "false"}
    with pytest.raises(errors.TwoEncryptions):
        checked({"SqsManagedSseEnabled": "true"}, kept=kept)
    assert checked({"SqsManagedSseEnabled": "true", "KmsMasterKeyId": ""}, kept=kept) == {"SqsManagedSseEnabled": "true"}


def test_booleans_may_be_written_large():
    assert checked({"ContentBasedDeduplication": "True"}, is_fifo=True) == {"ContentBasedDeduplication": "true"}


def queue_of(**kept):
    return of_row(QueueRow("1", "r", 1, "q", 1, 12.5, 13.5, 0.0, kept, {}))


def test_all_means_everything_and_names_only_themselves():
    queue = queue_of(DelaySeconds="5")
    told = attributes.told(queue, frozenset(["All"]), Counts(1, 2, 3))
    assert (told["CreatedTimestamp"], told["ApproximateNumberOfMessagesNotVisible"]) == ("12", "2")
    assert attributes.told(queue, frozenset(["DelaySeconds", "Policy"]), Counts(0, 0, 0)) == {"DelaySeconds": "5"}


def test_counting_is_for_who_asks_for_counts():
    assert attributes.needs_counts(frozenset(["All"]))
    assert attributes.needs_counts(frozenset(["ApproximateNumberOfMessagesDelayed"]))
    assert not attributes.needs_counts(frozenset(["QueueArn"]))
    with pytest.raises(errors.UnknownAttribute, match="Unknown Attribute Altitude"):
        attributes.wanted(["Altitude"])


def test_a_difference_is_told_by_its_name_and_spelling_is_none():
    policy = '{"redrivePermission":"denyAll"}'
    queue = queue_of(DelaySeconds="5", RedriveAllowPolicy=policy)
    same = {"DelaySeconds": "5", "VisibilityTimeout": "30", "RedriveAllowPolicy": '{ "redrivePermission" : "denyAll" }'}
    assert attributes.first_difference(queue, same) is None
    assert attributes.first_difference(queue, {"DelaySeconds": "6"}) == "DelaySeconds"
    assert attributes.first_difference(queue, {"RedriveAllowPolicy": "{"}) == "RedriveAllowPolicy"
