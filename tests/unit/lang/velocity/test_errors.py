"""What is wrong with a template is said with its place."""

from lambent.lang.velocity.errors import InvalidTemplate


def test_the_place_is_told() -> None:
    assert str(InvalidTemplate("#end is missing", 7)) == "#end is missing at character 7"
