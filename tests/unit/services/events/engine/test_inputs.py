"""What targets are sent: constants, parts, templates."""

import json

import pytest
from tests.unit.services.events.engine.conftest import BUS, event

from lambent.services.events.engine import inputs
from lambent.services.events.engine.identifiers import RuleName

RULE = RuleName(BUS, "r")
PATHS = {"name": "$.detail.name", "price": "$.detail.price", "tags": "$.detail.tags", "gone": "$.detail.gone"}


def made(**given):
    return inputs.compiled({"Id": "1", "Arn": "arn", **given}, RULE)(event())


def filled(template, **paths_map):
    return made(InputTransformer={"InputPathsMap": {**PATHS, **paths_map}, "InputTemplate": template})


def test_nothing_said_means_the_event():
    assert inputs.compiled({"Id": "1", "Arn": "arn"}, RULE) is None


def test_a_constant_stands_for_every_event():
    assert made(Input='{"a" : 1}') == '{"a" : 1}'


@pytest.mark.parametrize(
    ("path", "text"),
    [("$.detail.tags[0]", '{"k":"x"}'), ("$.source", '"shop"'), ("$.detail.price", "5"), ("$.detail.gone", "null")],
)
def test_a_path_sends_a_part_of_the_event_as_json(path, text):
    assert made(InputPath=path) == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ('"<name> costs <price>"', '"a \\"b\\" costs 5"'),
        ('{"name": <name>, "price": <price>}', '{"name": "a \\"b\\"", "price": 5}'),
        ('{"text": "<name>: <tags>"}', '{"text": "a \\"b\\": [{\\"k\\":\\"x\\"},{\\"k\\":\\"y\\"}]"}'),
        ('{"tags": <tags>}', '{"tags": [{"k":"x"},{"k":"y"}]}'),
        ('"nothing: <gone>"', '"nothing: "'),
        ('{"nothing": <gone>}', '{"nothing": ""}'),
        ('"he said \\"<price>\\" <unknown>"', '"he said \\"5\\" <unknown>"'),
        ('{"rule": <aws.events.rule-arn>, "name": "<aws.events.rule-name>"}', f'{{"rule": "{RULE.arn}", "name": "r"}}'),
        ("<aws.events.event.ingestion-time>", '"2026-01-01T00:00:01Z"'),
    ],
)
def test_a_template_is_filled(template, text):
    assert filled(template) == text


def test_a_template_may_hold_the_whole_event_or_all_but_its_detail():
    whole = json.loads(filled('{"e": <aws.events.event.json>}'))["e"]
    assert whole == event().document
    without = json.loads(filled('{"e": <aws.events.event>}'))["e"]
    assert without == {name: value for name, value in whole.items() if name != "detail"}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"Input": "{}", "InputPath": "$"}, "Only one of Input, InputPath, or InputTransformer must be provided for target 1."),
        ({"Input": "bare"}, "JSON syntax error in input for target 1."),
        ({"InputPath": "detail"}, "Parameter InputPath is not valid. Reason: detail is not a JSON path."),
        (
            {"InputTransformer": {"InputPathsMap": {"x": "detail"}, "InputTemplate": '"<x>"'}},
            "Parameter InputPathsMap is not valid. Reason: detail is not a JSON path.",
        ),
        (
            {"InputTransformer": {"InputPathsMap": {"AWS.x": "$"}, "InputTemplate": '"<x>"'}},
            "InputPathsMap of target 1 has the key AWS.x: keys cannot start with AWS.",
        ),
        ({"Input": '"text"'}, None),
        ({"InputTransformer": {"InputTemplate": '"<x>"'}}, None),
    ],
)
def test_an_input_that_cannot_be_made_is_found_before(given, reason):
    assert inputs.problem({"Id": "1", "Arn": "arn", **given}) == reason
