"""Statements as text: what they say, and AWS' words where they say nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.services.dynamodb import errors as dynamodb_errors
from lambent.services.dynamodb.expressions.nodes import Add, Call, Comparison, Literal, Path, Remove, Set, Sum
from lambent.services.dynamodb.expressions.nodes import Delete as DeleteMembers
from lambent.services.dynamodb.partiql import Delete, Exists, Insert, Select, Update, parse
from lambent.services.dynamodb.partiql.statements import Order

IS_X = Comparison("=", Path(("pk",)), Literal({"S": "x"}))
MALFORMED = "Statement wasn't well formed, can't be processed: "


def test_select_names_columns_a_table_or_index_and_an_order():
    assert parse("SELECT * FROM Music") == Select("Music", None, None, None)
    assert parse('select a, m.b[0] from "Music"."by-b" where pk = \'x\' order by pk, sk desc;') == Select(
        "Music", "by-b", (("a",), ("m", "b", 0)), IS_X, (Order("pk", False), Order("sk", True))
    )


def test_insert_gives_an_item():
    item = {"pk": {"S": "x"}, "n": {"N": "1"}, "l": {"L": []}}
    assert parse("INSERT INTO \"Music\" VALUE {'pk': ?, 'n': 1.0, 'l': []}", [{"S": "x"}]) == Insert("Music", item)
    assert parse('INSERT INTO "Music" VALUE ?', [{"M": item}]) == Insert("Music", item)


def test_update_sets_and_removes():
    statement = parse(
        'UPDATE "Music" SET a = 1 SET m.b = n + 2, l = list_append(l, [?]) REMOVE c REMOVE d[0] '
        "SET ss = set_add(ss, <<'x'>>) SET ns = SET_DELETE(ns, ?) WHERE pk = 'x' RETURNING MODIFIED NEW *",
        [{"S": "p"}, {"NS": ["1"]}],
    )
    assert statement == Update(
        "Music",
        (
            Set(Path(("a",)), Literal({"N": "1"})),
            Set(Path(("m", "b")), Sum("+", Path(("n",)), Literal({"N": "2"}))),
            Set(Path(("l",)), Call("list_append", (Path(("l",)), Literal({"L": [{"S": "p"}]})))),
            Remove(Path(("c",))),
            Remove(Path(("d", 0))),
            Add(Path(("ss",)), Literal({"SS": ["x"]})),
            DeleteMembers(Path(("ns",)), Literal({"NS": ["1"]})),
        ),
        IS_X,
        "MODIFIED NEW",
    )


def test_update_may_begin_with_its_table():
    statement = parse("from abc where pk = 'x' set a = 1 remove b RETURNING ALL NEW *")
    assert statement == Update("abc", (Set(Path(("a",)), Literal({"N": "1"})), Remove(Path(("b",)))), IS_X, "ALL NEW")


def test_delete_may_return_the_old_item():
    assert parse("DELETE FROM Music WHERE pk = 'x'") == Delete("Music", IS_X)
    assert parse("DELETE FROM Music WHERE pk = 'x' RETURNING all old *") == Delete("Music", IS_X, "ALL OLD")


def test_exists_holds_a_select():
    assert parse("EXISTS(SELECT * FROM Music WHERE pk = 'x')") == Exists(Select("Music", None, None, IS_X))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", MALFORMED + "Expected data manipulation"),
        ("SLECT * FROM t", MALFORMED + "Expected data manipulation"),
        ("SELECT * FROM abc WHERE pk = 'x' LIMIT 5", "Unsupported clause: LIMIT at 1:34:5"),
        ("SELECT * FROM ab",
         "Table name should be within the length [3, 255] and only contain 'a-z', 'A-Z', '0-9', '-', '_', '.'."),
        ("SELECT * FROM abc, def", "Only select from a single table or index is supported."),
        ("SELECT *, a FROM abc", "Other attributes should not be present in the projection when '*' is used."),
        ("SELECT a AS b FROM abc", "Aliasing is not supported"),
        ("SELECT * FROM abc t WHERE pk = 'x'", "Aliasing is not supported"),
        ("SELECT * FROM abc AS t", "Aliasing is not supported"),
        ("UPDATE abc t SET a = 3 WHERE pk = 'x'", "Aliasing is not supported"),
        ("DELETE FROM abc t WHERE pk = 'x'", "Aliasing is not supported"),
        ("INSERT INTO abc t VALUE {'pk': 'x'}", MALFORMED + "Unexpected token after expression"),
        ("DELETE FROM abc WHERE pk = 'x' ORDER BY pk", MALFORMED + "Unexpected token after expression"),
        ("SELECT * FROM abc ORDER BY pk WHERE pk = 'x'", MALFORMED + "Unexpected token after expression"),
        ("SELECT * FROM abc WHERE pk = 1 # note", MALFORMED),
        ("FROM abc SET a = 1 WHERE pk = 'x'", MALFORMED + "Unexpected token after expression"),
        ("DELETE FROM;", MALFORMED + "Expected identifier for simple path"),
        ("DELETE FROM WHERE pk = 'a'", MALFORMED + "Expected identifier for simple path"),
        ("SELECT * FROM", MALFORMED + "Unexpected term"),
        ("FROM abc SET a = 1", "Where clause does not contain a mandatory equality on all key attributes"),
        ("SELECT m.a, a FROM abc", "Duplicate identifiers in select clause: a"),
        ("SELECT attribute_exists(ss) FROM abc", "Unexpected path component at 1:8:16"),
        ("SELECT * FROM abc WHERE pk = ?", "Number of parameters in request and statement don't match."),
        ("INSERT INTO abc VALUES ({'a': 1})",
         "Unsupported operation: Inserting multiple items in a single statement is not supported, "
         'use "INSERT INTO tableName VALUE item" instead'),
        ("INSERT INTO abc VALUE 1",
         "Unsupported format in item expression. Please use struct format {...} to express item values for insert statement."),
        ("INSERT INTO abc VALUE {'a': 1} RETURNING ALL OLD *", "RETURNING is not supported in INSERT"),
        ("INSERT INTO abc.idx VALUE {'a': 1}", "This operation is not supported on an index"),
        ("UPDATE abc SET a = 1", "Where clause does not contain a mandatory equality on all key attributes"),
        ("DELETE FROM abc", "Where clause does not contain a mandatory equality on all key attributes"),
        ("UPDATE abc WHERE pk = 'x'", MALFORMED + "Expected SET or REMOVE"),
        ("DELETE FROM abc WHERE pk = 'x' RETURNING MODIFIED OLD *",
         "Invalid returning clause: RETURNING MODIFIED OLD *. Only RETURNING ALL OLD * is allowed in DELETE statements."),
        ("DELETE FROM abc WHERE pk = 'x' RETURNING ALL OLD a",
         "Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause"),
        ("UPDATE abc SET t = set_add(ss, <<'x'>>) WHERE pk = 'x'",
         "The first argument to SET_ADD must equal the assignment value at 1:20:7"),
        ("UPDATE abc SET ss = set_add(ss, 'x') WHERE pk = 'x'",
         "The second argument to SET_ADD must be a value with type SET at 1:29:2"),
        ("UPDATE abc SET ss = set_delete(ss) WHERE pk = 'x'", "SET_DELETE must have exactly two arguments at 1:21:10"),
        ("UPDATE abc SET ss = set_add(ss, <<>>) WHERE pk = 'x'", "Empty bags are not supported"),
        ("UPDATE abc SET a = foo(1) WHERE pk = 'x'", "Unrecognized function: foo at 1:20:3"),
        ("UPDATE abc SET a = b + 'x' WHERE pk = 'x'",
         "Incorrect operand type for operator or function; operator or function: +, operand type: S"),
        ("UPDATE abc SET a = 1 SET a.b = 1 WHERE pk = 'x'",
         "Two document paths overlap with each other; "
         "must remove or rewrite one of these paths; path one: [a], path two: [a, b]"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_awss_words(text, message):
    with pytest.raises(dynamodb_errors.ValidationFailed) as failure:
        parse(text)
    assert failure.value.message == message


WORDS = [
    "SELECT", "*", "FROM", "abc", '"abc"', "WHERE", "a", "=", "'x'", "AND", "NOT", "(", ")", "IN", "[", "]", "IS", "MISSING",
    "UPDATE", "SET", "REMOVE", "set_add", "<<", ">>", "INSERT", "INTO", "VALUE", "{", "}", ":", ",", "?", "1", "DELETE",
    "RETURNING", "ALL", "OLD", ".", "EXISTS", "ORDER", "BY", "-", "size", "BETWEEN", ";",
]  # fmt: skip


STARTS = ["SELECT * FROM abc WHERE", "UPDATE abc SET", "INSERT INTO abc VALUE", ""]


@given(st.sampled_from(STARTS), st.lists(st.sampled_from(WORDS), max_size=20))
def test_nothing_but_a_validation_error_comes_of_any_words(start, words):
    try:
        parse(f"{start} {' '.join(words)}", [{"S": "x"}])
    except dynamodb_errors.ValidationFailed:
        pass
