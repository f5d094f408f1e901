"""Names of buses and rules, and their ARNs."""

import pytest
from tests.unit.services.events.engine.conftest import ACCOUNT, BUS, SCOPE

from lambent.core.context import Scope
from lambent.services.events.engine.identifiers import BusName, RuleName, bus_named, parse_resource

ELSEWHERE = Scope("444455556666", "eu-west-1")


def test_a_rule_of_another_bus_than_the_default_has_it_in_its_arn():
    assert RuleName(BUS, "r").arn == f"arn:aws:events:us-east-1:{ACCOUNT}:rule/r"
    assert RuleName(BusName(SCOPE, "b"), "r").arn == f"arn:aws:events:us-east-1:{ACCOUNT}:rule/b/r"


@pytest.mark.parametrize(
    ("text", "bus"),
    [
        (None, BUS),
        ("", BUS),
        ("b", BusName(SCOPE, "b")),
        (BusName(ELSEWHERE, "b").arn, BusName(ELSEWHERE, "b")),
    ],
)
def test_a_bus_is_named_or_has_an_arn(text, bus):
    assert bus_named(text, SCOPE) == bus


@pytest.mark.parametrize("name", [BUS, BusName(ELSEWHERE, "b"), RuleName(BUS, "r"), RuleName(BusName(ELSEWHERE, "b"), "r")])
def test_an_arn_is_read_as_it_is_written(name):
    assert parse_resource(name.arn) == name


@pytest.mark.parametrize(
    "text", ["", "r", f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", f"arn:aws:events:us-east-1:{ACCOUNT}:archive/a"]
)
def test_other_texts_name_neither(text):
    assert parse_resource(text) is None
