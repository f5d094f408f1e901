"""What tags may be."""

import pytest

from lambent.services.kinesis import errors
from lambent.services.kinesis.engine import tags


def test_tags_are_letters_digits_and_some_signs():
    assert tags.checked("s", "a", {"clé ☃".replace("☃", ""): "_./=+-@: 7"})
    for text in ("%", "☃", "a,b"):
        with pytest.raises(errors.BadTagCharacters):
            tags.checked("s", "a", {"k": text})


def test_a_stream_has_at_most_fifty():
    assert tags.checked("s", "a", {str(number): "" for number in range(50)})
    with pytest.raises(errors.TooManyTags):
        tags.checked("s", "a", {str(number): "" for number in range(51)})


def test_tags_are_added_over_and_removed_from_those_that_were():
    assert tags.changed({"a": "1", "b": "2"}, added={"b": "3", "c": "4"}, removed=["a"]) == {"b": "3", "c": "4"}
