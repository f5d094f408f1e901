"""Steps of paths, as they are told apart and spelled."""

import pytest

from lambent.lang.jsonpath.parsing import parse_steps
from lambent.lang.jsonpath.steps import NODES_VISITED_MAX, Missing, Root, is_single, spelled


@pytest.mark.parametrize(
    "text", ["['a']", "['a','b']", "[0]", "[0,1]", "[1:2]", "[:2]", "[1:]", "[*]", "[?(@.a > 1)]", ".length()"]
)
def test_a_step_is_spelled_as_jayway_spells_it(text):
    (step,) = parse_steps("$" + text)
    assert spelled(step) == text


def test_only_names_and_indexes_lead_to_single_nodes():
    assert [is_single(step) for step in parse_steps("$.a[0][*]..b[?(@.c)]['d','e']")] == [
        True,
        True,
        False,
        False,
        True,
        False,
        False,
    ]


def test_a_search_visits_so_many_nodes_and_no_more():
    root = Root({})
    root.visit(NODES_VISITED_MAX)
    with pytest.raises(Missing):
        root.visit(1)
