"""Statements as data: the columns of a SELECT."""

import pytest

from lambent.services.dynamodb.partiql.statements import Select, column_name


@pytest.mark.parametrize(
    ("path", "name"), [(("a",), "a"), (("a", "b"), "b"), (("a", "b", 0, 1), "b[0][1]"), (("a", 2, "c"), "c")]
)
def test_a_column_is_named_by_the_end_of_its_path(path, name):
    assert column_name(path) == name


def test_columns_are_taken_out_of_their_documents():
    item = {"pk": {"S": "x"}, "m": {"M": {"n": {"S": "deep"}}}, "l": {"L": [{"N": "1"}]}}
    select = Select("t", None, (("m", "n"), ("l", 0), ("gone",)), None)
    assert select.of(item) == {"n": {"S": "deep"}, "l[0]": {"N": "1"}}
    assert Select("t", None, None, None).of(item) is item
