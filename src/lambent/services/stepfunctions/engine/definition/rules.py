"""What the rules of a Choice may be, in either query language."""

from collections.abc import Mapping
from typing import Any

from lambent.services.stepfunctions.engine.definition import choices
from lambent.services.stepfunctions.engine.definition.field_rules import FieldRules
from lambent.services.stepfunctions.engine.definition.grammar import Kind

NESTING_MAX = 32
_AROUND = {"Next": Kind.TEXT, "Comment": Kind.TEXT, "Assign": Kind.QUERY}
_CONNECTIVES = ("And", "Or", "Not")
_OPERANDS: Mapping[str, Kind] = {
    "String": Kind.TEXT,
    "Numeric": Kind.NUMBER,
    "Timestamp": Kind.TEXT,
    "Boolean": Kind.FLAG,
    "Is": Kind.FLAG,
}


def check_rule(fields: FieldRules, rule: Any, location: str) -> None:
    """One of the Choices. Finds, and never raises."""
    if not isinstance(rule, dict):
        fields.findings.add("Expected value of type [OBJECT]", location)
        return
    if "Next" not in rule:
        fields.findings.add("These fields are required: [Next]", location)
    for name, kind in _AROUND.items():
        if name in rule:
            fields.check(name, rule[name], kind, f"{location}/{name}")
    if fields.is_jsonata:
        _condition(fields, rule, location)
    else:
        _test(fields, {name: value for name, value in rule.items() if name not in _AROUND}, location, NESTING_MAX)


def _condition(fields: FieldRules, rule: Mapping[str, Any], location: str) -> None:
    if "Condition" not in rule:
        fields.findings.add("These fields are required: [Condition]", location)
    elif not isinstance(rule["Condition"], bool):
        fields.check("Condition", rule["Condition"], Kind.TEXT, f"{location}/Condition")
    if "Output" in rule:
        fields.query("Output", rule["Output"], f"{location}/Output")
    for name in rule:
        if name not in (*_AROUND, "Condition", "Output"):
            fields.findings.add(f"Field '{name}' is not supported", location)


def _test(fields: FieldRules, test: Any, location: str, depth_left: int) -> None:
    if not isinstance(test, dict):
        fields.findings.add("Expected value of type [OBJECT]", location)
        return
    if depth_left == 0:
        fields.findings.add("The rule is nested too deeply", location)
        return
    operators = [name for name in test if name in choices.OPERATORS]
    for name in test:
        if name not in choices.OPERATORS and name not in ("Variable", "Comment"):
            fields.findings.add(f"Field '{name}' is not supported", location)
    if len(operators) != 1:
        fields.findings.add("Exactly one comparison operator is required", location)
    for name in operators:
        _operand(fields, test, name, f"{location}/{name}", depth_left)
    if operators and operators[0] not in _CONNECTIVES:
        if "Variable" not in test:
            fields.findings.add("These fields are required: [Variable]", location)
        else:
            fields.check("Variable", test["Variable"], Kind.PATH, f"{location}/Variable")


def _operand(fields: FieldRules, test: Mapping[str, Any], name: str, location: str, depth_left: int) -> None:
    value = test[name]
    if name == "Not":
        _test(fields, value, location, depth_left - 1)
    elif name in _CONNECTIVES:
        if not isinstance(value, list) or not value:
            fields.findings.add(f"The field '{name}' should be a non-empty array", location)
            return
        for index, inner in enumerate(value):
            _test(fields, inner, f"{location}[{index}]", depth_left - 1)
    elif name.endswith("Path"):
        fields.check(name, value, Kind.PATH, location)
    else:
        fields.check(name, value, next(kind for start, kind in _OPERANDS.items() if name.startswith(start)), location)
        if name.startswith("Timestamp") and isinstance(value, str) and choices.moment(value) is None:
            fields.findings.add("Value is not a valid timestamp", location)
