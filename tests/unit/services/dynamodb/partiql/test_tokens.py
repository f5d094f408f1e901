"""The words of a statement, and where they stand."""

import pytest

from lambent.services.dynamodb.partiql import errors
from lambent.services.dynamodb.partiql.tokens import tokens_of


def test_a_statement_is_cut_into_words():
    words = [
        (token.kind, token.text) for token in tokens_of("SELECT \"a\"\"b\".c[0] -- so\nFROM 'it''s' /* x */ <<1.5e3>> != ?")
    ]
    assert words == [
        ("word", "SELECT"), ("quoted", 'a"b'), ("sign", "."), ("word", "c"), ("sign", "["), ("number", "0"), ("sign", "]"),
        ("word", "FROM"), ("string", "it's"), ("sign", "<<"), ("number", "1.5e3"), ("sign", ">>"), ("sign", "!="),
        ("sign", "?"), ("end", ""),
    ]  # fmt: skip


def test_a_word_knows_its_line_column_and_length():
    assert [token.at for token in tokens_of("a\n  bcd 'e'")] == ["1:1:1", "2:3:3", "2:7:3", "2:10:0"]


@pytest.mark.parametrize("statement", ["'open", '"open', "a ~ b", "/* open", "é"])
def test_what_is_no_word_is_refused(statement):
    with pytest.raises(errors.NotWellFormed):
        tokens_of(statement)
