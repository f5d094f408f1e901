"""What is said of an expression without evaluating it."""

import pytest

from lambent.lang.jsonata import analysis
from lambent.lang.jsonata.engine import parsed
from lambent.lang.jsonata.errors import UNSUPPORTED, InvalidJsonata


@pytest.mark.parametrize(
    "text",
    [
        "$states.input.items[value > 3]",
        "$states.input.items.{'a': b}",
        "$states.input.items^(price).name",
        "$states.input.items{kind: $sum(price)}",
        "$map($states.input.items, function($i) { $i.name })",
        "$states.input.items.($.name & $x)",
        "$states.input ~> |items|{'seen': true}|",
        "{'a': 'b', 'c': $x}",
        "'a' in ['a', 'b'] ? 1 : 2",
    ],
)
def test_names_of_what_a_step_finds_are_supported(text):
    analysis.check(text, parsed(text).ast)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("phone", "phone"),
        ("$x & phone", "phone"),
        ("phone.number", "phone"),
        ("$map($states.input.a, function($x) { b })", "b"),
        ("{'a': b}", "b"),
        ("[$x, b]", "b"),
        ("$x ? b : 1", "b"),
        ("(b; 1)", "b"),
        ("$sum(b)", "b"),
        ("-b", "b"),
        ("b ~> $sum()", "b"),
        ("$", "$"),
    ],
)
def test_names_at_the_top_are_not(text, name):
    with pytest.raises(InvalidJsonata) as refused:
        analysis.check(text, parsed(text).ast)
    assert refused.value.reason == f"Reference to '{name}' at the top level is not supported."
    assert refused.value.code == UNSUPPORTED


@pytest.mark.parametrize("text", ["$$", "$$.a", "$states.input.items[$$.a = b]"])
def test_the_document_is_not_supported_anywhere(text):
    with pytest.raises(InvalidJsonata, match=r"^Reference to '\$\$' is not supported\.$"):
        analysis.check(text, parsed(text).ast)


def test_variables_are_told_from_those_that_are_bound():
    ast = parsed("($a := $b; $f := function($c, $d) { $c + $e }; $f($a) ; $g.x@$h.y#$i[$h = $j])").ast
    assert analysis.names(ast) - analysis.bound(ast) == {"b", "e", "g", "j"}


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("$states.input.a + $states.result", {"input", "result"}),
        ("$states.context.Task.Token", {"context"}),
        ("$x", set()),
        ("$states", None),
        ("$keys($states)", None),
        ("$states.*", None),
        ("$states[0].input", None),
    ],
)
def test_the_fields_of_states_that_are_read_are_known(text, fields):
    assert analysis.fields_of_states(parsed(text).ast) == fields
