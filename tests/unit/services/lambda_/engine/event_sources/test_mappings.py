"""Mappings are made, found, changed and deleted, and settle when a change is taken up."""

import pytest
from msgspec.structs import replace

from lambent.core.context import Scope
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import aliases, functions
from lambent.services.lambda_.engine.event_sources import mappings, sources
from lambent.services.lambda_.engine.event_sources.settings import Settings

ARN = "arn:aws:sqs:us-east-1:111111111111:q"
SOURCE = sources.source_of(ARN)
SCOPE = Scope("111111111111", "us-east-1")


def create(tx, function, *, is_enabled=True, source=SOURCE, **tags):
    wanted = Settings(batch_size=10)
    return mappings.create(tx, source, function, wanted, is_enabled=is_enabled, tags=tags, now=1.0)


def settled(tx, row):
    (after,) = mappings.settle(tx, [row])
    return after


def update(tx, row, *, function=None, is_enabled=True, **settings):
    wanted = replace(row.settings, **settings)
    return mappings.update(tx, row, function or row.function, wanted, is_enabled=is_enabled, now=2.0)


def test_a_new_mapping_is_creating_until_it_is_taken_up(tx, made):
    row = create(tx, made.function())
    assert (row.state, row.is_settling) == ("Creating", True)
    assert mappings.to_take_up(tx) == [row]
    after = settled(tx, row)
    assert (after.state, after.is_settling) == ("Enabled", False)
    assert mappings.find(tx, SCOPE, row.id) == after
    assert mappings.to_take_up(tx) == []
    assert mappings.enabled(tx) == [after]


def test_a_mapping_that_is_made_disabled_is_so_at_once(tx, made):
    row = create(tx, made.function(), is_enabled=False)
    assert (row.state, row.is_settling) == ("Disabled", False)
    assert mappings.enabled(tx) == []


@pytest.mark.parametrize(
    ("is_enabled", "becomes", "under_way", "then"),
    [
        (True, True, "Updating", "Enabled"),
        (True, False, "Disabling", "Disabled"),
        (False, True, "Enabling", "Enabled"),
        (False, False, "Updating", "Disabled"),
    ],
)
def test_a_change_is_under_way_until_it_is_taken_up(tx, made, is_enabled, becomes, under_way, then):
    row = create(tx, made.function(), is_enabled=is_enabled)
    row = settled(tx, row) if is_enabled else row
    changed = update(tx, row, is_enabled=becomes, batch_size=3)
    assert (changed.state, changed.modified_at, changed.settings.batch_size) == (under_way, 2.0, 3)
    assert settled(tx, changed).state == then


def test_a_mapping_is_not_changed_while_a_change_is_under_way(tx, made):
    row = create(tx, made.function())
    with pytest.raises(errors.MappingInUse) as error:
        update(tx, row)
    assert error.value.message == "Cannot update the event source mapping because it is in use."
    with pytest.raises(errors.MappingInUse) as error:
        mappings.delete(tx, SCOPE, row.id, now=2.0)
    assert error.value.message == "Cannot delete the event source mapping because it is in use."
    assert (error.value.code, error.value.status) == ("ResourceInUseException", 400)


def test_a_mapping_that_has_changed_since_it_was_looked_at_is_not_changed(tx, made):
    row = settled(tx, create(tx, made.function()))
    settled(tx, update(tx, row))
    with pytest.raises(errors.MappingInUse):
        update(tx, row)


def test_a_deleted_mapping_is_told_until_it_is_let_go(tx, made):
    row = settled(tx, create(tx, made.function()))
    gone = mappings.delete(tx, SCOPE, row.id, now=2.0)
    assert gone.state == "Deleting"
    assert mappings.find(tx, SCOPE, row.id) == gone
    assert mappings.settle(tx, [gone]) == []
    with pytest.raises(errors.NoSuchResource):
        mappings.find(tx, SCOPE, row.id)


def test_a_change_that_is_out_of_date_is_not_settled(tx, made):
    row = create(tx, made.function())
    settled(tx, row)
    update(tx, mappings.find(tx, SCOPE, row.id))
    assert mappings.settle(tx, [row]) == []
    assert mappings.find(tx, SCOPE, row.id).state == "Updating"


