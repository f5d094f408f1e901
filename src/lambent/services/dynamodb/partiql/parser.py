"""Statements as text: SELECT, INSERT, UPDATE, DELETE, and EXISTS in transactions."""

import re
from collections.abc import Callable, Sequence

from lambent.services.dynamodb.engine import values
from lambent.services.dynamodb.engine.values import AttributeValue
from lambent.services.dynamodb.expressions import operands, paths
from lambent.services.dynamodb.expressions.nodes import (
    Action,
    Add,
    Call,
    Elements,
    Literal,
    Operand,
    Path,
    Remove,
    Set,
    Sum,
)
from lambent.services.dynamodb.expressions.nodes import Delete as DeleteMembers
from lambent.services.dynamodb.partiql import errors
from lambent.services.dynamodb.partiql.conditions import ConditionReader, in_plain_words
from lambent.services.dynamodb.partiql.reader import KEYWORDS
from lambent.services.dynamodb.partiql.statements import (
    Delete,
    Exists,
    Insert,
    Order,
    Select,
    Statement,
    Update,
    column_name,
)

_TABLE = re.compile(r"[A-Za-z0-9_.-]{3,255}")


def parse(text: str, parameters: Sequence[AttributeValue] = ()) -> Statement:
    """What a statement says with its parameters. Raises ValidationFailed."""
    parser = _StatementParser(text, parameters)
    statement = parser.statement()
    parser.finish()
    return statement


