"""The tables of fields fit together."""

from lambent.services.stepfunctions.engine.definition.grammar import PATHS_ONLY, QUERIES_ONLY, STATE_TYPES


def test_no_field_is_of_one_language_and_of_the_other():
    assert not PATHS_ONLY & QUERIES_ONLY


def test_what_a_state_needs_are_fields_of_it():
    for kind in STATE_TYPES.values():
        known = kind.fields.keys() | kind.paths.keys() | kind.queries.keys()
        assert set(kind.required) <= known
        assert all(set(group) <= known for group in kind.one_of)
