"""The words that DynamoDB reserves."""

from lambent.services.dynamodb.expressions.reserved_words import RESERVED_WORDS


def test_there_are_573_words_in_capitals():
    assert len(RESERVED_WORDS) == 573
    assert all(word.isupper() for word in RESERVED_WORDS)
    assert {"ABORT", "NAME", "STATUS", "TTL", "ZONE"} <= RESERVED_WORDS
