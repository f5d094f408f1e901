"""Jackson's words."""

import pytest

from lambent.services.stepfunctions.engine.json_words import refusal


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not json", "Unrecognized token 'not': was expecting (JSON String"),
        ("{'a': 1}", "Unexpected character (''' (code 39)): was expecting double-quote to start field name"),
        ("", "Invalid execution input."),
        ("[" * 100_000, "Invalid execution input."),
        ("]", "Unexpected character (']' (code 93)): expected a valid value"),
    ],
)
def test_what_is_no_json_is_refused_in_its_words(text: str, words: str):
    assert refusal(text).startswith(words)
