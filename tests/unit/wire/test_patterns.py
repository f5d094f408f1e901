"""The models' regular expressions say in Python what they say in Java."""

import pytest

from lambent.wire import models, patterns

SERVICES = [
    "lambda",
    "logs",
    "iam",
    "sts",
    "sqs",
    "sns",
    "dynamodb",
    "kinesis",
    "stepfunctions",
    "events",
    "scheduler",
    "apigateway",
    "cloudwatch",
    "ecr",
]


@pytest.mark.parametrize("name", SERVICES)
def test_every_pattern_of_a_service_in_scope_compiles(name: str):
    for shape in models.service(name).shapes.values():
        if shape.pattern is not None:
            patterns.compiled(shape.pattern)


@pytest.mark.parametrize("text", ["team", "Équipe 7", "a/b:c=d+e-f@g", "名前"])
def test_letters_of_all_scripts_are_letters(text: str):
    assert patterns.compiled(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+").fullmatch(text)


@pytest.mark.parametrize("text", ["", "semi;colon", "new\nline"])
def test_what_is_no_letter_is_refused(text: str):
    assert not patterns.compiled(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+").fullmatch(text)


def test_printable_text_has_no_control_characters():
    assert patterns.compiled(r"\p{Print}+").fullmatch("plain ~")
    assert not patterns.compiled(r"\p{Print}+").fullmatch("tab\t")


def test_a_line_end_behind_the_value_does_not_slip_through():
    assert not patterns.compiled("^[a-z]+$").fullmatch("name\n")
