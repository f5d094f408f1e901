"""Puts a request's names and values into what an expression says, and checks each operand as AWS does."""

from collections.abc import Callable, Mapping
from typing import Any

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine.values import AttributeValue
from lambent.services.dynamodb.expressions import operands
from lambent.services.dynamodb.expressions.nodes import (
    Action,
    And,
    Between,
    Call,
    Comparison,
    Condition,
    Elements,
    In,
    Literal,
    Not,
    Operand,
    Or,
    Path,
    Placeholder,
    Remove,
    Set,
    Sum,
)


class Binding:
    """The names and values of a request, and which of them its expressions used."""

    def __init__(self, names: Mapping[str, str], values: Mapping[str, AttributeValue]) -> None:
        self._names = names
        self._values = values
        self._used: set[str] = set()

    @property
    def unused_names(self) -> list[str]:
        return [name for name in self._names if name not in self._used]

    @property
    def unused_values(self) -> list[str]:
        return [name for name in self._values if name not in self._used]

    def bound(self, kind: str) -> "Binder":
        """What binds an expression of that parameter."""
        return Binder(kind, self)

    def name(self, kind: str, placeholder: str) -> str:
        name = self._names.get(placeholder)
        if name is None:
            raise errors.UndefinedName(kind=kind, name=placeholder)
        self._used.add(placeholder)
        return name

    def value(self, kind: str, placeholder: str) -> AttributeValue:
        value = self._values.get(placeholder)
        if value is None:
            raise errors.UndefinedValue(kind=kind, name=placeholder)
        self._used.add(placeholder)
        return value


class Binder:
    """Binds one expression. Each method raises errors.InvalidExpression."""

    def __init__(self, kind: str, binding: Binding) -> None:
        self.kind = kind
        self._binding = binding

    def path(self, path: Path) -> Path:
        if not any(type(element) is str and element[0] == "#" for element in path.elements):
            return path
        return Path(self._elements(path.elements))

    def _elements(self, elements: Elements) -> Elements:
        return tuple(
            self._binding.name(self.kind, element) if isinstance(element, str) and element[0] == "#" else element
            for element in elements
        )

    def operand(self, operand: Operand) -> Operand:
        if isinstance(operand, Path):
            return self.path(operand)
        if isinstance(operand, Placeholder):
            return Literal(self._binding.value(self.kind, operand.name))
        if isinstance(operand, Call):
            return self.call(operand)
        if isinstance(operand, Sum):
            return operands.checked_sum(self.kind, Sum(operand.sign, self.operand(operand.left), self.operand(operand.right)))
        return operand

    def call(self, call: Call) -> Call:
        bound = Call(call.function, tuple(self.operand(argument) for argument in call.arguments))
        return operands.checked_call(self.kind, bound)

    # ---- conditions --------------------------------------------------------------------------------------------------

    def condition(self, condition: Condition) -> Condition:
        bound: Condition = _BOUND[type(condition)](self, condition)
        return bound

    def conditions(self, parts: tuple[Condition, ...]) -> tuple[Condition, ...]:
        return tuple(self.condition(part) for part in parts)

    def comparison(self, condition: Comparison) -> Condition:
        comparison = Comparison(condition.operator, self.operand(condition.left), self.operand(condition.right))
        return operands.checked_comparison(self.kind, comparison)

    def between(self, condition: Between) -> Condition:
        bound = Between(self.operand(condition.operand), self.operand(condition.low), self.operand(condition.high))
        return operands.checked_between(self.kind, bound)

    def membership(self, condition: In) -> Condition:
        operand = self.operand(condition.operand)
        options = tuple(self.operand(option) for option in condition.options)
        return operands.checked_in(self.kind, In(operand, options))

    # ---- updates -----------------------------------------------------------------------------------------------------

    def action(self, action: Action) -> Action:
        path = self.path(action.path)
        if isinstance(action, Remove):
            return Remove(path)
        value = self.operand(action.value)
        if isinstance(action, Set):
            return Set(path, value)
        return operands.checked_clause(self.kind, type(action)(path, value))


_BOUND: dict[type, Callable[[Binder, Any], Condition]] = {
    And: lambda binder, node: And(binder.conditions(node.parts)),
    Or: lambda binder, node: Or(binder.conditions(node.parts)),
    Not: lambda binder, node: Not(binder.condition(node.part)),
    Call: Binder.call,
    Comparison: Binder.comparison,
    Between: Binder.between,
    In: Binder.membership,
}
