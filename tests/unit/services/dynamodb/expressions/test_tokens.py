"""The words of an expression, and where they stand."""

from lambent.services.dynamodb.expressions.tokens import END, tokens_of


def test_a_text_is_cut_into_words():
    words = [(token.kind, token.text) for token in tokens_of("SET #a.b[12]=:v-c <> @")]
    assert words == [
        ("name", "SET"), ("attribute", "#a"), ("sign", "."), ("name", "b"), ("sign", "["), ("number", "12"), ("sign", "]"),
        ("sign", "="), ("value", ":v"), ("sign", "-"), ("name", "c"), ("sign", "<>"), ("other", "@"), ("end", END),
    ]  # fmt: skip


def test_a_name_begins_with_a_letter():
    assert [token.text for token in tokens_of("_a")] == ["_", "a", END]


def test_every_word_knows_its_place():
    text = "  a  >= :b\n"
    assert [text[token.start : token.end] for token in tokens_of(text)] == ["a", ">=", ":b", ""]


def test_a_word_is_one_in_whatever_case():
    (first, _) = tokens_of("bEtween")
    assert first.is_word("BETWEEN")
    assert not first.is_sign("bEtween")
