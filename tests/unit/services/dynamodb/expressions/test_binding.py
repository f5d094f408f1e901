"""Binding: placeholders become what a request gives, and what is used is known."""

import pytest

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.expressions.binding import Binding
from lambent.services.dynamodb.expressions.nodes import Call, Comparison, Literal, Not, Path, Placeholder, Remove, Set, Sum

KIND = "FilterExpression"


def test_placeholders_become_names_and_values():
    binder = Binding({"#n": "na.me"}, {":v": {"N": "1"}}).bound(KIND)
    bound = binder.condition(Not(Comparison("=", Path(("#n", 0, "b")), Placeholder(":v"))))
    assert bound == Not(Comparison("=", Path(("na.me", 0, "b")), Literal({"N": "1"})))


def test_actions_are_bound():
    binder = Binding({"#n": "x"}, {":v": {"N": "1"}}).bound(KIND)
    assert binder.action(Remove(Path(("#n",)))) == Remove(Path(("x",)))
    one = Literal({"N": "1"})
    bound = binder.action(
        Set(Path(("a",)), Sum("+", Call("if_not_exists", (Path(("#n",)), Placeholder(":v"))), Placeholder(":v")))
    )
    assert bound == Set(Path(("a",)), Sum("+", Call("if_not_exists", (Path(("x",)), one)), one))


def test_what_is_not_given_is_told():
    binder = Binding({}, {}).bound(KIND)
    with pytest.raises(errors.UndefinedName) as failure:
        binder.path(Path(("a", "#n")))
    assert failure.value.message == (
        "Invalid FilterExpression: An expression attribute name used in the document path is not defined; attribute name: #n"
    )
    with pytest.raises(errors.UndefinedValue) as failure:
        binder.operand(Placeholder(":v"))
    assert failure.value.message == (
        "Invalid FilterExpression: An expression attribute value used in expression is not defined; attribute value: :v"
    )


def test_what_is_not_used_is_known():
    binding = Binding({"#a": "a", "#b": "b"}, {":v": {"N": "1"}, ":w": {"N": "1"}})
    binding.bound(KIND).condition(Comparison("=", Path(("#a",)), Placeholder(":v")))
    assert (binding.unused_names, binding.unused_values) == (["#b"], [":w"])
