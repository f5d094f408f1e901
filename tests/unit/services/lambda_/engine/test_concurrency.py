"""Reserved and provisioned concurrency."""

import pytest

from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import aliases, concurrency
from lambent.services.lambda_.engine.identifiers import FunctionName


@pytest.fixture
def function(tx, made):
    function = made.function()
    made.version(function)
    aliases.create(tx, function, "live", version="1", description="", weights={})
    return function


def qualified(function, qualifier):
    return FunctionName(function.scope, function.name, qualifier)


def test_100_must_stay_for_everybody(tx, made, function):
    concurrency.reserve(tx, function, 900)
    assert concurrency.unreserved(tx, function.scope) == 100
    with pytest.raises(errors.UnreservedTooLow, match=r"below its minimum value of \[100\]"):
        concurrency.reserve(tx, made.function("g"), 1)
    concurrency.reserve(tx, function, 899)
    concurrency.reserve(tx, FunctionName(function.scope, "g"), 1)


def test_a_reservation_is_of_whole_functions_that_are_there(tx, function):
    with pytest.raises(errors.UnqualifiedOnly, match="permitted on Lambda functions only"):
        concurrency.reserve(tx, qualified(function, "live"), 1)
    with pytest.raises(errors.FunctionNotFound, match=r"Function not found: arn:.*:function:g:\$LATEST"):
        concurrency.reserve(tx, FunctionName(function.scope, "g"), 1)


def test_a_reservation_is_given_back(tx, function):
    concurrency.reserve(tx, function, 0)
    assert concurrency.reserved_of(tx, function) == 0
    concurrency.unreserve(tx, function)
    assert concurrency.reserved_of(tx, function) is None


def test_all_functions_of_the_account_hear_of_a_reservation(tx, function):
    tx.topics.clear()
    concurrency.reserve(tx, function, 5)
    assert "lambda.changed/111111111111/us-east-1/*" in tx.topics
    assert "lambda.async-events/111111111111/us-east-1/f" in tx.topics


def test_functions_without_a_reservation_share_what_may_be_provisioned(tx, made, function):
    other = made.function("g")
    made.version(other)
    concurrency.provision(tx, qualified(function, "live"), 600, now=1.0)
    with pytest.raises(errors.ProvisionedAboveUnreserved, match=r"\[300\]"):
        concurrency.provision(tx, qualified(other, "1"), 301, now=1.0)
    concurrency.provision(tx, qualified(other, "1"), 300, now=1.0)
    concurrency.provision(tx, qualified(function, "live"), 600, now=2.0)


def test_a_version_or_an_alias_may_be_provisioned_but_not_latest(tx, function):
    with pytest.raises(errors.ProvisionedOnLatest):
        concurrency.provision(tx, qualified(function, "$LATEST"), 1, now=1.0)
    concurrency.provision(tx, qualified(function, "live"), 2, now=1.0)
    row, version = concurrency.find_provisioned(tx, qualified(function, "live"))
    assert (row.requested, version.version) == (2, 1)
    assert [each.qualifier for each, _ in concurrency.list_provisioned(tx, function, start="", count_max=9)] == ["live"]
    assert len(concurrency.list_all_provisioned(tx)) == 1


def test_not_both_a_version_and_its_alias(tx, function):
    concurrency.provision(tx, qualified(function, "live"), 1, now=1.0)
    with pytest.raises(errors.AliasAlreadyProvisioned):
        concurrency.provision(tx, qualified(function, "1"), 1, now=1.0)
    concurrency.unprovision(tx, qualified(function, "live"))
    concurrency.provision(tx, qualified(function, "1"), 1, now=1.0)
    with pytest.raises(errors.VersionAlreadyProvisioned):
        concurrency.provision(tx, qualified(function, "live"), 1, now=1.0)


def test_no_more_than_is_reserved(tx, function):
    concurrency.reserve(tx, function, 2)
    with pytest.raises(errors.ProvisionedAboveReserved):
        concurrency.provision(tx, qualified(function, "1"), 3, now=1.0)
    concurrency.provision(tx, qualified(function, "1"), 2, now=1.0)
    with pytest.raises(errors.ReservedBelowProvisioned) as error:
        concurrency.reserve(tx, function, 1)
    assert error.value.message == (
        " ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2]."
    )


def test_no_more_than_the_account_has_to_give(tx, function):
    with pytest.raises(errors.ProvisionedAboveUnreserved):
        concurrency.provision(tx, qualified(function, "1"), 901, now=1.0)


def test_nothing_provisioned_is_said_so(tx, function):
    with pytest.raises(errors.ProvisionedNotFound, match="No Provisioned Concurrency Config found for this function"):
        concurrency.find_provisioned(tx, qualified(function, "1"))
    concurrency.unprovision(tx, qualified(function, "1"))
    with pytest.raises(errors.FunctionNotFound):
        concurrency.unprovision(tx, qualified(function, "9"))
    with pytest.raises(errors.AliasArnNotFound):
        concurrency.unprovision(tx, qualified(function, "dead"))
    with pytest.raises(errors.ProvisionedOfLatest, match="must be an alias or a published version"):
        concurrency.find_provisioned(tx, qualified(function, "$LATEST"))


def test_an_alias_of_two_versions_has_none(tx, made, function):
    made.version(function)
    aliases.create(tx, function, "both", version="1", description="", weights={"2": 0.5})
    with pytest.raises(errors.ProvisionedOnWeights, match="Alias with weights can not be used with Provisioned Concurrency"):
        concurrency.provision(tx, qualified(function, "both"), 1, now=0.0)
