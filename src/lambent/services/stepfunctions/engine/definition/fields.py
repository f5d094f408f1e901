"""Reads fields of a definition, and says of what is wrong where it stands."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from lambent.lang import intrinsics, jsonata, jsonpath, payload_template
from lambent.services.stepfunctions.engine.definition.flows import Evaluate, by_path, by_query, constant

SCHEMA = "SCHEMA_VALIDATION_FAILED"
NO_TARGET = "MISSING_TRANSITION_TARGET"


class InvalidField(ValueError):
    """``code`` and ``location`` as AWS' diagnostics have them: SCHEMA_VALIDATION_FAILED, /States/X/Next."""

    def __init__(self, reason: str, location: str, code: str = SCHEMA) -> None:
        super().__init__(f"{code}: {reason} at {location}")
        self.reason, self.location, self.code = reason, location, code


class Fields(Struct, frozen=True):
    """An object of a definition and the way to it. All methods raise InvalidField."""

    values: Mapping[str, Any]
    location: str

    @classmethod
    def of(cls, value: Any, location: str) -> "Fields":
        if not isinstance(value, dict):
            raise InvalidField("Expected value of type Object", location or "/")
        return cls(value, location)

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def get(self, name: str, default: Any = None) -> Any:
        return self.values.get(name, default)

    def at(self, name: str | int) -> str:
        return f"{self.location}/{name}"

    def inside(self, name: str) -> "Fields":
        return Fields.of(self.values.get(name), self.at(name))

    def require(self, *names: str) -> None:
        missing = [name for name in names if name not in self.values]
        if missing:
            raise InvalidField(f"These fields are required: [{', '.join(missing)}]", self.location or "/")

    def text(self, name: str) -> str | None:
        """None where it is not there."""
        value = self.values.get(name)
        if value is None and name not in self.values:
            return None
        if not isinstance(value, str):
            raise InvalidField("Expected value of type String", self.at(name))
        return value

    def number(self, name: str, default: float, *, least: float, most: float = 99_999_999) -> float:
        value = self.values.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InvalidField("Expected value of type Number", self.at(name))
        if not least <= value <= most:
            raise InvalidField(f"Value is not between {least} and {most}", self.at(name))
        return value

    def objects(self, name: str) -> list["Fields"]:
        value = self.values.get(name, [])
        if not isinstance(value, list):
            raise InvalidField("Expected value of type Array", self.at(name))
        return [Fields.of(one, f"{self.at(name)}[{number}]") for number, one in enumerate(value)]

    def names(self, name: str) -> tuple[str, ...]:
        value = self.values.get(name)
        if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
            raise InvalidField("Expected value of type Array of Strings", self.at(name))
        return tuple(value)

    # ---- of the languages --------------------------------------------------------------------------------------------

    def path(self, name: str) -> intrinsics.Expression | None:
        """None where it is not there, or selects everything."""
        text = self.text(name)
        return None if text is None or text == "$" else self._path(name, text)

    def _path(self, name: str, text: str) -> intrinsics.Expression:
        try:
            return intrinsics.compiled_path(text)
        except intrinsics.InvalidExpression as error:
            raise InvalidField("Value is not a valid JSONPath", self.at(name)) from error

    def reference(self, name: str) -> jsonpath.ReferencePath | None:
        """None where it is not there, or is all."""
        text = self.text(name)
        if text is None or text == "$":
            return None
        try:
            return jsonpath.parse_reference(text)
        except jsonpath.InvalidPath as error:
            raise InvalidField("Value is not a Reference Path", self.at(name)) from error

    def expression(self, name: str) -> intrinsics.Expression | None:
        """A path or an intrinsic function."""
        text = self.text(name)
        if text is None:
            return None
        try:
            return intrinsics.compiled(text)
        except intrinsics.InvalidExpression as error:
            raise InvalidField("Value is not a valid JSONPath or intrinsic function", self.at(name)) from error

    def template(self, name: str) -> payload_template.PayloadTemplate | None:
        if name not in self.values:
            return None
        try:
            return payload_template.compile_template(self.values[name])
        except payload_template.InvalidTemplate as error:
            reason = "The value for the field is not a valid JSONPath or intrinsic function call"
            raise InvalidField(reason, f"{self.at(name)}{error.location}") from error

    def query(self, name: str, expected: str | None = None) -> jsonata.Template | None:
        if name not in self.values:
            return None
        return self._query(name, self.values[name], expected)

    def _query(self, name: str, value: Any, expected: str | None) -> jsonata.Template:
        try:
            return jsonata.compile_template(value, name, expected=expected)
        except jsonata.InvalidJsonata as error:
            raise InvalidField(f"Invalid JSONata expression: {error.reason}", f"{self.at(name)}{error.location}") from error

    def amount(self, name: str, path_name: str, *, is_jsonata: bool) -> Evaluate | None:
        """A number: as it is, by a path in JSONPath, by an expression in JSONata."""
        value = self.values.get(name)
        if value is not None:
            if is_jsonata and jsonata.is_expression(value):
                return by_query(self._query(name, value, "number"))
            return constant(self.number(name, 0, least=0))
        path = self.values.get(path_name)
        return by_path(self._path(path_name, str(path))) if path is not None and not is_jsonata else None

    def string(self, name: str, path_name: str, *, is_jsonata: bool) -> Evaluate | None:
        """A text in the same ways; the path may be a function."""
        value = self.values.get(name)
        if value is not None:
            if is_jsonata and jsonata.is_expression(value):
                return by_query(self._query(name, value, "string"))
            return constant(self.text(name))
        found = None if is_jsonata else self.expression(path_name)
        return by_path(found) if found is not None else None
