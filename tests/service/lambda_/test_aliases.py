"""CreateAlias, GetAlias, UpdateAlias, DeleteAlias, ListAliases, and invoking by alias."""

import pytest

INVALID = "InvalidParameterValueException"


@pytest.fixture
def published(create, update, aws):
    """A function with the versions 1 and 2, each of which returns its number."""
    told = create(app="def handler(e, c): return c.function_version", Publish=True)
    update(Timeout=5)
    aws.publish_version(FunctionName="f")
    return told["FunctionArn"]


def test_an_alias_is_told_as_aws_tells_it(published, aws):
    told = aws.create_alias(FunctionName="f", Name="live", FunctionVersion="1", Description="d")
    got = aws.get_alias(FunctionName="f", Name="live")
    for each in (told, got):
        del each["ResponseMetadata"]
    assert got == told
    del told["RevisionId"]
    assert told == {"AliasArn": f"{published}:live", "Name": "live", "FunctionVersion": "1", "Description": "d"}


def test_an_alias_is_invoked_as_the_version_it_points_to(published, aws, invoke):
    aws.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    answer = aws.invoke(FunctionName="f", Qualifier="live")
    assert (answer["Payload"].read(), answer["ExecutedVersion"]) == (b'"1"', "1")
    aws.update_alias(FunctionName="f", Name="live", FunctionVersion="2")
    assert invoke("f:live") == "2"


def test_weights_share_the_invocations_out(published, aws, invoke):
    weights = {"AdditionalVersionWeights": {"2": 0.5}}
    told = aws.create_alias(FunctionName="f", Name="live", FunctionVersion="1", RoutingConfig=weights)
    assert told["RoutingConfig"] == weights
    assert {invoke("f:live") for _ in range(60)} == {"1", "2"}
    aws.update_alias(FunctionName="f", Name="live", RoutingConfig={"AdditionalVersionWeights": {"2": 1.0}})
    assert {invoke("f:live") for _ in range(5)} == {"2"}
    assert "RoutingConfig" not in aws.update_alias(FunctionName="f", Name="live", RoutingConfig={})


def test_the_functions_arn_carries_the_alias_that_was_used(published, aws):
    aws.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    told = aws.get_function(FunctionName="f:live")["Configuration"]
    assert (told["FunctionArn"], told["Version"]) == (f"{published}:live", "1")


def test_what_aws_refuses_is_refused_in_its_words(published, aws, refused):
    aws.create_alias(FunctionName="f", Name="live", FunctionVersion="1")

    def create(name="new", version="1", **weights):
        routing = {"AdditionalVersionWeights": weights}
        return refused("create_alias", FunctionName="f", Name=name, FunctionVersion=version, RoutingConfig=routing)

    assert create("live") == ("ResourceConflictException", f"Alias already exists: {published}:live")
    assert create(version="9") == ("ResourceNotFoundException", f"Function not found: {published}:9")
    assert create(**{"2": 0.1, "3": 0.1}) == (INVALID, "Number of items in AdditionalVersionWeights cannot be greater than 1")
    assert create(version="$LATEST", **{"1": 0.1}) == (
        INVALID,
        "$LATEST is not supported for an alias pointing to more than 1 version",
    )
    assert create(**{"1": 0.1}) == (
        INVALID,
        "Invalid function version 1. Function version 1 is already included in routing configuration.",
    )
    assert create(**{"2": 2.0})[0] == "ValidationException"
    assert create("123")[0] == "ValidationException"
    assert refused("get_alias", FunctionName="f", Name="dead") == (
        "ResourceNotFoundException",
        f"Cannot find alias arn: {published}:dead",
    )
    assert refused("update_alias", FunctionName="f", Name="dead") == (
        "ResourceNotFoundException",
        f"Alias not found: {published}:dead",
    )
    assert refused("update_alias", FunctionName="f", Name="live", RevisionId="old")[0] == "PreconditionFailedException"


def test_aliases_are_listed_and_deleted(published, aws):
    for name, version in (("b", "1"), ("a", "2"), ("c", "1")):
        aws.create_alias(FunctionName="f", Name=name, FunctionVersion=version)
    pages = aws.get_paginator("list_aliases").paginate(FunctionName="f", PaginationConfig={"PageSize": 2})
    assert [told["Name"] for page in pages for told in page["Aliases"]] == ["a", "b", "c"]
    of_one = aws.list_aliases(FunctionName="f", FunctionVersion="1")["Aliases"]
    assert [told["Name"] for told in of_one] == ["b", "c"]
    aws.delete_alias(FunctionName="f", Name="b")
    aws.delete_alias(FunctionName="f", Name="b")
    assert [told["Name"] for told in aws.list_aliases(FunctionName="f")["Aliases"]] == ["a", "c"]
