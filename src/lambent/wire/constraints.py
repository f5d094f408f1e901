"""What the models say of values: required, length, range, pattern and enum, checked with AWS' exact wording.

All findings of a request are told at once: "2 validation errors detected: Value … at 'a' failed …; Value … at 'b' failed …".
Scalars in lists and maps are told on the list or the map, with all that holds for an element; a structure in a list has a path
of its own ("records.1.member.partitionKey").
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lambent.core.errors import ServiceError
from lambent.wire import patterns, problems
from lambent.wire.models import Operation, Ref, Shape

Path = tuple["Path", str] | None
"""Where a value stands, innermost last; spelt out only for a finding."""

Finding = tuple[Path, str]
Check = Callable[[Any, Path, list[Finding]], None]
Violations = Callable[[Any], tuple[str, ...]]

NOT_NULL = "Member must not be null"

# These answer in their own words, which are the services': a message that is too long for a client is PayloadTooLargeException.
# Here only what is missing is found.
_ONLY_REQUIRED_SERVICES = frozenset({"s3", "sqs", "apigatewaymanagementapi"})
# Enums that the service itself refuses in other words, or that are open.
_OPEN_ENUMS = frozenset({("lambda", "Runtime")})
# Enums that a service lists in another order than its model does.
_ENUM_ORDERS: Mapping[tuple[str, str], Sequence[str]] = {
    ("dynamodb", "ConditionalOperator"): ("OR", "AND"),
    ("dynamodb", "ReturnValue"): ("ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"),
    ("dynamodb", "ScalarAttributeType"): ("B", "N", "S"),
    ("dynamodb", "Select"): ("SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"),
}
# Members of which an operation tells nothing but that they are too short or too long: alone, first, and without their value.
_TOLD_ALONE: Mapping[tuple[str, str], str] = {
    ("dynamodb", "PutItem"): "tableName",
    ("dynamodb", "UpdateItem"): "tableName",
    ("dynamodb", "DeleteItem"): "tableName",
    ("dynamodb", "Query"): "limit",
    ("dynamodb", "BatchGetItem"): "requestItems",
    ("dynamodb", "BatchWriteItem"): "requestItems",
}
# The error that findings are raised as.
_ERRORS: Mapping[str, type[ServiceError]] = {
    "logs": problems.InvalidParameter,
    "ecr": problems.InvalidParameter,
    "apigateway": problems.BadRequest,
    "apigatewayv2": problems.BadRequest,
    "iam": problems.ValidationError,
    "sts": problems.ValidationError,
    "sns": problems.ValidationError,
    "cloudwatch": problems.ValidationError,
}
_MISSING_WORDINGS = {
    "sqs": "The request must contain the parameter {name}.",
    "cloudwatch": "The parameter {name} is required.",
}
# Services that end the list of an element's constraints with "Member must not be null".
_SERVICES_WITH_NOT_NULL_ELEMENTS = frozenset({"lambda", "iam", "sts"})

_LENGTH_TYPES = ("string", "blob", "list", "map")
_NUMBER_TYPES = ("integer", "long", "float", "double", "short", "byte")


def check(operation: Operation, parameters: Mapping[str, Any]) -> None:
    """Raises the ServiceError of the operation's service for parameters that break the model's constraints."""
    checked = _checked(operation)
    if checked is None:
        return
    findings: list[Finding] = []
    checked(parameters, None, findings)
    if findings:
        raise _error(operation, findings)


def is_only_required(service_name: str) -> bool:
    """Whether nothing but what is missing is looked for."""
    return service_name in _ONLY_REQUIRED_SERVICES


def spell(path: Path) -> str:
    """records.1.member.partitionKey"""
    if path is None:
        return ""
    parent, name = path
    return f"{spell(parent)}.{name}" if parent is not None else name


def show(value: Any) -> str:
    """A value as Java's toString has it."""
    match value:
        case bool():
            return "true" if value else "false"
        case bytes():
            return f"java.nio.HeapByteBuffer[pos=0 lim={len(value)} cap={len(value)}]"
        case list():
            return f"[{', '.join(map(show, value))}]"
        case dict():
            return "{" + ", ".join(f"{key}={show(element)}" for key, element in value.items()) + "}"
        case _:
            return str(value)


def _error(operation: Operation, findings: Sequence[Finding]) -> ServiceError:
    service_name = operation.service.name
    missing = next((path for path, text in findings if text.endswith(NOT_NULL) and path is not None), None)
    if missing is not None and service_name == "s3":
        return _s3_error(operation, missing)
    wording = _MISSING_WORDINGS.get(service_name)
    if missing is not None and wording is not None:
        return problems.MissingRequiredParameter(reason=wording.format(name=_member_name(missing[1])))
    alone = _told_alone(operation, findings) if missing is None else None
    if alone is not None:
        findings = [alone]
    count = f"{len(findings)} validation error{'s' if len(findings) > 1 else ''} detected"
    text = f"{count}: {'; '.join(text for _, text in findings)}"
    return _ERRORS.get(service_name, problems.Validation)(findings=text)