class _StatementParser(ConditionReader):
    def statement(self) -> Statement:
        kinds: dict[str, Callable[[], Statement]] = {
            "SELECT": self._select,
            "INSERT": self._insert,
            "UPDATE": self._update,
            "DELETE": self._delete,
            "EXISTS": self._exists,
            "FROM": self._update_from,
        }
        kind = kinds.get(self.token.text.upper()) if self.token.kind == "word" else None
        if kind is None:
            self.fail("Expected data manipulation")
        self.take()
        return kind()

    # ---- reading -----------------------------------------------------------------------------------------------------

    def _select(self) -> Select:
        columns = self._columns()
        self.expect_word("FROM")
        table, index = self._table(otherwise="Unexpected term")
        self._check_alias()
        if self.token.is_sign(","):
            raise errors.ManyTables
        where = self.condition() if self.took_word("WHERE") else None
        return Select(table, index, columns, where, self._order() if self.token.is_word("ORDER") else ())

    def _columns(self) -> tuple[Elements, ...] | None:
        columns: list[Elements] = []
        has_star = False
        while True:
            if self.took_sign("*"):
                has_star = True
            elif self.token.kind == "word" and self.following().is_sign("("):
                raise errors.UnexpectedPathComponent(at=self.token.at)
            else:
                columns.append(self.path().elements)
            if self.token.is_word("AS"):
                raise errors.AliasNotSupported
            if not self.took_sign(","):
                break
        if has_star and columns:
            raise errors.StarAndOthers
        _check_columns(columns)
        return None if has_star else tuple(columns)

    def _order(self) -> tuple[Order, ...]:
        self.take()
        self.expect_word("BY")
        order: list[Order] = []
        while True:
            name = self.name()
            is_descending = self.took_word("DESC")
            if not is_descending:
                self.took_word("ASC")
            order.append(Order(name, is_descending))
            if not self.took_sign(","):
                return tuple(order)

    def _exists(self) -> Exists:
        self.expect_sign("(")
        self.expect_word("SELECT")
        select = self._select()
        self.expect_sign(")")
        return Exists(select)

    def _table(self, *, otherwise: str = "Expected identifier for simple path") -> tuple[str, str | None]:
        table, index = self.table_name(otherwise=otherwise)
        if not _TABLE.fullmatch(table) or (index is not None and not _TABLE.fullmatch(index)):
            raise errors.InvalidTableName
        return table, index

    def _check_alias(self) -> None:
        token = self.token
        if token.kind == "quoted" or token.is_word("AS") or (token.kind == "word" and token.text.upper() not in KEYWORDS):
            raise errors.AliasNotSupported

    def _written_table(self) -> str:
        table, index = self._table()
        if index is not None:
            raise errors.NotOnIndex
        return table

    # ---- writing -----------------------------------------------------------------------------------------------------

    def _insert(self) -> Insert:
        self.expect_word("INTO")
        table = self._written_table()
        if self.token.is_word("VALUES") or self.token.is_sign("<<"):
            raise errors.ManyItems
        if not self.took_word("VALUE"):
            self.fail("Unexpected token after expression")
        if self.token.is_sign("?"):
            ((kind, item),) = self.value().items()
            if kind != "M":
                raise errors.ItemIsNoTuple
        elif self.took_sign("{"):
            item = values.checked_item(self.tuple("root", is_item=True))
        else:
            raise errors.ItemIsNoTuple
        if self.token.is_word("RETURNING"):
            raise errors.ReturningInInsert
        return Insert(table, item)

    def _update(self) -> Update:
        table = self._written_table()
        self._check_alias()
        actions = self._actions()
        if not self.took_word("WHERE"):
            raise errors.IncompleteKey
        return Update(table, actions, self.condition(), self._returning())

    def _update_from(self) -> Update:
        """The other order of an update: FROM table WHERE … SET …"""
        table = self._written_table()
        self._check_alias()
        where = self.condition() if self.took_word("WHERE") else None
        actions, returning = self._actions(), self._returning()
        if where is None:
            self.finish()
            raise errors.IncompleteKey
        return Update(table, actions, where, returning)

    def _actions(self) -> tuple[Action, ...]:
        actions: list[Action] = []
        while self.token.is_word("SET", "REMOVE"):
            read = self._assignment if self.take().text.upper() == "SET" else self._removal
            actions.append(read())
            while self.took_sign(","):
                actions.append(read())
        if not actions:
            self.fail("Expected SET or REMOVE")
        _check_apart(actions)
        return tuple(actions)

    def _delete(self) -> Delete:
        self.expect_word("FROM")
        table = self._written_table()
        self._check_alias()
        if not self.took_word("WHERE"):
            raise errors.IncompleteKey
        where, returning = self.condition(), self._returning()
        if returning not in (None, "ALL OLD"):
            raise errors.ReturningInDelete(returning=returning)
        return Delete(table, where, returning)

    def _returning(self) -> str | None:
        if not self.took_word("RETURNING"):
            return None
        which, when = self.take(), self.take()
        if not which.is_word("ALL", "MODIFIED") or not when.is_word("OLD", "NEW") or not self.took_sign("*"):
            raise errors.ReturningSyntax
        return f"{which.text} {when.text}".upper()

    # ---- assignments -------------------------------------------------------------------------------------------------

    def _removal(self) -> Action:
        return Remove(self.path())

    def _assignment(self) -> Action:
        path = self.path()
        self.expect_sign("=")
        if self.token.is_word("SET_ADD", "SET_DELETE") and self.following().is_sign("("):
            return self._set_operation(path)
        value = self._term()
        if self.token.is_sign("+", "-"):
            sign = self.take().text
            value = _checked_sum(Sum(sign, value, self._term()))
        return Set(path, value)

    def _set_operation(self, path: Path) -> Action:
        second_at = self._tokens[min(self._at + 2, len(self._tokens) - 1)].at
        token, arguments = self.function()
        operation = token.text.upper().removeprefix("SET_")
        if len(arguments) != 2:
            raise errors.SetArgumentCount(operation=operation, at=token.at)
        target, members = arguments
        if target != path:
            raise errors.SetFirstArgument(operation=operation, at=token.at)
        if not isinstance(members, Literal) or values.kind_of(members.value) not in values.SETS:
            raise errors.SetSecondArgument(operation=operation, at=second_at)
        return Add(path, members) if operation == "ADD" else DeleteMembers(path, members)

    def _term(self) -> Operand:
        if self.starts_value():
            return Literal(self.value())
        if self.token.kind != "word" or not self.following().is_sign("("):
            return self.path()
        token, arguments = self.function()
        function = token.text.lower()
        if function not in ("list_append", "if_not_exists"):
            raise errors.UnrecognizedFunction(function=function, at=token.at)
        call = Call(function, tuple(arguments))
        return in_plain_words(lambda: operands.checked_call("", call))


def _checked_sum(operand: Sum) -> Sum:
    return in_plain_words(lambda: operands.checked_sum("", operand))


def _check_apart(actions: Sequence[Action]) -> None:
    in_plain_words(lambda: paths.check_apart("", (action.path.elements for action in actions)))


def _check_columns(columns: Sequence[Elements]) -> None:
    names: set[str] = set()
    for column in columns:
        name = column_name(column)
        if name in names:
            raise errors.DuplicateColumns(name=name)
        names.add(name)
