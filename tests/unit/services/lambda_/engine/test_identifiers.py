"""How functions and layers may be named."""

import pytest

from lambent.core.context import Scope
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine.identifiers import (
    LATEST,
    NO_NUMBER,
    mapping_id_of,
    parse_function,
    parse_layer,
    parse_layer_version,
    parse_tagged,
    version_label,
    version_number,
)

HERE = Scope("111111111111", "us-east-1")
ARN = "arn:aws:lambda:us-east-1:111111111111:function:f"


@pytest.mark.parametrize("text", ["f", "function:f", "111111111111:function:f", "111111111111:f", ARN])
def test_a_name_a_partial_arn_and_an_arn_name_the_same_function(text: str):
    function = parse_function(text, None, HERE)
    assert (function.scope, function.name, function.qualifier) == (HERE, "f", None)
    assert function.arn == ARN


@pytest.mark.parametrize("text", ["f:live", f"{ARN}:live", "111111111111:function:f:live"])
def test_a_qualifier_may_follow_the_name(text: str):
    assert parse_function(text, None, HERE).qualifier == "live"
    assert parse_function(text, "live", HERE).invoked_arn == f"{ARN}:live"


def test_two_different_qualifiers_are_refused():
    with pytest.raises(errors.DerivedQualifierDiffers):
        parse_function("f:1", "2", HERE)


def test_a_name_of_64_characters_is_the_longest():
    assert parse_function("x" * 64, None, HERE).name == "x" * 64
    with pytest.raises(errors.ValidationException) as error:
        parse_function("x" * 65, None, HERE)
    assert error.value.message == (
        f"1 validation error detected: Value '{'x' * 65}' at 'functionName' failed to satisfy constraint: "
        "Member must have length less than or equal to 64"
    )


def test_another_region_is_not_reachable():
    with pytest.raises(errors.FunctionElsewhere) as error:
        parse_function("arn:aws:lambda:eu-west-1:111111111111:function:f", None, HERE)
    assert error.value.message == "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')"


def test_another_account_is_kept():
    assert parse_function("arn:aws:lambda:us-east-1:222222222222:function:f", None, HERE).scope.account == "222222222222"


@pytest.mark.parametrize("text", ["", "a b", "f:", "arn:aws:s3:::b", "f:1:2"])
def test_what_names_no_function_is_refused(text: str):
    with pytest.raises(errors.ValidationException):
        parse_function(text, None, HERE)


def test_a_layer_is_named_by_name_or_arn():
    arn = "arn:aws:lambda:us-east-1:222222222222:layer:l"
    assert parse_layer("l", HERE).arn == "arn:aws:lambda:us-east-1:111111111111:layer:l"
    assert parse_layer(arn, HERE).arn == arn
    with pytest.raises(errors.ValidationException):
        parse_layer("a layer", HERE)


def test_a_layer_of_another_region_is_not_reachable():
    with pytest.raises(errors.NoSuchResource):
        parse_layer("arn:aws:lambda:eu-west-1:111111111111:layer:l", HERE)


def test_a_layer_version_is_named_by_its_arn_only():
    name = parse_layer_version("arn:aws:lambda:us-east-1:111111111111:layer:l:3")
    assert name is not None
    assert (name.layer.name, name.version) == ("l", 3)
    assert parse_layer_version("arn:aws:lambda:us-east-1:111111111111:layer:l") is None


def test_tags_hang_on_functions_not_on_versions():
    assert parse_tagged(ARN, HERE).name == "f"
    with pytest.raises(errors.TagsOnQualified):
        parse_tagged(f"{ARN}:1", HERE)
    with pytest.raises(errors.InvalidParameterValue):
        parse_tagged("arn:aws:lambda:us-east-1:111111111111:layer:l", HERE)


def test_latest_is_number_0():
    assert version_number(LATEST) == 0
    assert version_label(0) == LATEST
    assert (version_number("12"), version_label(12)) == (12, "12")
    assert version_number("live") is None


@pytest.mark.parametrize("label", ["0", "01", "00", "9" * 30])
def test_digits_that_no_version_has_are_neither_latest_nor_a_version_nor_an_alias(label: str):
    assert version_number(label) == NO_NUMBER


def test_a_number_that_no_layer_version_has_names_none():
    assert parse_layer_version(f"arn:aws:lambda:us-east-1:111111111111:layer:l:{'9' * 30}") is None


def test_an_arn_may_name_an_event_source_mapping():
    arn = "arn:aws:lambda:us-east-1:111111111111:event-source-mapping:0a1b"
    here = Scope("111111111111", "us-east-1")
    assert mapping_id_of(arn, here) == "0a1b"
    assert mapping_id_of("arn:aws:lambda:us-east-1:111111111111:function:f", here) is None
    assert mapping_id_of("f", here) is None
    with pytest.raises(errors.NoSuchResource):
        mapping_id_of(arn, Scope("222222222222", "us-east-1"))
