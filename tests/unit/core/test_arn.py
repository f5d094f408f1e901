"""ARNs come apart and go together again."""

import pytest

from lambent.core.arn import Arn


@pytest.mark.parametrize(
    "text",
    ["arn:aws:lambda:us-east-1:123456789012:function:f:1", "arn:aws:iam::123456789012:role/r", "arn:aws:s3:::bucket/a:b"],
)
def test_an_arn_survives_parsing_and_printing(text):
    arn = Arn.parse(text)
    assert arn is not None
    assert str(arn) == text


@pytest.mark.parametrize(
    "text", ["", "function", "arn:aws:lambda:us-east-1:123456789012", "arn:aws:lambda:r:a:", "urn:a:b:c:d:e"]
)
def test_what_is_no_arn_parses_to_none(text):
    assert Arn.parse(text) is None


def test_the_resource_keeps_its_colons():
    arn = Arn.parse("arn:aws:lambda:r:1:layer:name:3")
    assert arn is not None
    assert arn.resource == "layer:name:3"
