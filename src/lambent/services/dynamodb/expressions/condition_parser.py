"""Conditions as text: comparisons, BETWEEN, IN and functions, joined by AND, OR and NOT.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from typing import TypeAlias

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.expressions.nodes import (
    And,
    Between,
    Call,
    Comparison,
    Condition,
    In,
    Not,
    Operand,
    Or,
    Path,
    Placeholder,
)
from lambent.services.dynamodb.expressions.parser import Parser, Rank

COMPARATORS = frozenset({"=", "<>", "<", "<=", ">", ">="})
CONDITION_FUNCTIONS = frozenset({"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains"})
UPDATE_FUNCTIONS = frozenset({"if_not_exists", "list_append"})

_Node: TypeAlias = Condition | Operand


def parse_condition(kind: str, text: str) -> Condition:
    """What ``text`` says. Raises errors.InvalidExpression."""
    parser = _ConditionParser(kind, text)
    condition = parser.condition()
    parser.finish()
    return condition


class _ConditionParser(Parser):
    keywords = frozenset({"AND", "OR", "NOT", "BETWEEN", "IN"})

    def condition(self) -> Condition:
        return self._as_condition(self._any_of(may_be_operand=False))

    def _any_of(self, *, may_be_operand: bool) -> _Node:
        """Parts with OR between them. What stands alone in parentheses may also be an operand: ``(a) = :b``."""
        first = self._all_of(may_be_operand=may_be_operand)
        if not self.token.is_word("OR"):
            return first
        parts = [self._as_condition(first)]
        while self.took_word("OR"):
            self.count_operator()
            parts.append(self._as_condition(self._all_of(may_be_operand=False)))
        return Or(tuple(parts))

    def _all_of(self, *, may_be_operand: bool) -> _Node:
        first = self._negation(may_be_operand=may_be_operand)
        if not self.token.is_word("AND"):
            return first
        parts = [self._as_condition(first)]
        while self.took_word("AND"):
            self.count_operator()
            parts.append(self._as_condition(self._negation(may_be_operand=False)))
        return And(tuple(parts))

    def _negation(self, *, may_be_operand: bool) -> _Node:
        if not self.took_word("NOT"):
            return self._comparison(may_be_operand=may_be_operand)
        self.count_operator()
        self.enter()
        part = self._as_condition(self._negation(may_be_operand=False))
        self.leave()
        return Not(part)

    def _comparison(self, *, may_be_operand: bool) -> _Node:
        left = self._primary()
        if isinstance(left, And | Or | Not | Comparison | Between | In):
            return left
        token = self.token
        if token.kind == "sign" and token.text in COMPARATORS:
            self.count_operator()
            self.take()
            return Comparison(token.text, self._as_operand(left), self._operand())
        if self.took_word("BETWEEN"):
            self.count_operator()
            return self._between(self._as_operand(left))
        if self.took_word("IN"):
            self.count_operator()
            return In(self._as_operand(left), self._arguments())
        if not isinstance(left, Call) and not (may_be_operand and token.is_sign(")")):
            self.fail()
        return left

    def _between(self, operand: Operand) -> Between:
        low = self._operand()
        if not self.took_word("AND"):
            self.fail()
        return Between(operand, low, self._operand())

    def _primary(self) -> _Node:
        """What stands before an operator, or a condition in parentheses."""
        if not self.token.is_sign("("):
            return self._bare_operand()
        return self._in_parentheses(is_operand_only=False)

    def _in_parentheses(self, *, is_operand_only: bool) -> _Node:
        self.take()
        self.enter()
        is_doubled = self.token.is_sign("(")
        opened_at = self._at
        inner: _Node = self._operand() if is_operand_only else self._any_of(may_be_operand=True)
        if not self.token.is_sign(")"):
            self.fail()
        if is_doubled and self._closing_of(opened_at) == self._at - 1:
            self.mistake(Rank.PARENTHESES, errors.RedundantParentheses(kind=self.kind))
        self.take()
        self.leave()
        return self.rest_of_path(inner) if isinstance(inner, Path) else inner

    def _closing_of(self, opened_at: int) -> int:
        """Where the parenthesis at ``opened_at`` is closed."""
        depth = 0
        for at in range(opened_at, len(self._tokens)):
            depth += self._tokens[at].is_sign("(") - self._tokens[at].is_sign(")")
            if depth == 0:
                return at
        return -1

    # ---- operands ----------------------------------------------------------------------------------------------------

    def _operand(self) -> Operand:
        """What stands after an operator or in a function, in parentheses or not."""
        if not self.token.is_sign("("):
            return self._as_operand(self._bare_operand())
        return self._as_operand(self._in_parentheses(is_operand_only=True))

    def _bare_operand(self) -> Operand:
        token = self.token
        if token.kind == "value":
            return Placeholder(self.take().text)
        if token.kind == "name" and token.text.upper() not in self.keywords and self.following().is_sign("("):
            return self._call()
        return self.path()

    def _call(self) -> Call:
        function = self.take().text
        if function in UPDATE_FUNCTIONS:
            self.mistake(Rank.FUNCTION, errors.FunctionNotInCondition(kind=self.kind, function=function))
        elif function not in CONDITION_FUNCTIONS and function != "size":
            self.mistake(Rank.FUNCTION, errors.UnknownFunction(kind=self.kind, function=function))
        return Call(function, self._arguments())

    def _arguments(self) -> tuple[Operand, ...]:
        self.expect_sign("(")
        self.enter()
        arguments = [self._operand()]
        while self.took_sign(","):
            arguments.append(self._operand())
        self.expect_sign(")")
        self.leave()
        return tuple(arguments)

    # ---- which is which ----------------------------------------------------------------------------------------------

    def _as_operand(self, node: _Node) -> Operand:
        """A function other than size yields nothing that an operator could take."""
        if isinstance(node, Call):
            if node.function != "size":
                self._note_misuse(node.function)
            return node
        if not isinstance(node, Path | Placeholder):
            self.fail()
        return node

    def _as_condition(self, node: _Node) -> Condition:
        if isinstance(node, Call) and node.function == "size":
            self._note_misuse(node.function)
        if isinstance(node, Path | Placeholder):
            self.fail()
        assert isinstance(node, And | Or | Not | Comparison | Between | In | Call)
        return node

    def _note_misuse(self, function: str) -> None:
        self.mistake(Rank.MISUSE, errors.MisusedFunction(kind=self.kind, function=function))
