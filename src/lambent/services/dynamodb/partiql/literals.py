"""Values as a statement writes them: texts, numbers, lists, tuples, bags and parameters."""

from lambent.services.dynamodb import errors as dynamodb_errors
from lambent.services.dynamodb.engine import numbers, values
from lambent.services.dynamodb.engine.values import AttributeValue
from lambent.services.dynamodb.partiql import errors
from lambent.services.dynamodb.partiql.reader import Reader

EXPONENT_MAX = 2**31 - 1
"""Of a number in a statement."""

_TYPE_NAMES = {"N": "INT", "BOOL": "BOOL", "NULL": "NULL"}


class LiteralReader(Reader):
    """Reads values too."""

    def starts_value(self) -> bool:
        """Whether a value comes next, and no path."""
        token = self.token
        return (
            token.kind in ("string", "number")
            or token.is_sign("?", "[", "{", "<<", "-", "+")
            or token.is_word("TRUE", "FALSE", "NULL", "MISSING")
        )

    def value(self) -> AttributeValue:
        """The value that comes next, its numbers normalised. Raises ValidationFailed."""
        try:
            return values.checked(self._value("root"))
        except dynamodb_errors.ValidationFailed as failure:
            raise dynamodb_errors.in_older_words(failure) from failure

    def _value(self, under: str) -> AttributeValue:
        token = self.take()
        if token.kind == "string":
            return {"S": token.text}
        if token.kind == "number":
            return {"N": _number(token.text, under)}
        if token.is_sign("-", "+"):
            return self._signed(token.text, under)
        if token.is_word("TRUE", "FALSE"):
            return {"BOOL": token.text.upper() == "TRUE"}
        if token.is_word("NULL"):
            return {"NULL": True}
        if token.is_word("MISSING"):
            raise errors.MissingIsNotCompared
        if token.is_sign("?"):
            return self.parameter()
        return self._collection(token.text, under)

    def _signed(self, sign: str, under: str) -> AttributeValue:
        if self.token.kind != "number":
            self.fail("Unexpected token")
        text = _number(self.take().text, under)
        return {"N": numbers.negated(text) if sign == "-" else text}

    def _collection(self, opening: str, under: str) -> AttributeValue:
        self.enter()
        if opening == "[":
            value: AttributeValue = {"L": self._members("]", under)}
        elif opening == "<<":
            value = self._bag(under)
        elif opening == "{":
            value = {"M": self.tuple(under)}
        else:
            self.fail("Unexpected token")
        self.leave()
        return value

    def _members(self, closing: str, under: str) -> list[AttributeValue]:
        members: list[AttributeValue] = []
        if self.took_sign(closing):
            return members
        while True:
            self._check_value()
            members.append(self._value(f"{under}[{len(members)}]"))
            if self.took_sign(closing):
                return members
            self.expect_sign(",")

    def _bag(self, under: str) -> AttributeValue:
        """A set: of texts, of numbers, or of binary that parameters give."""
        members = self._members(">>", under)
        if not members:
            raise errors.EmptyBag
        kinds = {values.kind_of(member) for member in members}
        kind = kinds.pop()
        if kinds or kind not in ("S", "N", "B"):
            raise errors.BagOfManyTypes
        return {kind + "S": [member[kind] for member in members]}

    def tuple(self, under: str, *, is_item: bool = False) -> dict[str, AttributeValue]:
        """Names and values until the closing brace; the opening one was passed. Each value of an item is a root."""
        members: dict[str, AttributeValue] = {}
        if self.took_sign("}"):
            return members
        while True:
            key = self._key(under)
            if key in members:
                raise errors.DuplicateTupleKey(key=key, parent=under)
            self.expect_sign(":")
            self._check_value()
            members[key] = self._value(under if is_item else f"{under}.{key}")
            if self.took_sign("}"):
                return members
            self.expect_sign(",")

    def _key(self, under: str) -> str:
        if self.token.kind not in ("string", "number") and not self.token.is_sign("?"):
            self.fail("Expected a tuple key")
        value = self._value(under)
        if "S" not in value:
            raise errors.TupleKeyIsNoString(type=_TYPE_NAMES.get(values.kind_of(value), "UNKNOWN"), parent=under)
        return str(value["S"])

    def _check_value(self) -> None:
        token = self.token
        if self.starts_value():
            return
        if token.kind in ("word", "quoted"):
            raise errors.UnsupportedType(type=token.text, at=token.at)
        self.fail("Unexpected token")


def _number(text: str, under: str) -> str:
    """Raises errors.NotWellFormed of an exponent that no 32 bits hold, NumberOutOfRange."""
    mantissa, _, power = text.lower().partition("e")
    if power:
        scale = len(mantissa.partition(".")[2]) - _short_int(power)
        if not -EXPONENT_MAX <= scale <= EXPONENT_MAX or _short_int(power) > EXPONENT_MAX:
            raise errors.NotWellFormed(reason="")
    try:
        return numbers.normalised(text)
    except dynamodb_errors.ValidationFailed as failure:
        raise errors.NumberOutOfRange(reason=failure.message, under=under) from failure


def _short_int(text: str) -> int:
    """A number that may be written absurdly long; then any that is too large will do."""
    return int(text[:20])
