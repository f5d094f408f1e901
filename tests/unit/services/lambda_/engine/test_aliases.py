"""Aliases: names for one version, or for two with weights."""

import pytest
from msgspec.structs import replace

from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import aliases, concurrency
from lambent.services.lambda_.engine.identifiers import FunctionName
from lambent.services.lambda_.tables import functions


@pytest.fixture
def function(made):
    function = made.function()
    for _ in range(2):
        made.version(function)
    return function


def create(tx, function, name="live", version="1", **weights):
    return aliases.create(tx, function, name, version=version, description="d", weights=weights.get("weights", {}))


def update(tx, function, **changes):
    given = {"version": None, "description": None, "weights": None, "revision_id": None} | changes
    return aliases.update(tx, function, "live", **given)


def test_an_alias_points_to_a_version(tx, function):
    row = create(tx, function)
    assert row.arn == f"{function.arn}:live"
    assert aliases.find(tx, function, "live") == row


def test_an_alias_exists_once(tx, function):
    create(tx, function)
    with pytest.raises(errors.AliasExists, match=f"Alias already exists: {function.arn}:live"):
        create(tx, function)


def test_an_alias_of_what_is_not_there_is_refused(tx, function):
    with pytest.raises(errors.FunctionNotFound, match=f"{function.arn}:9"):
        create(tx, function, version="9")
    with pytest.raises(errors.FunctionNotFound, match=f"{function.arn}:0"):
        create(tx, function, version="0")
    with pytest.raises(errors.FunctionNotFound, match="function:g:1"):
        create(tx, FunctionName(function.scope, "g"))
    with pytest.raises(errors.AliasArnNotFound, match="Cannot find alias arn"):
        aliases.find(tx, function, "live")
    with pytest.raises(errors.AliasNotFound, match="Alias not found"):
        update(tx, function)


@pytest.mark.parametrize(
    ("version", "weights", "error"),
    [
        ("1", {"1": 0.5}, errors.WeightOfSameVersion),
        ("1", {"2": 0.5, "3": 0.1}, errors.WeightsTooMany),
        ("$LATEST", {"1": 0.5}, errors.WeightsOnLatest),
        ("1", {"9": 0.5}, errors.FunctionNotFound),
    ],
)
def test_weights_have_rules(tx, function, version, weights, error):
    with pytest.raises(error):
        create(tx, function, version=version, weights=weights)


def test_latest_may_have_an_alias_of_its_own(tx, function):
    assert create(tx, function, version="$LATEST").version == 0


def test_an_update_keeps_what_it_does_not_name_and_renews_the_revision(tx, function):
    before = create(tx, function, weights={"2": 0.25})
    after = update(tx, function, description="new")
    assert (after.version, after.weights, after.description) == (1, {2: 0.25}, "new")
    assert after.revision_id != before.revision_id
    assert update(tx, function, weights={}).weights == {}


def test_an_update_of_an_old_revision_is_refused(tx, function):
    create(tx, function)
    with pytest.raises(errors.RevisionDiffers):
        update(tx, function, revision_id="old")


def test_an_update_must_not_name_the_second_version_first(tx, function):
    create(tx, function, weights={"2": 0.25})
    with pytest.raises(errors.WeightOfSameVersion):
        update(tx, function, version="2")


def test_lists_are_of_all_or_of_one_version(tx, function):
    for name, version in (("a", "1"), ("b", "2"), ("c", "1")):
        create(tx, function, name=name, version=version)
    everything = aliases.list_aliases(tx, function, version=None, start="b", count_max=9)
    assert [row.name for row in everything] == ["b", "c"]
    of_one = aliases.list_aliases(tx, function, version="1", start="", count_max=9)
    assert [row.name for row in of_one] == ["a", "c"]


def test_deleting_what_is_not_there_does_nothing(tx, function):
    create(tx, function)
    aliases.delete(tx, function, "live")
    aliases.delete(tx, function, "live")
    with pytest.raises(errors.FunctionNotFound):
        aliases.delete(tx, FunctionName(function.scope, "g"), "live")


def test_nothing_comes_to_point_to_a_version_that_has_failed(tx, made, function):
    create(tx, function)
    failed = replace(made.version(function), state="Failed", failure="no", failure_code="FunctionError")
    functions.put_version(tx, failed)
    match = f"The resource {function.arn}:{failed.label} is currently in the following state: 'Failed'. StateReasonCode: 'Fu"
    for refused in (
        lambda: create(tx, function, "other", failed.label),
        lambda: create(tx, function, "other", weights={failed.label: 0.1}),
        lambda: update(tx, function, version=failed.label),
        lambda: update(tx, function, weights={failed.label: 0.1}),
        lambda: concurrency.provision(tx, replace(function, qualifier=failed.label), 1, now=0.0),
    ):
        with pytest.raises(errors.ResourceNotReady, match=match):
            refused()


def test_what_is_provisioned_does_not_move_to_a_version_with_snap_start(tx, made, function):
    create(tx, function)
    concurrency.provision(tx, replace(function, qualifier="live"), 1, now=0.0)
    other = made.version(function)
    settings = replace(other.settings, snap_start="PublishedVersions", runtime="python3.12")
    functions.put_version(tx, replace(other, settings=settings))
    with pytest.raises(errors.SnapStartProvisioned):
        update(tx, function, version=other.label)
