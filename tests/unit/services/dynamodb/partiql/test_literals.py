"""Values as a statement writes them."""

import pytest

from lambent.services.dynamodb import errors as dynamodb_errors
from lambent.services.dynamodb.partiql.literals import LiteralReader

OVERFLOW = "Number overflow. Attempting to store a number with magnitude larger than supported range"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'it''s'", {"S": "it's"}),
        ("1.50", {"N": "1.5"}),
        ("-2e2", {"N": "-200"}),
        ("+3", {"N": "3"}),
        ("true", {"BOOL": True}),
        ("False", {"BOOL": False}),
        ("null", {"NULL": True}),
        ("[]", {"L": []}),
        ("[1, 'a', [?]]", {"L": [{"N": "1"}, {"S": "a"}, {"L": [{"B": b"x"}]}]}),
        ("<<'a', 'b'>>", {"SS": ["a", "b"]}),
        ("<<1, 2.0>>", {"NS": ["1", "2"]}),
        ("<<?>>", {"BS": [b"x"]}),
        ("{'a': {'b': ?}, 'c': []}", {"M": {"a": {"M": {"b": {"B": b"x"}}}, "c": {"L": []}}}),
        ("?", {"B": b"x"}),
    ],
)
def test_a_value_is_read(text, value):
    reader = LiteralReader(text, [{"B": b"x"}])
    assert reader.starts_value()
    assert reader.value() == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<<>>", "Empty bags are not supported"),
        ("<<1, 'a'>>", "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags"),
        ("<<'x', 'x'>>", "One or more parameter values were invalid: Input collection [x, x] contains duplicates."),
        ("{'a': 1, 'a': 2}", "Duplicate keys in tuple. Key: a under root"),
        ("{1: 1}", "Tuple keys must be of type String. Actual type: INT under root"),
        ("{'a': set_add(x)}", "Unsupported data type: set_add under key root at 1:7:7"),
        ("1e126", f"{OVERFLOW} under root"),
        ("-1e126", f"{OVERFLOW} under root"),
        ("{'a': 1, 'm': {'x': 1e126}}", f"{OVERFLOW} under root.m.x"),
        ("[1, 1e126]", f"{OVERFLOW} under root[1]"),
        ("1e2147483648", "Statement wasn't well formed, can't be processed: "),
        ("1e99999999999999999999999", "Statement wasn't well formed, can't be processed: "),
        ("1.5e-2147483647", "Statement wasn't well formed, can't be processed: "),
        ("MISSING", "MISSING must be compared using IS operator"),
        ("[1", "Statement wasn't well formed, can't be processed: Expected ,"),
        ("- 'a'", "Statement wasn't well formed, can't be processed: Unexpected token"),
        ("[" * 100, "Statement wasn't well formed, can't be processed: It is nested too deeply"),
    ],
)
def test_what_is_no_value_is_refused(text, message):
    with pytest.raises(dynamodb_errors.ValidationFailed) as failure:
        LiteralReader(text, []).value()
    assert failure.value.message == message


def test_a_path_is_no_value():
    assert not LiteralReader("a", []).starts_value()


def test_each_value_of_an_item_is_a_root():
    for text, under in (("{'pk': 1e126}", "root"), ("{'m': {'x': 1e126}}", "root.x"), ("{'l': [1, 1e126]}", "root[1]")):
        reader = LiteralReader(text, [])
        reader.expect_sign("{")
        with pytest.raises(dynamodb_errors.ValidationFailed) as failure:
            reader.tuple("root", is_item=True)
        assert failure.value.message == f"{OVERFLOW} under {under}"
