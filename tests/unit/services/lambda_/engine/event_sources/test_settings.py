"""Settings of mappings are read from requests, changed by them, and kept as JSON."""

import pytest

from lambent.durable.followers.scaling import Bounds
from lambent.services.lambda_.engine.event_sources import settings
from lambent.services.lambda_.engine.event_sources.settings import Pollers, Settings

FIRST = Settings(batch_size=10)


def test_what_is_absent_stays():
    before = settings.changed(FIRST, {"BatchSize": 3, "FilterCriteria": {"Filters": [{"Pattern": "{}"}]}})
    after = settings.changed(before, {"MaximumBatchingWindowInSeconds": 4})
    assert after == Settings(batch_size=3, window_s=4, filters=("{}",))


@pytest.mark.parametrize(
    ("given", "taken_away"),
    [
        ({"ScalingConfig": {"MaximumConcurrency": 2}}, {"ScalingConfig": {}}),
        ({"FilterCriteria": {"Filters": [{"Pattern": "{}"}]}}, {"FilterCriteria": {}}),
        ({"ProvisionedPollerConfig": {"MinimumPollers": 2}}, {"ProvisionedPollerConfig": {}}),
        ({"FunctionResponseTypes": ["ReportBatchItemFailures"]}, {"FunctionResponseTypes": []}),
        ({"MetricsConfig": {"Metrics": ["EventCount"]}}, {"MetricsConfig": {"Metrics": []}}),
        ({"KMSKeyArn": "arn:aws:kms:k"}, {"KMSKeyArn": ""}),
    ],
)
def test_an_empty_structure_takes_away(given, taken_away):
    assert settings.changed(FIRST, given) != FIRST
    assert settings.changed(settings.changed(FIRST, given), taken_away) == FIRST


def test_half_of_the_pollers_gets_the_default_of_the_other():
    assert settings.changed(FIRST, {"ProvisionedPollerConfig": {"MinimumPollers": 5}}).pollers == Pollers(5, 200)
    assert settings.changed(FIRST, {"ProvisionedPollerConfig": {"MaximumPollers": 5}}).pollers == Pollers(2, 5)


def test_settings_come_back_from_json_as_they_were():
    full = Settings(5, 1, ("{}",), ("ReportBatchItemFailures",), ("EventCount",), "arn:aws:kms:k", 3, Pollers(2, 3))
    assert settings.decode(settings.encode(full)) == full
    assert (full.reports_failures, full.counts_events) == (True, True)


def test_the_default_is_five_growing_by_300_a_minute_to_1250():
    assert settings.bounds(Settings(10)) == Bounds(5, 1_250, 300)


def test_maximum_concurrency_is_the_limit():
    assert settings.bounds(Settings(10, concurrency_max=2)) == Bounds(2, 2, 300)
    assert settings.bounds(Settings(10, concurrency_max=50)) == Bounds(5, 50, 300)


def test_a_provisioned_poller_carries_ten_and_growth_is_a_thousand_a_minute():
    assert settings.bounds(Settings(10, pollers=Pollers(2, 200))) == Bounds(20, 2_000, 1_000)
    assert settings.bounds(Settings(10, pollers=Pollers(2, 10_000))) == Bounds(20, 20_000, 1_000)
