"""Stars between parts."""

import pytest

from lambent.lang.globs import matcher


@pytest.mark.parametrize(
    ("parts", "text", "expected"),
    [
        (["ab"], "ab", True),
        (["ab"], "abc", False),
        (["", ""], "", True),
        (["a", "b"], "ab", True),
        (["a", "a"], "a", False),
        (["", ".log"], "a.b.log", True),
        (["", "b", "b", ""], "abab", True),
        (["", "b", "b", ""], "ab", False),
        (["a", "b", "c"], "axxbyyc", True),
        (["a", "c", "c"], "axxc", False),
    ],
)
def test_a_star_is_anything(parts: list[str], text: str, expected: bool) -> None:
    assert matcher(parts)(text) is expected


def test_many_stars_do_not_multiply() -> None:
    assert not matcher(["", *["a"] * 5_000, "b"])("a" * 200_000)
