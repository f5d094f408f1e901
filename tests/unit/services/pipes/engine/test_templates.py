"""What an input template makes of an event."""

import json

import pytest
from tests.unit.services.pipes.engine.conftest import NAME, NOW, QUEUE, message

from lambent.services.pipes.engine import templates
from lambent.services.pipes.engine.templates import Facts

FACTS = Facts(NAME.arn, "p", QUEUE, "enrichment", "target")
EVENT = message('{"n": 5, "list": [{"id": "x"}]}', attributes={"SenderId": "me"})


def shaped(template: str, event: object = EVENT) -> str:
    return templates.compiled(template, FACTS)(event, NOW)


def test_without_a_template_an_event_is_its_json():
    assert json.loads(shaped("")) == EVENT


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("<$.body.n>", "5"),
        ('{"id": <$.body.list[0].id>, "who": "<$.attributes.SenderId>"}', '{"id": "x", "who": "me"}'),
        ('"Hello, <$.attributes.SenderId>"', '"Hello, me"'),
        ("<$.messageId>", '"m1"'),
        ('"<$.body.gone>"', '""'),
        ("<aws.pipes.pipe-name> <aws.pipes.target-arn>", '"p" "target"'),
        ('"<aws.pipes.pipe-arn>,<aws.pipes.source-arn>,<aws.pipes.enrichment-arn>"', f'"{NAME.arn},{QUEUE},enrichment"'),
        ("<aws.pipes.event.ingestion-time>", '"2026-01-01T00:00:00Z"'),
        ("static <b>text</b>", "static <b>text</b>"),
    ],
)
def test_places_are_filled_from_the_event_and_the_pipe(template, text):
    assert shaped(template) == text


def test_the_event_itself_has_its_body_as_text_or_as_json():
    assert json.loads(shaped("<aws.pipes.event>"))["body"] == EVENT["body"]
    assert json.loads(shaped("<aws.pipes.event.json>"))["body"]["n"] == 5


def test_a_parameter_is_a_text_or_what_its_path_finds():
    assert templates.dynamic("constant", EVENT) == "constant"
    assert templates.dynamic("$.body.n", EVENT) == "5"
    assert templates.dynamic("$.messageId", EVENT) == "m1"
    assert templates.dynamic("$.gone", EVENT) == ""
