"""Function URLs: one of a function and of each alias, and what goes with them."""

import pytest
from msgspec.structs import replace

from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import aliases, function_urls, functions
from lambent.services.lambda_.engine.function_urls import Asked
from lambent.services.lambda_.engine.identifiers import FunctionName

PUBLIC = Asked("NONE")


@pytest.fixture
def function(tx, made) -> FunctionName:
    function: FunctionName = made.function()
    made.version(function)
    aliases.create(tx, function, "live", version="1", description="", weights={})
    return function


def live(function: FunctionName) -> FunctionName:
    return replace(function, qualifier="live")


def test_a_function_and_its_alias_have_a_url_each(tx, function):
    own = function_urls.create(tx, function, PUBLIC, 1.0)
    of_alias = function_urls.create(tx, live(function), Asked("AWS_IAM", "RESPONSE_STREAM"), 2.0)
    assert function_urls.list_urls(tx, function, start="", count_max=9) == [own, of_alias]
    assert (len(own.id), own.invoke_mode, of_alias.invoke_mode) == (32, "BUFFERED", "RESPONSE_STREAM")
    assert own.id != of_alias.id
    assert of_alias.function.invoked_arn.endswith(":function:f:live")


def test_a_second_url_is_refused(tx, function):
    function_urls.create(tx, live(function), PUBLIC, 1.0)
    with pytest.raises(errors.UrlExists) as refused:
        function_urls.create(tx, live(function), PUBLIC, 2.0)
    assert refused.value.message == (
        f"Failed to create function url config for [functionArn = {function.arn}:live]. "
        "Error message:  FunctionUrlConfig exists for this Lambda function"
    )


@pytest.mark.parametrize("qualifier", ["$LATEST", "1", "007", "a.b"])
def test_only_an_alias_is_a_qualifier(function, qualifier):
    with pytest.raises(errors.ValidationException, match="at 'qualifier' failed to satisfy constraint"):
        function_urls.checked(replace(function, qualifier=qualifier))


def test_what_is_not_there_has_no_url(tx, function):
    for missing in (FunctionName(function.scope, "g"), replace(function, qualifier="nothing")):
        with pytest.raises(errors.UrlFunctionMissing, match="Function does not exist"):
            function_urls.create(tx, missing, PUBLIC, 1.0)
        with pytest.raises(errors.UrlFunctionMissing):
            function_urls.update(tx, missing, PUBLIC, 1.0)
    for deed in (function_urls.find, function_urls.delete):
        with pytest.raises(errors.NoSuchResource, match="The resource you requested does not exist"):
            deed(tx, function)


def test_an_update_changes_what_is_given_and_keeps_the_address(tx, function):
    made = function_urls.create(tx, function, Asked("NONE", cors={"AllowOrigins": ["*"]}), 1.0)
    changed = function_urls.update(tx, function, Asked(invoke_mode="RESPONSE_STREAM"), 2.0)
    assert changed == replace(made, invoke_mode="RESPONSE_STREAM", modified_at=2.0)
    assert function_urls.update(tx, function, Asked(cors={}), 3.0).cors is None
    assert function_urls.find(tx, function).id == made.id


def test_a_url_goes_with_its_alias_and_with_its_function(tx, function):
    function_urls.create(tx, function, PUBLIC, 1.0)
    function_urls.create(tx, live(function), PUBLIC, 1.0)
    aliases.delete(tx, function, "live")
    with pytest.raises(errors.NoSuchResource):
        function_urls.find(tx, live(function))
    functions.delete(tx, function)
    with pytest.raises(errors.NoSuchResource):
        function_urls.find(tx, function)


def test_a_visitor_needs_two_permissions():
    assert [action for action, _ in function_urls.needs("NONE")] == ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"]
