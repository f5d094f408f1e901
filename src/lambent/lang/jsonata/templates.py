"""Values with ``{% %}`` strings in them, compiled once."""

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct

from lambent.core.moments import Instant
from lambent.lang.jsonata.errors import EvaluationError, InvalidJsonata, JsonataFailure
from lambent.lang.jsonata.limits import Interrupted, Overworked, current

if TYPE_CHECKING:
    from lambent.lang.jsonata.engine import Engine

NESTING_MAX = 100
EXPRESSIONS_KEPT_MAX = 2_048

Bindings = Mapping[str, object]
Evaluate = Callable[[Bindings, Bindings, Instant], object]
"""From ``$states`` (input, context, result or errorOutput), variables (names without ``$``) and the time that ``$now()`` tells.

Gives a JSON value. Raises JsonataFailure."""

_PATH = re.compile(r"\$([A-Za-z_]\w*)((?:\.[A-Za-z_]\w*)*)", re.ASCII)
_WORDS = {"and", "or", "in"}
_UNDEFINED: Final = "returned nothing (undefined)."
_UNSUPPORTED: Final = "returned an unsupported result type."


class Template(Struct, frozen=True, eq=False):
    """``evaluate(states, variables, now)``; ``is_constant`` where nothing in it is an expression.

    ``variables`` are the names that it reads and does not bind itself, without ``states`` and without functions;
    ``states`` the fields of ``$states`` that it reads (``input``, ``result``), ``*`` where it reads it as a whole.
    Parts without an expression are shared by all values that come of it: nobody may change them.
    """

    is_constant: bool
    variables: frozenset[str]
    states: frozenset[str]
    evaluate: Evaluate


def is_expression(value: object) -> bool:
    """Whether it is a string wrapped in ``{%`` and ``%}``."""
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}") and len(value) >= 4


def compile_template(template: object, field: str, *, expected: str | None = None) -> Template:
    """Of any JSON value; ``field`` is what failures call it (``Output``). Raises InvalidJsonata.

    ``expected`` is the JSON type that a template which is one expression must come to (array, boolean, number, integer, string,
    object): else JsonataFailure ``returned an unexpected result type. Expected 'array', but was 'number' for value: 1``.
    """
    found = _Compiler(field, set(), set())
    evaluate = found.part(template, "", NESTING_MAX)
    if evaluate is None:
        return Template(True, frozenset(), frozenset(), lambda states, variables, now: template)  # noqa: ARG005 - a constant
    if expected is not None and is_expression(template):
        evaluate = _expecting(evaluate, expected, field, str(template)[2:-2].strip())
    return Template(False, frozenset(found.variables), frozenset(found.states), evaluate)


class _Compiler(Struct, frozen=True):
    field: str
    variables: set[str]
    states: set[str]

    def part(self, template: object, way: str, depth_left: int) -> Evaluate | None:
        """None where it is a constant."""
        if depth_left == 0:
            raise InvalidJsonata("", "The template is nested too deeply", None, location=way)
        if isinstance(template, str):
            return self._expression(template[2:-2].strip(), way) if is_expression(template) else None
        if isinstance(template, dict):
            parts = [(name, self.part(value, f"{way}/{name}", depth_left - 1)) for name, value in template.items()]
            return _filling(template.copy, parts)
        if isinstance(template, list):
            items = [(index, self.part(value, f"{way}[{index}]", depth_left - 1)) for index, value in enumerate(template)]
            return _filling(template.copy, items)
        return None

    def _expression(self, text: str, way: str) -> Evaluate:
        try:
            parsed = _parsed(text)
        except InvalidJsonata as error:
            raise InvalidJsonata(text, error.reason, error.position, code=error.code, location=way) from None
        self.variables.update(parsed.free)
        self.states.update(parsed.states)
        field = self.field + way
        evaluate = _evaluating(parsed, field)
        path = _PATH.fullmatch(text)
        return evaluate if path is None else _walking(path[1], tuple(path[2].split(".")[1:]), evaluate)


def _filling(copy: Callable[[], Any], parts: list[tuple[Any, Evaluate | None]]) -> Evaluate | None:
    dynamic = [(key, part) for key, part in parts if part is not None]
    if not dynamic:
        return None

    def evaluate(states: Bindings, variables: Bindings, now: Instant) -> object:
        made = copy()
        for key, part in dynamic:
            made[key] = part(states, variables, now)
        return made

    return evaluate


