"""WHERE: comparisons, IN, BETWEEN, IS and functions, joined by AND, OR and NOT.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-operators.html
"""

from collections.abc import Callable
from typing import TypeAlias, TypeVar

from lambent.services.dynamodb import errors as dynamodb_errors
from lambent.services.dynamodb.expressions import operands
from lambent.services.dynamodb.expressions.nodes import (
    And,
    Between,
    Call,
    Comparison,
    Condition,
    In,
    Literal,
    Not,
    Operand,
    Or,
    Path,
)
from lambent.services.dynamodb.partiql import errors
from lambent.services.dynamodb.partiql.literals import LiteralReader
from lambent.services.dynamodb.partiql.reader import KEYWORDS
from lambent.services.dynamodb.partiql.tokens import Token

_Node: TypeAlias = Condition | Operand
T = TypeVar("T")

FUNCTIONS = frozenset({"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains", "size"})
COMPARATORS = ("=", "<>", "!=", "<", "<=", ">", ">=")
_OTHER_TYPES = frozenset(
    {"INT", "INTEGER", "INT2", "INT4", "INT8", "SMALLINT", "BIGINT", "REAL", "DOUBLE", "FLOAT", "DECIMAL", "CHAR"}
    | {"CHARACTER", "VARCHAR", "SYMBOL", "CLOB", "DATE", "TIME", "TIMESTAMP", "SEXP", "BAG", "ANY"}
)
"""That PartiQL knows and DynamoDB has not."""
_TYPES = {
    "NULL": "NULL", "BOOLEAN": "BOOL", "BOOL": "BOOL", "BLOB": "B", "STRING": "S", "NUMERIC": "N", "STRUCT": "M",
    "TUPLE": "M", "LIST": "L",
}  # fmt: skip


