"""Settings of a table: what may follow what."""

import pytest
from tests.unit.services.dynamodb.world import NOW, SCOPE, given

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import definitions, settings

PLAIN = definitions.defined(given(), NOW)


def test_time_to_live_is_of_one_attribute_at_a_time():
    enabled = settings.with_time_to_live(PLAIN, "until", is_enabled=True)
    assert enabled.ttl_attribute == "until"
    for attribute, is_enabled in (("until", True), ("other", True), ("other", False)):
        with pytest.raises(errors.ValidationFailed):
            settings.with_time_to_live(enabled, attribute, is_enabled=is_enabled)
    assert settings.with_time_to_live(enabled, "until", is_enabled=False) == PLAIN


def test_a_key_of_ones_own_is_told_by_its_arn():
    told = settings.with_encryption(PLAIN, {"Enabled": True, "KMSMasterKeyId": "my-key"}, SCOPE).encryption
    assert told["KMSMasterKeyArn"] == "arn:aws:kms:eu-west-1:111122223333:key/my-key"
    with pytest.raises(errors.InvalidParameterValues):
        settings.with_encryption(PLAIN, {"Enabled": False, "KMSMasterKeyId": "my-key"}, SCOPE)


def test_tags_have_keys_of_their_own():
    assert settings.tags_of([{"Key": "a", "Value": "1"}]) == {"a": "1"}
    for tags in (
        [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}],
        [{"Key": "aws:x", "Value": "1"}],
        [{"Key": str(number), "Value": ""} for number in range(51)],
    ):
        with pytest.raises(errors.ValidationFailed):
            settings.tags_of(tags)


def test_recovery_begins_when_it_is_first_enabled():
    enabled = settings.with_recovery(PLAIN, {"PointInTimeRecoveryEnabled": True}, NOW)
    changed = settings.with_recovery(enabled, {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 7}, NOW + 60)
    assert (changed.recovery_since, changed.recovery_period_days) == (NOW, 7)


def test_a_policy_has_a_limit():
    with pytest.raises(errors.ValidationFailed):
        settings.with_policy(PLAIN, "x" * 20_481)
