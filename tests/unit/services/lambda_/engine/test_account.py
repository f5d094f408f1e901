"""Runtime management, recursion, and what an account uses."""

import pytest

from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import account, concurrency, functions
from lambent.services.lambda_.engine.identifiers import FunctionName

ARN = "arn:aws:lambda:us-east-1::runtime:0123456789"


def test_usage_counts_functions_code_and_what_is_left(tx, made):
    function = made.function()
    made.version(function)
    made.layer()
    concurrency.reserve(tx, function, 5)
    usage = account.usage(tx, function.scope)
    assert (usage.function_count, usage.code_bytes, usage.unreserved_concurrency) == (1, 10 + 10 + 100, 995)


def test_recursion_is_stopped_unless_it_is_allowed(tx, made):
    function = made.function()
    assert functions.find(tx, function).function.recursive_loop == "Terminate"
    account.set_recursive_loop(tx, function, "Allow")
    assert functions.find(tx, function).function.recursive_loop == "Allow"


def test_a_runtime_version_is_named_exactly_in_manual_mode(tx, made):
    function = made.function()
    with pytest.raises(errors.InvalidParameterValue):
        account.set_runtime_management(tx, function, update_runtime_on="Manual", given_arn=None)
    with pytest.raises(errors.InvalidParameterValue):
        account.set_runtime_management(tx, function, update_runtime_on="Auto", given_arn=ARN)
    row = account.set_runtime_management(tx, function, update_runtime_on="Manual", given_arn=ARN)
    assert (row.update_runtime_on, row.runtime_version_arn) == ("Manual", ARN)
    assert account.runtime_management(tx, function) == row


def test_an_alias_has_no_runtime_of_its_own(tx, made):
    with pytest.raises(errors.FunctionNotFound):
        account.runtime_management(tx, FunctionName(made.function().scope, "f", "live"))