class ConditionReader(LiteralReader):
    """Reads conditions too."""

    def condition(self) -> Condition:
        """What stands after WHERE. Raises ValidationFailed."""
        return self._as_condition(self._any_of())

    def _any_of(self) -> _Node:
        first = self._all_of()
        if not self.token.is_word("OR"):
            return first
        parts = [self._as_condition(first)]
        while self.took_word("OR"):
            parts.append(self._as_condition(self._all_of()))
        return Or(tuple(parts))

    def _all_of(self) -> _Node:
        first = self._negation()
        if not self.token.is_word("AND"):
            return first
        parts = [self._as_condition(first)]
        while self.took_word("AND"):
            parts.append(self._as_condition(self._negation()))
        return And(tuple(parts))

    def _negation(self) -> _Node:
        if not self.took_word("NOT"):
            return self._comparison()
        self.enter()
        part = Not(self._as_condition(self._negation()))
        self.leave()
        return part

    def _comparison(self) -> _Node:
        left = self._primary()
        if isinstance(left, Comparison | Between | In | And | Or | Not):
            return left
        if self.token.is_sign(*COMPARATORS):
            operator = self.take().text.replace("!=", "<>")
            if isinstance(left, Call) and left.function != "size":
                return self._claim(left, operator)
            comparison = Comparison(operator, self._as_operand(left), self._operand())
            return in_plain_words(lambda: operands.checked_comparison("", comparison))
        if self.took_word("IS"):
            return self._is(left)
        is_negated = self.token.is_word("NOT") and self.following().is_word("IN", "BETWEEN")
        if is_negated:
            self.take()
        found: Condition
        if self.took_word("BETWEEN"):
            found = self._between(self._as_operand(left))
        elif self.took_word("IN"):
            found = self._in(left)
        else:
            return left
        return Not(found) if is_negated else found

    def _claim(self, call: Call, operator: str) -> Condition:
        """A function that is held against true or false."""
        right = self._operand()
        if operator not in ("=", "<>") or not isinstance(right, Literal) or "BOOL" not in right.value:
            self.fail("Unexpected token")
        return call if right.value["BOOL"] is (operator == "=") else Not(call)

    def _between(self, operand: Operand) -> Condition:
        low = self._operand()
        self.expect_word("AND")
        between = Between(operand, low, self._operand())
        return in_plain_words(lambda: operands.checked_between("", between))

    def _in(self, left: _Node) -> Condition:
        if not isinstance(left, Path):
            raise errors.InvalidIn
        if self.token.is_sign("("):
            self.take()
            options = [self._operand()]
            while self.took_sign(","):
                options.append(self._operand())
            self.expect_sign(")")
        else:
            if not self.token.is_sign("[", "<<", "?"):
                raise errors.InvalidIn
            ((kind, members),) = self.value().items()
            if kind not in ("L", "SS", "NS", "BS"):
                raise errors.InvalidIn
            options = [Literal(member if kind == "L" else {kind[0]: member}) for member in members]
        if not options:
            raise errors.InvalidIn
        found = In(left, tuple(options))
        return in_plain_words(lambda: operands.checked_in("", found))

    def _is(self, left: _Node) -> Condition:
        is_negated = self.took_word("NOT")
        token = self.take()
        if not isinstance(left, Path):
            self.fail("Unexpected token")
        kind = _TYPES.get(token.text.upper())
        if token.is_word("MISSING"):
            found: Condition = Call("attribute_not_exists", (left,))
        elif token.kind == "word" and kind is not None:
            found = Call("attribute_type", (left, Literal({"S": kind})))
        elif token.is_word(*_OTHER_TYPES):
            raise errors.UnsupportedIs(type=token.text.upper())
        else:
            self.fail("Expected type name")
        return Not(found) if is_negated else found

    # ---- operands ----------------------------------------------------------------------------------------------------

    def _primary(self) -> _Node:
        if not self.token.is_sign("("):
            return self._bare_operand()
        self.take()
        self.enter()
        inner = self._any_of()
        self.expect_sign(")")
        self.leave()
        return inner

    def _operand(self) -> Operand:
        return self._as_operand(self._primary())

    def _bare_operand(self) -> Operand:
        if self.starts_value():
            return Literal(self.value())
        if self.token.kind == "word" and self.following().is_sign("("):
            return self.call()
        self._check_term()
        return self.path()

    def _check_term(self) -> None:
        """Says in PartiQL's words what stands where an operand should."""
        token, before = self.token, self._tokens[max(self._at - 1, 0)]
        if token.kind == "quoted" or (token.kind == "word" and token.text.upper() not in KEYWORDS):
            return
        if token.kind == "word":
            self.fail(
                "Unexpected operator" if token.is_word("AND", "OR", "IN", "BETWEEN", "IS", "LIKE") else "Unexpected keyword"
            )
        if token.kind == "end" and (before.is_word("AND", "OR") or before.is_sign(*COMPARATORS)):
            self.fail("Missing right-hand side expression of infix operator")
        self.fail("Unexpected term")

    def call(self) -> Call:
        """A function of conditions."""
        token, arguments = self.function()
        name = token.text.lower()
        if name not in FUNCTIONS:
            raise errors.UnrecognizedFunction(function=name, at=token.at)
        call = Call(name, tuple(arguments))
        return in_plain_words(lambda: operands.checked_call("", call))

    def function(self) -> tuple[Token, list[Operand]]:
        """Any function's name, and what it is given."""
        token = self.take()
        self.expect_sign("(")
        self.enter()
        if token.is_word("EXISTS") and self.token.is_word("SELECT"):
            raise errors.ExistsOutsideTransaction
        arguments: list[Operand] = []
        if not self.took_sign(")"):
            arguments.append(self._operand())
            while self.took_sign(","):
                arguments.append(self._operand())
            self.expect_sign(")")
        self.leave()
        return token, arguments

    def _as_operand(self, node: _Node) -> Operand:
        if not isinstance(node, Path | Literal | Call) or (isinstance(node, Call) and node.function != "size"):
            self.fail("Unexpected token")
        return node

    def _as_condition(self, node: _Node) -> Condition:
        if isinstance(node, Path | Literal) or (isinstance(node, Call) and node.function == "size"):
            raise errors.WhereIsNoCondition
        assert isinstance(node, Comparison | Between | In | And | Or | Not | Call)
        return node


def in_plain_words(check: Callable[[], T]) -> T:
    """What ``check`` yields; it may refuse as expressions do, but without the name of the parameter that is none here."""
    try:
        return check()
    except dynamodb_errors.InvalidExpression as failure:
        raise dynamodb_errors.ValidationFailed(reason=failure.message.removeprefix("Invalid : ")) from failure
