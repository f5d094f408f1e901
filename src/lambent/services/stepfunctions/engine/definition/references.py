"""Which variables the states of a definition read, as DescribeStateMachine tells it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from lambent.lang import intrinsics, jsonata, payload_template
from lambent.services.stepfunctions.engine.definition import grammar
from lambent.services.stepfunctions.engine.definition.field_rules import STATIC
from lambent.services.stepfunctions.engine.definition.grammar import Kind

_PATHS = (Kind.PATH, Kind.PATH_OR_NULL, Kind.EXPRESSION)
_MACHINES = ("ItemProcessor", "Iterator", "Branches")
_WHOLE = (Kind.TEMPLATE, Kind.QUERY)


def variable_references(text: str) -> dict[str, list[str]]:
    """Of a definition that passed validation: the names by state, both in order, and only of states that read any."""
    document = json.loads(text)
    found = {name: sorted(_read(state, is_jsonata=is_jsonata)) for name, state, is_jsonata in _states(document, False)}
    return {name: found[name] for name in sorted(found) if found[name]}


def _states(document: Mapping[str, Any], is_jsonata: bool) -> Iterator[tuple[str, Mapping[str, Any], bool]]:
    """All states, with those of processors and branches, and whether each is in JSONata."""
    machine_is_jsonata = _is_jsonata(document, is_jsonata)
    waiting = [document]
    while waiting:
        for name, state in waiting.pop()["States"].items():
            yield name, state, _is_jsonata(state, machine_is_jsonata)
            waiting.extend(state[inner] for inner in ("ItemProcessor", "Iterator") if inner in state)
            waiting.extend(state.get("Branches", ()))


def _is_jsonata(owner: Mapping[str, Any], otherwise: bool) -> bool:
    return owner["QueryLanguage"] == "JSONata" if "QueryLanguage" in owner else otherwise


def _read(state: Mapping[str, Any], *, is_jsonata: bool) -> frozenset[str]:
    if is_jsonata:
        return _of_queries(state)
    kind = grammar.STATE_TYPES[state["Type"]]
    found = _of_fields(state, {**kind.fields, **kind.paths})
    for rule in state.get("Choices", ()):
        found |= _of_rule(rule)
    for catcher in state.get("Catch", ()):
        found |= _of_fields(catcher, grammar.CATCHER.fields)
    return found


def _of_queries(state: Mapping[str, Any]) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for name, value in state.items():
        if name not in STATIC and name not in _MACHINES:
            with suppress(jsonata.InvalidJsonata):  # in a comment of a rule, say, where AWS does not look either
                found |= jsonata.compile_template(value, name).variables
    return found


def _of_fields(owner: Mapping[str, Any], kinds: Mapping[str, Kind]) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for name, value in owner.items():
        kind = kinds.get(name)
        if kind in _PATHS and isinstance(value, str):
            found |= intrinsics.compiled(value).variables
        elif kind in _WHOLE:
            found |= payload_template.compile_template(value).variables
    return found


def _of_rule(rule: Any) -> frozenset[str]:
    """Of its paths, of what it assigns, and of all rules in it."""
    if isinstance(rule, list):
        return frozenset().union(*map(_of_rule, rule))
    if not isinstance(rule, dict):
        return frozenset()
    found: frozenset[str] = frozenset()
    for name, value in rule.items():
        if name == "Assign":
            found |= payload_template.compile_template(value).variables
        elif isinstance(value, str) and (name == "Variable" or name.endswith("Path")):
            found |= intrinsics.compiled(value).variables
        else:
            found |= _of_rule(value)
    return found
