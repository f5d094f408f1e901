"""Conditions asked of items: every operator and function, lost attributes, other types."""

import pytest

from lambent.services.dynamodb.expressions import Expressions

VALUES = {
    ":n5": {"N": "5"}, ":n10": {"N": "10"}, ":a": {"S": "a"}, ":abc": {"S": "abc"}, ":x": {"S": "x"}, ":t": {"BOOL": True},
    ":ss": {"SS": ["y", "x"]}, ":M": {"S": "M"}, ":B": {"B": b"\x01\x02"}, ":null": {"NULL": True}, ":n3": {"N": "3"},
    ":l": {"L": [{"N": "1"}]}, ":b1": {"B": b"\x01"},
}  # fmt: skip
ITEM = {
    "n": {"N": "7"}, "s": {"S": "abc"}, "b": {"B": b"\x01\x02\x03"}, "t": {"BOOL": True}, "z": {"NULL": True},
    "ss": {"SS": ["x", "y"]}, "ns": {"NS": ["5", "7"]}, "l": {"L": [{"N": "5"}, {"L": [{"N": "1"}]}, {"S": "x"}]},
    "m": {"M": {"k": {"M": {"i": {"N": "10"}}}, "e": {"M": {}}}}, "n2": {"N": "10"}, "s2": {"S": "abd"},
    "bs": {"BS": [b"\x01"]},
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("n > :n5 AND n < :n10", True),
        (":n5 < n", True),
        (":n10 <= n", False),
        ("n < n2 AND s < s2 AND NOT s2 < s", True),
        ("n < s", False),
        ("n = :a", False),
        ("n <> :a", True),
        ("gone = :a", False),
        ("gone <> :a", True),
        ("gone < :n5 OR gone >= :n5", False),
        ("gone = lost", False),
        ("s = :abc", True),
        ("ss = :ss", True),
        ("t = :t AND z = :null", True),
        ("m.k.i = :n10 AND m.k.i = n2", True),
        ("l[0] = :n5 AND l[1] = :l AND NOT l[9] = :n5", True),
        ("n BETWEEN :n5 AND :n10", True),
        ("n BETWEEN :n10 AND n2", False),
        (":n5 BETWEEN :n3 AND n", True),
        ("s BETWEEN :n5 AND :n10", False),
        ("n IN (:n5, n2, l[0])", False),
        ("n2 IN (:n5, :a, m.k.i)", True),
        ("attribute_exists(m.e) AND attribute_not_exists(m.gone) AND attribute_not_exists(l[3])", True),
        ("attribute_type(m, :M) AND NOT attribute_type(s, :M) AND NOT attribute_type(gone, :M)", True),
        ("begins_with(s, :a) AND begins_with(b, :B) AND NOT begins_with(s, :x)", True),
        ("begins_with(n, :a) OR begins_with(s, :B) OR begins_with(gone, :a)", False),
        ("contains(s, :a) AND contains(b, :b1) AND contains(bs, :b1)", True),
        ("contains(ss, :x) AND contains(ns, n) AND contains(l, :l) AND contains(l, :x)", True),
        ("contains(ss, :n5) OR contains(n, :n5) OR contains(gone, :x) OR contains(ns, :x) OR contains(ss, :ss)", False),
        ("size(s) = :n3 AND size(l) = :n3 AND size(b) = :n3", True),
        ("size(n) = :n3 OR size(gone) = :n3 OR size(t) = :n3", False),
        ("size(ss) < size(s) AND size(m) < :n3", True),
        ("NOT (n = :n5 OR gone = :n5) AND (attribute_exists(n) OR gone = :a)", True),
    ],
)
def test_a_condition_holds_of_an_item(text, holds):
    used = {key: value for key, value in VALUES.items() if key in text}
    assert Expressions(values=used or None).condition(text).holds(ITEM) is holds


def test_an_item_that_does_not_exist_has_no_attributes():
    given = Expressions(values={":v": {"N": "1"}})
    assert given.condition("attribute_not_exists(a)").holds(None)
    assert not given.condition("a = :v").holds(None)


def test_order_is_that_of_the_type():
    given = Expressions(values={":n": {"N": "9"}, ":s": {"S": "9"}, ":b": {"B": b"\x7f"}})
    assert given.condition("a > :n").holds({"a": {"N": "10"}})
    assert not given.condition("a > :s").holds({"a": {"S": "10"}})
    assert given.condition("a > :b").holds({"a": {"B": b"\x80"}})


def test_a_condition_knows_the_attributes_that_it_reads():
    given = Expressions({"#d": "dd"}, {":v": {"N": "1"}})
    condition = given.condition("a.x = :v AND (size(b) < c[0] OR NOT contains(#d, :v)) AND e IN (f, :v) AND g BETWEEN :v AND h")
    assert condition.names == {"a", "b", "c", "dd", "e", "f", "g", "h"}
