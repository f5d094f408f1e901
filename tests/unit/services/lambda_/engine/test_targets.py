"""What an invocation needs to know of a function."""

import pytest

from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import aliases, concurrency, functions, targets
from lambent.services.lambda_.engine.identifiers import FunctionName


def test_a_bare_name_means_latest(tx, made):
    function = made.function()
    concurrency.reserve(tx, function, 7)
    target = targets.find(tx, function)
    assert (target.first.label, target.other) == ("$LATEST", None)
    assert (target.reserved_concurrency, target.unreserved_concurrency) == (7, 993)


def test_an_alias_means_one_or_two_versions(tx, made):
    function = made.function()
    for _ in range(2):
        made.version(function)
    aliases.create(tx, function, "live", version="1", description="", weights={"2": 0.25})
    target = targets.find(tx, FunctionName(function.scope, "f", "live"))
    assert target.other is not None
    assert (target.first.label, target.other.label, target.other_weight) == ("1", "2", 0.25)


@pytest.mark.parametrize("qualifier", [None, "9", "dead"])
def test_what_is_not_there_is_told_by_its_arn(tx, made, qualifier):
    function = FunctionName(made.function().scope, "g" if qualifier is None else "f", qualifier)
    with pytest.raises(errors.FunctionNotFound, match=f"Function not found: {function.invoked_arn}".replace("$", r"\$")):
        targets.find(tx, function)


def test_a_pending_function_is_not_invoked(tx, made):
    function = made.function(is_ready=False)
    with pytest.raises(errors.FunctionNotReady, match="The function is currently in the following state: Pending"):
        targets.find(tx, function)


def test_who_works_on_a_folder_need_not_ask_again_while_its_function_is_made_ready(tx, made):
    function = made.function(is_ready=False, folder="/home/ada/f")
    assert targets.find(tx, function).first.state == "Pending"


@pytest.mark.parametrize("qualifier", [None, "$LATEST", "live"])
def test_a_function_that_is_being_changed_is_invoked_as_it_was(tx, made, qualifier):
    function = made.function()
    aliases.create(tx, function, "live", version="$LATEST", description="", weights={})
    named = FunctionName(function.scope, "f", qualifier)
    made.change(function, is_ready=False, Timeout=4)
    assert targets.find(tx, named).first.settings.timeout_s == 3
    functions.prepared(tx, functions.latest_of(tx, function))
    assert targets.find(tx, named).first.settings.timeout_s == 4


def test_environments_kept_ready_serve_the_qualifier_that_they_are_kept_for(tx, made):
    function = made.function()
    made.version(function)
    aliases.create(tx, function, "live", version="1", description="", weights={})
    live, one = (FunctionName(function.scope, "f", qualifier) for qualifier in ("live", "1"))
    concurrency.provision(tx, live, 1, now=1.0)
    assert targets.find(tx, live).is_provisioned
    assert not targets.find(tx, one).is_provisioned