def _told_alone(operation: Operation, findings: Sequence[Finding]) -> Finding | None:
    root = _TOLD_ALONE.get((operation.service.name, operation.name))
    for path, text in findings:
        spelt = spell(path)
        violation = text.partition(" failed to satisfy constraint: ")[2]
        if root is not None and spelt.partition(".")[0] == root and violation.startswith("Member must have"):
            *behind, last = spelt.split(".")
            named = ".".join([_member_name(root), *behind[1:], _member_name(last)]) if behind else _member_name(root)
            return path, f"Value at '{named}' failed to satisfy constraint: {violation}"
    return None


def _s3_error(operation: Operation, missing: tuple[Path, str]) -> ServiceError:
    """S3 checks a body against its schema, and looks for the body before that."""
    if missing[0] is not None:
        return problems.MalformedXml()
    name = _member_name(missing[1])
    assert operation.input_shape is not None
    if name == operation.input_shape.payload:
        return problems.MissingRequestBody()
    return problems.InvalidRequest(name=operation.input_shape.members[name].location_name or name)


def _finding(path: Path, value: Any, violation: str, *, is_sensitive: bool) -> Finding:
    shown = "" if is_sensitive else " null" if value is None else f" '{show(value)}'"
    return path, f"Value{shown} at '{spell(path)}' failed to satisfy constraint: {violation}"


# ---- compiling -------------------------------------------------------------------------------------------------------


@functools.cache
def _checked(operation: Operation) -> Check | None:
    if operation.input_shape is None:
        return None
    return _Compiler(operation.service.name).structure(operation.input_shape)


@functools.cache
def _compiler_cache(_service: str) -> dict[Shape, Check | None]:
    return {}


class _Compiler:
    """Compiles the shapes of one service; what has nothing to check compiles to None and costs nothing."""

    def __init__(self, service_name: str) -> None:
        self._service_name = service_name
        self._checks = _compiler_cache(service_name)
        self._checked_contents: dict[Shape, Check] = {}
        self._is_only_required = service_name in _ONLY_REQUIRED_SERVICES

    def structure(self, shape: Shape) -> Check:
        required = [(name, _path_name(name)) for name in shape.required if name in shape.members]
        fields: list[tuple[str, str, Check]] = []

        def check_structure(value: Any, path: Path, findings: list[Finding]) -> None:
            for name, path_name in required:
                if value.get(name) is None:
                    findings.append(_finding((path, path_name), None, NOT_NULL, is_sensitive=False))
            for name, path_name, check_member in fields:
                member = value.get(name)
                if member is not None:
                    check_member(member, (path, path_name), findings)

        self._checks[shape] = check_structure  # before the members, which may be of this very shape
        for name, ref in shape.members.items():
            check_member = self._check(ref)
            if check_member is not None:
                fields.append((name, _path_name(name), check_member))
        if not required and not fields:
            self._checks[shape] = None
        return check_structure

    def _check(self, ref: Ref) -> Check | None:
        shape = ref.shape
        if ref.streaming:
            return None  # a stream has no length yet; its service counts
        if shape in self._checks:
            return self._checks[shape]
        match shape.type:
            case "structure" if not shape.document:
                self.structure(shape)
                return self._checks[shape]
            case "list" | "map":
                return self._collection(shape)
            case _:
                check = self._checks[shape] = self._scalar(shape)
                return check

    def _scalar(self, shape: Shape) -> Check | None:
        violations = self._violations(shape)
        if violations is None:
            return None
        is_sensitive = shape.sensitive

        def check_scalar(value: Any, path: Path, findings: list[Finding]) -> None:
            broken = violations(value)
            if broken:
                findings.extend(_finding(path, value, violation, is_sensitive=is_sensitive) for violation in broken)

        return check_scalar

    def _collection(self, shape: Shape) -> Check:
        checks: list[Check] = []

        def check_collection(value: Any, path: Path, findings: list[Finding]) -> None:
            for check_part in checks:
                check_part(value, path, findings)

        self._checks[shape] = check_collection
        own = self._scalar(shape)
        if own is not None:
            checks.append(own)
        checks.append(self._contents(shape))
        return check_collection

    def _contents(self, shape: Shape) -> Check:
        """What is to check of the elements of a list or a map, not of itself."""
        known = self._checked_contents.get(shape)
        if known is not None:
            return known
        checks: list[Check] = []

        def check_contents(value: Any, path: Path, findings: list[Finding]) -> None:
            for check_part in checks:
                check_part(value, path, findings)

        self._checked_contents[shape] = check_contents  # before the elements, which may hold this very shape
        checks.extend(self._map_parts(shape) if shape.type == "map" else self._list_parts(shape))
        return check_contents

    def _list_parts(self, shape: Shape) -> list[Check]:
        assert shape.member is not None
        parts = [self._elements(shape, shape.member, "Member must satisfy constraint", _values_of_list)]
        inner = self._inner(shape.member)
        return [*parts, _each_element(inner)] if inner is not None else parts

    def _map_parts(self, shape: Shape) -> list[Check]:
        assert shape.key is not None
        assert shape.value is not None
        parts = [
            self._elements(shape, shape.key, "Map keys must satisfy constraint", _keys_of_map),
            self._elements(shape, shape.value, "Map value must satisfy constraint", _values_of_map),
        ]
        inner = self._inner(shape.value)
        return [*parts, _each_value(inner)] if inner is not None else parts

    def _inner(self, ref: Ref) -> Check | None:
        """What is to check inside an element; the element's own constraints are told by the list or the map."""
        if ref.type == "structure":
            return self._check(ref)
        return self._contents(ref.shape) if ref.type in ("list", "map") else None

    def _elements(self, shape: Shape, ref: Ref, label: str, values: Callable[[Any], Any]) -> Check:
        violations = self._violations(ref.shape)
        texts = _texts(ref.shape, self._enum(ref.shape)) if violations is not None else []
        if self._service_name in _SERVICES_WITH_NOT_NULL_ELEMENTS or not texts:
            texts.append(NOT_NULL)
        violation = f"{label}: [{', '.join(texts)}]"
        is_sensitive = shape.sensitive or ref.shape.sensitive

        def check_elements(value: Any, path: Path, findings: list[Finding]) -> None:
            for element in values(value):
                if element is None or (violations is not None and violations(element)):
                    findings.append(_finding(path, value, violation, is_sensitive=is_sensitive))
                    return

        return check_elements

    def _enum(self, shape: Shape) -> Sequence[str]:
        """What a value may be, in the order in which it is told; nothing where the enum is open."""
        name = (self._service_name, shape.name)
        return () if name in _OPEN_ENUMS else _ENUM_ORDERS.get(name, shape.enum)

    def _violations(self, shape: Shape) -> Violations | None:
        if self._is_only_required:
            return None
        return _violations(shape, self._enum(shape))