def test_a_function_follows_a_queue_once(tx, made):
    function = made.function()
    row = create(tx, function)
    with pytest.raises(errors.QueueMappingExists) as error:
        create(tx, function)
    assert error.value.message == (
        f'An event source mapping with SQS arn (" {ARN} ") and function (" f ") already exists. '
        f"Please update or delete the existing mapping with UUID {row.id}"
    )
    create(tx, replace(function, qualifier="1"))
    create(tx, made.function("other"))


def test_a_mapping_moves_to_a_function_that_does_not_follow_the_queue_yet(tx, made):
    one, two = made.function("one"), made.function("two")
    row = settled(tx, create(tx, one))
    create(tx, two)
    with pytest.raises(errors.QueueMappingExists):
        update(tx, row, function=two)
    three = made.function("three")
    assert update(tx, row, function=three).function == three


def test_a_function_must_be_there_to_be_mapped(tx, made):
    function = made.function()
    made.version(function)
    aliases.create(tx, function, name="live", version="1", description="", weights={})
    assert mappings.mapped(tx, function).timeout_s == 4
    assert mappings.mapped(tx, replace(function, qualifier="live")).role_arn.endswith("role/r")
    for missing in (replace(function, name="x"), replace(function, qualifier="2"), replace(function, qualifier="x")):
        with pytest.raises(errors.MappedFunctionMissing):
            mappings.mapped(tx, missing)


def test_a_mapping_outlives_its_function(tx, made):
    function = made.function()
    row = settled(tx, create(tx, function))
    functions.delete(tx, function)
    assert mappings.find(tx, SCOPE, row.id) == row


def test_mappings_are_listed_by_function_and_by_source(tx, made):
    other = sources.source_of(ARN + "2")
    one, two = made.function("one"), made.function("two")
    rows = [create(tx, one), create(tx, two), create(tx, one, source=other), create(tx, replace(one, qualifier="1"))]

    def listed(**by) -> set[str]:
        given = {"of": None, "source_arn": None, "start": "", "count_max": 100} | by
        return {row.id for row in mappings.list_page(tx, SCOPE, **given)}

    assert listed() == {row.id for row in rows}
    assert listed(of=one) == {rows[0].id, rows[2].id}
    assert listed(source_arn=ARN) == {rows[0].id, rows[1].id, rows[3].id}
    assert listed(of=one, source_arn=ARN) == {rows[0].id}
    assert listed(of=replace(one, qualifier="1")) == {rows[3].id}
    ordered = sorted(row.id for row in rows)
    assert listed(start=ordered[2], count_max=1) == {ordered[2]}


def test_what_the_latest_version_follows_is_found_however_it_is_named(tx, made):
    function = made.function()
    create(tx, function)
    create(tx, replace(function, qualifier="$LATEST"))
    create(tx, replace(function, qualifier="1"))
    assert {row.function.qualifier for row in mappings.of_latest(tx, function)} == {None, "$LATEST"}


def test_tags_are_added_and_removed(tx, made):
    row = create(tx, made.function(), a="1")
    mappings.add_tags(tx, SCOPE, row.id, {"b": "2"})
    assert mappings.tags_of(tx, SCOPE, row.id) == {"a": "1", "b": "2"}
    mappings.remove_tags(tx, SCOPE, row.id, ["a", "x"])
    assert mappings.tags_of(tx, SCOPE, row.id) == {"b": "2"}
    with pytest.raises(errors.TagsTooMany):
        mappings.add_tags(tx, SCOPE, row.id, {str(number): "" for number in range(50)})


def test_the_settings_that_are_asked_for_are_checked(tx, made):
    assert mappings.created(SOURCE, {}) == Settings(batch_size=10)
    with pytest.raises(errors.WindowNeeded):
        mappings.created(SOURCE, {"BatchSize": 11})
    with pytest.raises(errors.BadFilter):
        mappings.created(SOURCE, {"FilterCriteria": {"Filters": [{}]}})
    row = create(tx, made.function())
    with pytest.raises(errors.WindowNeeded):
        mappings.changed(row, {"BatchSize": 11})
    assert mappings.changed(row, {"BatchSize": 11, "MaximumBatchingWindowInSeconds": 1}).window_s == 1
