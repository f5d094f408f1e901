"""Names, paths and parameters of a statement."""

import pytest

from lambent.services.dynamodb import errors as dynamodb_errors
from lambent.services.dynamodb.expressions.nodes import Path
from lambent.services.dynamodb.partiql import errors
from lambent.services.dynamodb.partiql.reader import Reader


def test_a_path_has_names_and_indexes():
    assert Reader("a.\"b c\"[1]['d']", []).path() == Path(("a", "b c", 1, "d"))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a.*", errors.WildcardInPath),
        ("a[*]", errors.WildcardInPath),
        ('a.""', errors.EmptyPathComponent),
        ("a['']", errors.EmptyPathComponent),
        ("a[1.5]", errors.ListIndexOutOfRange),
        ("a[99999999999]", errors.ListIndexOutOfRange),
        ("a[b]", errors.NotWellFormed),
        ("where", errors.NotWellFormed),
        ("a.inner", errors.NotWellFormed),
    ],
)
def test_what_is_no_path_is_refused(text, error):
    with pytest.raises(error):
        Reader(text, []).path()


def test_a_table_may_have_an_index():
    assert Reader('"t"."i"', []).table_name() == ("t", "i")
    with pytest.raises(errors.TooManyPathElements):
        Reader("a.b.c", []).table_name()


def test_parameters_are_checked_and_counted():
    reader = Reader("?", [{"N": "1.0"}])
    reader.take()
    assert reader.parameter() == {"N": "1"}
    reader.finish()
    with pytest.raises(errors.ParameterCount):
        reader.parameter()
    with pytest.raises(errors.ParameterCount):
        Reader("", [{"N": "1"}]).finish()
    with pytest.raises(dynamodb_errors.EmptyAttributeValue):
        Reader("", [{}]).parameter()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("garbage", "Statement wasn't well formed, can't be processed: Unexpected token after expression"),
        ("LIMIT 5", "Unsupported clause: LIMIT at 1:1:5"),
        ("; x", "Only one operation is allowed in a statement."),
    ],
)
def test_nothing_stands_behind_a_statement(text, message):
    with pytest.raises(dynamodb_errors.ValidationFailed) as failure:
        Reader(text, []).finish()
    assert failure.value.message == message
    Reader(";", []).finish()