def _violations(shape: Shape, enum: Sequence[str]) -> Violations | None:
    """What a value breaks of its shape's own constraints, in AWS' words; None where there is nothing to break."""
    tests: list[tuple[Callable[[Any], bool], str]] = []
    if enum:
        values = frozenset(shape.enum)
        tests.append((lambda value: value not in values, _enum_text(enum)))
    if shape.pattern is not None and shape.type == "string":
        match = patterns.compiled(shape.pattern).fullmatch
        tests.append((lambda value: match(value) is None, _pattern_text(shape)))
    measure = len if shape.type in _LENGTH_TYPES else _itself if shape.type in _NUMBER_TYPES else None
    least, most = shape.min, shape.max
    if least is not None and measure is not None and not (measure is len and least <= 0):
        tests.append((lambda value: measure(value) < least, _least_text(shape)))
    if most is not None and measure is not None:
        tests.append((lambda value: measure(value) > most, _most_text(shape)))
    if not tests:
        return None
    if len(tests) == 1:
        is_broken, text = tests[0]
        return lambda value: (text,) if is_broken(value) else ()
    return lambda value: tuple(text for is_broken, text in tests if is_broken(value))


def _texts(shape: Shape, enum: Sequence[str]) -> list[str]:
    """All constraints of an element, in the order in which AWS lists them."""
    texts = []
    if shape.max is not None and shape.type in _LENGTH_TYPES + _NUMBER_TYPES:
        texts.append(_most_text(shape))
    if shape.min is not None and shape.type in _LENGTH_TYPES + _NUMBER_TYPES:
        texts.append(_least_text(shape))
    if shape.pattern is not None:
        texts.append(_pattern_text(shape))
    if enum:
        texts.append(_enum_text(enum))
    return texts


def _enum_text(enum: Sequence[str]) -> str:
    return f"Member must satisfy enum value set: [{', '.join(enum)}]"


def _pattern_text(shape: Shape) -> str:
    return f"Member must satisfy regular expression pattern: {shape.pattern}"


def _least_text(shape: Shape) -> str:
    return f"Member must have {_measured(shape)} greater than or equal to {_bound(shape, shape.min)}"


def _most_text(shape: Shape) -> str:
    return f"Member must have {_measured(shape)} less than or equal to {_bound(shape, shape.max)}"


def _measured(shape: Shape) -> str:
    return "length" if shape.type in _LENGTH_TYPES else "value"


def _bound(shape: Shape, bound: float | None) -> str:
    assert bound is not None
    return str(float(bound)) if shape.type in ("float", "double") else str(int(bound))


def _path_name(name: str) -> str:
    return name[:1].lower() + name[1:]


def _member_name(path_name: str) -> str:
    return path_name[:1].upper() + path_name[1:]


def _itself(value: Any) -> Any:
    return value


def _values_of_list(value: Any) -> Any:
    return value


def _values_of_map(value: Any) -> Any:
    return value.values()


def _keys_of_map(value: Any) -> Any:
    return value


def _each_element(check: Check) -> Check:
    def check_each(value: Any, path: Path, findings: list[Finding]) -> None:
        for number, element in enumerate(value, 1):
            if element is not None:
                check(element, ((path, str(number)), "member"), findings)

    return check_each


def _each_value(check: Check) -> Check:
    def check_each(value: Any, path: Path, findings: list[Finding]) -> None:
        for key, element in value.items():
            if element is not None:
                check(element, ((path, key), "member"), findings)

    return check_each
