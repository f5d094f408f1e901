"""What the value of one field may be, in either query language."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct

from lambent.lang import intrinsics, jsonata, jsonpath, payload_template
from lambent.services.stepfunctions.engine.definition.diagnostics import (
    NO_DOLLAR,
    NO_PATH,
    RESULT_IS_STATIC,
    SCHEMA,
    WARNING,
    Diagnostic,
)
from lambent.services.stepfunctions.engine.definition.grammar import BOUNDS, Kind

_LOOKS_LIKE_PATH = re.compile(r"\$(\$|\.|\[|$)|States\.[A-Za-z0-9]+\(")
_JSON_KINDS: Mapping[Kind, tuple[type, ...]] = {
    Kind.TEXT: (str,),
    Kind.FLAG: (bool,),
    Kind.WHOLE: (int,),
    Kind.NUMBER: (int, float),
    Kind.OBJECT: (dict,),
    Kind.ARRAY: (list,),
}
_SCALARS = (Kind.TEXT, Kind.WHOLE, Kind.NUMBER)
STATIC = {"Type", "Comment", "Next", "Default", "Resource", "QueryLanguage", "Label", "StartAt", "Version", "JitterStrategy"}
"""Fields whose strings AWS takes as they stand, whatever they look like."""


@dataclass(slots=True)
class Findings:
    """What was found so far."""

    diagnostics: list[Diagnostic] = field(default_factory=list)

    def add(self, message: str, location: str, code: str = SCHEMA) -> None:
        self.diagnostics.append(Diagnostic(code, message, location))

    def warn(self, code: str, message: str, location: str) -> None:
        self.diagnostics.append(Diagnostic(code, message, location, WARNING))


class FieldRules(Struct, frozen=True):
    """Of one state, or of one of its parts. ``is_catcher``: the only place where ``$states.errorOutput`` is."""

    findings: Findings
    is_jsonata: bool
    is_catcher: bool = False

    def check(self, name: str, value: Any, kind: Kind, location: str) -> None:
        """One field by its kind. Finds, and never raises, whatever the value is."""
        if kind is Kind.ANY:
            return
        if kind in (Kind.TEMPLATE, Kind.QUERY):
            self._whole(name, value, location)
        elif kind in _JSON_KINDS:
            self._plain(name, value, kind, location)
        else:
            self._path(value, kind, location)

    def is_query(self, name: str, value: Any) -> bool:
        """Whether the string in a field is evaluated."""
        return self.is_jsonata and name not in STATIC and jsonata.is_expression(value)

    # ---- plain values ------------------------------------------------------------------------------------------------------

    def _plain(self, name: str, value: Any, kind: Kind, location: str) -> None:
        if kind in _SCALARS and self.is_query(name, value):
            self._query(name, value, location)
        elif not isinstance(value, _JSON_KINDS[kind]) or (isinstance(value, bool) and kind is not Kind.FLAG):
            self.findings.add(f"Expected value of type [{kind.value}]", location)
        elif name in BOUNDS and isinstance(value, int | float):
            least, most = BOUNDS[name]
            if not least <= value <= most:
                self.findings.add(f"The value should be between {least} and {most}", location)
        elif not self.is_jsonata and name not in STATIC and isinstance(value, str) and _LOOKS_LIKE_PATH.match(value):
            what = "looks like a path, but the name of the field does not end with 'Path'"
            self.findings.warn(NO_PATH, f"The value of the field '{name}' {what}", location)

    # ---- JSONPath ----------------------------------------------------------------------------------------------------------

    def _path(self, value: Any, kind: Kind, location: str) -> None:
        if value is None and kind in (Kind.PATH_OR_NULL, Kind.REFERENCE_OR_NULL):
            return
        if not isinstance(value, str):
            self.findings.add("Expected value of type [STRING]", location)
            return
        try:
            if kind is Kind.REFERENCE_OR_NULL:
                jsonpath.parse_reference(value)
            elif kind is Kind.EXPRESSION:
                intrinsics.compiled(value)
            else:
                intrinsics.compiled_path(value)
        except (jsonpath.InvalidPath, intrinsics.InvalidExpression) as error:
            self.findings.add(f"{_NOT_ONE[kind]}: {error.reason}", location)

    def _template(self, value: Any, location: str) -> None:
        try:
            payload_template.compile_template(value)
        except payload_template.InvalidTemplate as error:
            self.findings.add(error.reason, f"{location}{error.location}")
        for name, text, way in strings_of(value, location):
            if not name.endswith(".$") and _LOOKS_LIKE_PATH.match(text):
                what = "looks like a JSONPath or an intrinsic function, but its name does not end with '.$'"
                self.findings.warn(NO_DOLLAR, f"The value of the field '{name}' {what}", way)

    # ---- JSONata -----------------------------------------------------------------------------------------------------------

    def _whole(self, name: str, value: Any, location: str) -> None:
        if name == "Assign" and not isinstance(value, dict):
            self.findings.add("Expected value of type [OBJECT]", location)
        elif self.is_jsonata:
            self._query(name, value, location)
        elif name in ("Parameters", "ResultSelector", "ItemSelector") and not isinstance(value, dict):
            self.findings.add("Expected value of type [OBJECT]", location)
        else:
            self._template(value, location)

    def _query(self, name: str, value: Any, location: str) -> None:
        try:
            template = jsonata.compile_template(value, name)
        except jsonata.InvalidJsonata as error:
            self.findings.add(error.reason, f"{location}{error.location}", error.code)
            return
        if "errorOutput" in template.states and not self.is_catcher:
            self.findings.add("Field '$states.errorOutput' does not exist.", location, jsonata.UNSUPPORTED)

    def query(self, name: str, value: Any, location: str) -> None:
        """A value in which any string may be JSONata."""
        self._query(name, value, location)

    def result(self, value: Any, location: str) -> None:
        """The Result of a Pass, which is never evaluated."""
        for name, text, way in strings_of(value, location):
            if name.endswith(".$") and _LOOKS_LIKE_PATH.match(text):
                self.findings.warn(RESULT_IS_STATIC, f"The value of the field '{name}' is not evaluated", way)


_NOT_ONE: Mapping[Kind, str] = {
    Kind.PATH: "Value is not a valid JSONPath",
    Kind.PATH_OR_NULL: "Value is not a valid JSONPath",
    Kind.REFERENCE_OR_NULL: "Value is not a Reference Path",
    Kind.EXPRESSION: "Value is not a valid JSONPath or intrinsic function",
}


def strings_of(value: Any, location: str) -> Iterator[tuple[str, str, str]]:
    """All strings that are fields of objects in it: name, text, and the way there. Of any depth."""
    waiting = [(value, location)]
    while waiting:
        here, way = waiting.pop()
        if isinstance(here, dict):
            for name, inner in here.items():
                if isinstance(inner, str):
                    yield name, inner, f"{way}/{name}"
                else:
                    waiting.append((inner, f"{way}/{name}"))
        elif isinstance(here, list):
            waiting.extend((inner, f"{way}[{index}]") for index, inner in enumerate(here))
