"""Updates as text: SET, REMOVE, ADD and DELETE, each at most once, in any order.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.expressions.condition_parser import CONDITION_FUNCTIONS, UPDATE_FUNCTIONS
from lambent.services.dynamodb.expressions.nodes import (
    Action,
    Add,
    Call,
    Delete,
    Operand,
    Placeholder,
    Remove,
    Set,
    Sum,
)
from lambent.services.dynamodb.expressions.parser import Parser, Rank


def parse_update(kind: str, text: str) -> tuple[Action, ...]:
    """What ``text`` says. Raises errors.InvalidExpression."""
    parser = _UpdateParser(kind, text)
    actions = parser.actions()
    parser.finish()
    return actions


class _UpdateParser(Parser):
    keywords = frozenset({"SET", "REMOVE", "ADD", "DELETE"})

    def actions(self) -> tuple[Action, ...]:
        actions: list[Action] = []
        met: set[str] = set()
        while self.token.kind != "end" or not met:
            clause = self._clause()
            if clause in met:
                self.mistake(Rank.CLAUSE, errors.RepeatedClause(kind=self.kind, clause=clause))
            met.add(clause)
            actions.append(self._action(clause))
            while self.took_sign(","):
                actions.append(self._action(clause))
        return tuple(actions)

    def _clause(self) -> str:
        clause = self.token.text.upper()
        if self.token.kind != "name" or clause not in self.keywords:
            self.fail()
        self.take()
        return clause

    def _action(self, clause: str) -> Action:
        self.count_operator()
        path = self.path()
        if clause == "SET":
            self.expect_sign("=")
            return Set(path, self._value())
        if clause == "REMOVE":
            return Remove(path)
        if self.token.kind != "value":
            self.fail()
        return (Add if clause == "ADD" else Delete)(path, Placeholder(self.take().text))

    def _value(self) -> Operand:
        """An operand, or two with + or - between them."""
        left = self._operand(may_be_sum=True)
        if not (self.token.is_sign("+") or self.token.is_sign("-")):
            return left
        self.count_operator()
        sign = self.take().text
        if isinstance(left, Sum):
            self._at -= 1
            self.fail()
        return Sum(sign, left, self._operand(may_be_sum=False))

    def _operand(self, *, may_be_sum: bool) -> Operand:
        token = self.token
        if self.took_sign("("):
            self.enter()
            if self.token.is_sign("("):
                self.mistake(Rank.PARENTHESES, errors.RedundantParentheses(kind=self.kind))
            inner = self._value() if may_be_sum else self._operand(may_be_sum=False)
            self.expect_sign(")")
            self.leave()
            return inner
        if token.kind == "value":
            return Placeholder(self.take().text)
        if token.kind == "name" and self.following().is_sign("("):
            return self._call()
        return self.path()

    def _call(self) -> Call:
        function = self.take().text
        if function in CONDITION_FUNCTIONS or function == "size":
            self.mistake(Rank.FUNCTION, errors.FunctionNotInUpdate(kind=self.kind, function=function))
        elif function not in UPDATE_FUNCTIONS:
            self.mistake(Rank.FUNCTION, errors.UnknownFunction(kind=self.kind, function=function))
        self.expect_sign("(")
        self.enter()
        arguments = [self._operand(may_be_sum=False)]
        while self.took_sign(","):
            arguments.append(self._operand(may_be_sum=False))
        self.expect_sign(")")
        self.leave()
        return Call(function, tuple(arguments))
