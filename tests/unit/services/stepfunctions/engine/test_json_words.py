"""Jackson's words."""

import pytest

from lambent.services.stepfunctions.engine.json_words import NESTING_MAX, checked, refusal


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not json", "Unrecognized token 'not': was expecting (JSON String"),
        ("{'a': 1}", "Unexpected character (''' (code 39)): was expecting double-quote to start field name"),
        ("", "Invalid execution input."),
        ("[" * 100_000, "Invalid execution input."),
        ("9" * 5_000, "Invalid execution input."),
        ("]", "Unexpected character (']' (code 93)): expected a valid value"),
    ],
)
def test_what_is_no_json_is_refused_in_its_words(text: str, words: str):
    assert refusal(text).startswith(words)


@pytest.mark.parametrize(
    "text", ["[" * NESTING_MAX + "]" * NESTING_MAX, '["' + "[" * 1_000 + '"]', "[" + ",".join(["[]"] * 1_000) + "]"]
)
def test_what_is_not_nested_too_deeply_is_taken(text: str):
    checked(text)


@pytest.mark.parametrize("depth", [NESTING_MAX + 1, 900, 100_000])
def test_what_is_nested_too_deeply_is_refused(depth: int):
    with pytest.raises(ValueError, match="nested too deeply"):
        checked("[" * depth + "]" * depth)


@pytest.mark.parametrize("text", ['"\ud800"', "1e400", "-1E999", "NaN"])
def test_what_could_not_be_kept_is_refused(text: str):
    with pytest.raises(ValueError):
        checked(text)