# ---- one expression ----------------------------------------------------------------------------------------------------------


class _Parsed(Struct, frozen=True):
    """``names`` are all variables that stand in it, ``free`` those that must be given; ``states`` as of a Template."""

    text: str
    engine: "Engine"
    names: frozenset[str]
    free: frozenset[str]
    states: frozenset[str]


@lru_cache(EXPRESSIONS_KEPT_MAX)
def _parsed(text: str) -> _Parsed:
    from lambent.lang.jsonata import analysis, engine, functions  # the library is slow to import

    if not text:
        raise InvalidJsonata(text, "S0207: Unexpected end of expression", 0)
    parsed = engine.parsed(text)
    analysis.check(text, parsed.ast)
    names = analysis.names(parsed.ast)
    free = names - analysis.bound(parsed.ast) - functions.names() - {"states"}
    fields = analysis.fields_of_states(parsed.ast)
    return _Parsed(text, parsed, names, free, fields if fields is not None else frozenset("*"))


def _evaluating(parsed: _Parsed, field: str) -> Evaluate:
    from lambent.lang.jsonata.engine import NOTHING  # the library is slow to import
    from lambent.lang.jsonata.values import entering

    text, engine, names, fields = parsed.text, parsed.engine, parsed.names, parsed.states

    def evaluate(states: Bindings, variables: Bindings, now: Instant) -> object:
        given = {name: entering(variables[name]) for name in names if name in variables}
        if "states" in names:
            given["states"] = {name: entering(value) for name, value in states.items() if name in fields or "*" in fields}
        try:
            found = engine.evaluate_json(given, now)
        except EvaluationError as error:
            raise JsonataFailure(field, text, _said(error)) from None
        if found is NOTHING:
            raise JsonataFailure(field, text, _UNDEFINED)
        return found

    def evaluate_allowed(states: Bindings, variables: Bindings, now: Instant) -> object:
        allowance = current()
        if allowance is None:
            return evaluate(states, variables, now)
        if allowance.has_known:
            outcome = allowance.take(key_of(states, variables))
            if outcome is not None:
                return outcome()
        try:
            return evaluate(states, variables, now)
        except Interrupted:
            raise Overworked(key_of(states, variables), lambda: evaluate(states, variables, now)) from None

    def key_of(states: Bindings, variables: Bindings) -> tuple[str, bytes]:
        seen = {name: variables[name] for name in sorted(names) if name in variables}
        if "states" in names:
            seen["states"] = {name: value for name, value in states.items() if name in fields or "*" in fields}
        return f"{field}: {text}", json.dumps(seen).encode()

    return evaluate_allowed


def _said(error: EvaluationError) -> str:
    if error.message == _UNSUPPORTED:
        return _UNSUPPORTED
    return "threw an error during evaluation. " + (f"{error.code}: " if error.code else "") + error.message


def _walking(variable: str, names: tuple[str, ...], otherwise: Evaluate) -> Evaluate:
    """``$states.input.a`` without the library, as long as it goes through objects."""
    is_states = variable == "states"

    def evaluate(states: Bindings, variables: Bindings, now: Instant) -> object:
        node: Any = states if is_states else variables.get(variable)
        for name in names:
            if not isinstance(node, dict) or name not in node:
                return otherwise(states, variables, now)
            node = node[name]
        if node is None and not names:
            return otherwise(states, variables, now)
        return node

    return evaluate


def _expecting(evaluate: Evaluate, expected: str, field: str, text: str) -> Evaluate:
    from lambent.lang.jsonata.values import kind  # the library is slow to import

    def evaluate_typed(states: Bindings, variables: Bindings, now: Instant) -> object:
        value = evaluate(states, variables, now)
        found = kind(value)
        if found == expected or (expected == "integer" and isinstance(value, int) and found == "number"):
            return value
        shown = msgspec.json.encode(value).decode()
        what = f"returned an unexpected result type. Expected '{expected}', but was '{found}' for value: {shown}"
        raise JsonataFailure(field, text, what)

    return evaluate_typed
