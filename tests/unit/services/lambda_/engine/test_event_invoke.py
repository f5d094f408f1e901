"""Event invoke configs: what a request asks for, and what is kept of it."""

import pytest

from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import aliases, event_invoke, functions, targets, versions
from lambent.services.lambda_.engine.event_invoke import Asked
from lambent.services.lambda_.engine.identifiers import FunctionName

NOTHING = Asked(None, None, None, None)


def qualified(function: FunctionName, qualifier: str) -> FunctionName:
    return FunctionName(function.scope, function.name, qualifier)


def qualifiers(tx, function: FunctionName) -> list[str]:
    return [row.qualifier for row in event_invoke.list_configs(tx, function, start="", count_max=9)]


def test_something_must_be_asked_for():
    with pytest.raises(errors.NothingConfigured, match="at least one of error handling or destination setting"):
        event_invoke.asked({"FunctionName": "f"})


@pytest.mark.parametrize(
    ("parameters", "asked"),
    [
        ({"MaximumRetryAttempts": 0}, Asked(0, None, None, None)),
        ({"MaximumEventAgeInSeconds": 60}, Asked(None, 60, None, None)),
        ({"DestinationConfig": {}}, NOTHING),
        ({"DestinationConfig": {"OnSuccess": {}}}, Asked(None, None, "", None)),
        ({"DestinationConfig": {"OnFailure": {"Destination": "arn"}}}, Asked(None, None, None, "arn")),
    ],
)
def test_what_is_not_said_is_not_the_same_as_what_is_taken_away(parameters, asked):
    assert event_invoke.asked(parameters) == asked


def test_put_replaces_and_update_merges(tx, made):
    function = made.function()
    event_invoke.put(tx, function, Asked(1, 60, "s", "f"), 5.0)
    changed = event_invoke.update(tx, function, Asked(0, None, "", None), 6.0)
    assert (changed.retries_max, changed.age_s_max, changed.on_success, changed.on_failure) == (0, 60, "", "f")
    replaced = event_invoke.put(tx, function, Asked(None, 70, None, None), 7.0)
    assert (replaced.retries_max, replaced.age_s_max, replaced.on_success, replaced.on_failure) == (None, 70, "", "")
    assert event_invoke.find(tx, function) == replaced
    assert replaced.modified_at == 7.0


def test_each_qualifier_has_its_own(tx, made):
    function = made.function()
    made.version(function)
    aliases.create(tx, function, "live", version="1", description="", weights={})
    for qualifier in ("1", "live"):
        event_invoke.put(tx, qualified(function, qualifier), Asked(1, None, None, None), 5.0)
    event_invoke.put(tx, qualified(function, "$LATEST"), Asked(0, None, None, None), 5.0)
    assert event_invoke.find(tx, function).retries_max == 0
    assert qualifiers(tx, function) == ["$LATEST", "1", "live"]
    assert targets.find(tx, qualified(function, "live")).rules.retries_max == 1
    assert targets.find(tx, function).rules.retries_max == 0


def test_there_must_be_a_function_to_configure(tx, made):
    function = made.function()
    for missing in (FunctionName(function.scope, "g"), qualified(function, "1"), qualified(function, "live")):
        for change in (event_invoke.put, event_invoke.update):
            with pytest.raises(errors.FunctionMissing):
                change(tx, missing, NOTHING, 5.0)
        with pytest.raises(errors.FunctionMissing):
            event_invoke.role_of(tx, missing, is_update=False)
    with pytest.raises(errors.FunctionMissing):
        event_invoke.list_configs(tx, FunctionName(function.scope, "g"), start="", count_max=1)


def test_what_is_not_configured_is_said_with_its_qualifier(tx, made):
    function = made.function()
    for find in (event_invoke.find, event_invoke.delete, lambda tx, f: event_invoke.role_of(tx, f, is_update=True)):
        with pytest.raises(errors.NotConfigured, match=r"function:f:\$LATEST doesn't have an EventInvokeConfig"):
            find(tx, function)


def test_the_role_is_that_of_the_version_that_is_configured(tx, made):
    function = made.function()
    version = made.version(function)
    other = version.settings.role_arn.replace("role/r", "role/other")
    made.change(function, Role=other)
    assert event_invoke.role_of(tx, function, is_update=False) == other
    assert event_invoke.role_of(tx, qualified(function, "1"), is_update=False) == version.settings.role_arn


def test_a_config_goes_with_what_it_is_for(tx, made):
    function = made.function()
    made.version(function)
    aliases.create(tx, function, "live", version="1", description="", weights={})
    for qualifier in ("$LATEST", "1", "live"):
        event_invoke.put(tx, qualified(function, qualifier), Asked(1, None, None, None), 5.0)
    aliases.delete(tx, function, "live")
    versions.delete(tx, function, "1")
    assert qualifiers(tx, function) == ["$LATEST"]
    functions.delete(tx, function)
    made.function()
    assert qualifiers(tx, function) == []
