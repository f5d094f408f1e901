"""Attribute values: what a request may give, how they are kept, how large they are, and how they compare.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html says the sizes.
"""

import base64
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import numbers

AttributeValue = dict[str, Any]
"""Exactly one entry, as AWS writes it: ``{"S": "x"}``; binary is ``bytes``."""
Item = dict[str, AttributeValue]

ITEM_BYTES_MAX = 400 * 1024
NAME_BYTES_MAX = 65_535
NESTING_LEVELS_MAX = 32
"""Of which the attribute itself is the first."""
_SHORT = 15  # digits of whole numbers that need no second look
TYPES = ("S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL")
SETS = frozenset({"SS", "NS", "BS"})

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Item)


# ---- what a request may give -----------------------------------------------------------------------------------------


def checked(value: AttributeValue, depth: int = 1) -> AttributeValue:
    """``value`` with its numbers normalised. Raises ValidationFailed with AWS' words for what is wrong with it."""
    if len(value) != 1:
        raise (errors.ManyTypedAttributeValue if value else errors.EmptyAttributeValue)
    ((kind, content),) = value.items()
    if kind == "S":
        _check_text(content)
        return value
    if kind == "N":
        return {"N": numbers.normalised(content)}
    if kind in ("M", "L"):
        if depth == NESTING_LEVELS_MAX and content:
            raise errors.NestedTooDeep
        if kind == "L":
            return {"L": [checked(member, depth + 1) for member in content]}
        return {"M": {checked_name(name): checked(member, depth + 1) for name, member in content.items()}}
    check = _CHECKS.get(kind)
    if check is None:
        raise errors.EmptyAttributeValue  # a member that AWS does not know is as none
    return {kind: check(content)}


def checked_item(item: Item) -> Item:
    """An item with its numbers normalised. Raises ValidationFailed; its size is for ``check_size``."""
    return {checked_name(name): checked(value) for name, value in item.items()}


def checked_key(key: Item) -> Item:
    """``checked_item`` of a key that a request gives, most of which need nothing done to them; names are for the schema."""
    for value in key.values():
        text = value.get("S")
        if not (len(value) == 1 and text and text.isascii()) and not _is_short_number(value):
            return checked_item(key)
    return key


def _is_short_number(value: AttributeValue) -> bool:
    digits: str = value.get("N") or ""
    return 0 < len(digits) <= _SHORT and len(value) == 1 and digits.isascii() and digits.isdigit() and digits[0] != "0"


def checked_name(name: str) -> str:
    """The name of an attribute. Raises ValidationFailed."""
    if name.isascii() and 0 < len(name) <= NAME_BYTES_MAX:
        return name
    if not name:
        raise errors.EmptyAttributeName
    _check_text(name)
    if len(name) > NAME_BYTES_MAX:
        raise errors.AttributeNameTooLong
    return name


def weighed(item: Item) -> tuple[Item, int]:
    """``checked_item`` and ``item_size`` in one pass, since every item that is put takes it. Only what changes is copied."""
    return _weighed_members(item, 1)


def _weighed_members(members: Item, depth: int) -> tuple[Item, int]:
    """The members of an item, or of a map in it, and the size of their names and values."""
    kept, total = members, 0
    for name, value in members.items():
        total += len(name) if name.isascii() and 0 < len(name) <= NAME_BYTES_MAX else text_size(checked_name(name))
        if len(value) != 1:
            raise (errors.ManyTypedAttributeValue if value else errors.EmptyAttributeValue)
        ((kind, content),) = value.items()
        if kind == "S" and content.isascii():  # which most are
            total += len(content)
            continue
        member, own = _WEIGHERS.get(kind, _weighed_plainly)(value, content, depth)
        total += own
        if member is not value:
            kept = dict(members) if kept is members else kept
            kept[name] = member
    return kept, total


def _weighed(value: AttributeValue, depth: int) -> tuple[AttributeValue, int]:
    if len(value) != 1:
        raise (errors.ManyTypedAttributeValue if value else errors.EmptyAttributeValue)
    ((kind, content),) = value.items()
    return _WEIGHERS.get(kind, _weighed_plainly)(value, content, depth)


def _weighed_plainly(value: AttributeValue, _content: Any, depth: int) -> tuple[AttributeValue, int]:
    kept = checked(value, depth)
    return kept, size(kept)


def _weighed_number(value: AttributeValue, content: str, _depth: int) -> tuple[AttributeValue, int]:
    if len(content) <= _SHORT and content.isdigit() and content.isascii() and content[0] != "0":
        return value, (len(content.rstrip("0")) + 1) // 2 + 1
    text = numbers.normalised(content)
    return value if text == content else {"N": text}, numbers.size(text)


def _weighed_map(value: AttributeValue, content: Item, depth: int) -> tuple[AttributeValue, int]:
    if depth == NESTING_LEVELS_MAX and content:
        raise errors.NestedTooDeep
    members, total = _weighed_members(content, depth + 1)
    return value if members is content else {"M": members}, 3 + len(content) + total


def _weighed_list(value: AttributeValue, content: list[AttributeValue], depth: int) -> tuple[AttributeValue, int]:
    if depth == NESTING_LEVELS_MAX and content:
        raise errors.NestedTooDeep
    kept, total = content, 3 + len(content)
    for at, one in enumerate(content):
        member, own = _weighed(one, depth + 1)
        total += own
        if member is not one:
            kept = list(content) if kept is content else kept
            kept[at] = member
    return value if kept is content else {"L": kept}, total


def _weighed_strings(value: AttributeValue, content: list[str], _depth: int) -> tuple[AttributeValue, int]:
    _checked_strings(content)
    return value, sum(map(text_size, content))


def _weighed_truth(value: AttributeValue, _content: bool, _depth: int) -> tuple[AttributeValue, int]:
    return value, 1


_WEIGHERS: dict[str, Callable[[AttributeValue, Any, int], tuple[AttributeValue, int]]] = {
    "N": _weighed_number,
    "M": _weighed_map,
    "L": _weighed_list,
    "SS": _weighed_strings,
    "BOOL": _weighed_truth,
}


def check_size(item_bytes: int) -> None:
    """Raises errors.ItemTooLarge of an item with more than 400 KB."""
    if item_bytes > ITEM_BYTES_MAX:
        raise errors.ItemTooLarge


def _check_text(text: str) -> None:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise errors.HalfCharacter from error


def _checked_strings(members: list[str]) -> list[str]:
    if not members:
        raise errors.EmptySet(kind="string")
    for member in members:
        _check_text(member)
    if len(set(members)) != len(members):
        shown = [f'"{member}"' for member in _with_repeat(members)]
        raise errors.DuplicateStrings(collection=", ".join(shown), sent=", ".join(members))
    return members


def _checked_numbers(members: list[str]) -> list[str]:
    if not members:
        raise errors.EmptySet(kind="number")
    written = [numbers.normalised(member) for member in members]
    if len(set(written)) != len(written):
        raise errors.DuplicateNumbers
    return written


def _checked_binaries(members: list[bytes]) -> list[bytes]:
    if not members:
        raise errors.EmptyBinarySet
    if len(set(members)) != len(members):
        shown = [f'"{base64.b64encode(member).decode()}"' for member in _with_repeat(members)]
        sent = ", ".join(base64.b64encode(member).decode() for member in members)
        raise errors.DuplicateBinaries(collection=",".join(shown), sent=sent)
    return members


def _with_repeat(members: list[Any]) -> list[Any]:
    """Members as AWS shows them: in order up to the first repeat, then the rest as they came."""
    seen: set[Any] = set()
    for at, member in enumerate(members):
        if member in seen:
            return [*sorted(seen), *members[at:]]
        seen.add(member)
    return members


def _checked_null(is_null: bool) -> bool:
    if is_null is not True:
        raise errors.NullIsNotTrue
    return True


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "B": lambda content: content,
    "BOOL": lambda content: content,
    "NULL": _checked_null,
    "SS": _checked_strings,
    "NS": _checked_numbers,
    "BS": _checked_binaries,
}


# ---- how they are kept -----------------------------------------------------------------------------------------------


def encoded(item: Item) -> bytes:
    """An item as AWS' JSON says it, binary in base64: what tables keep, and what an answer may hold as it is."""
    return _encoder.encode(item)


def decoded(kept: bytes) -> Item:
    """The item that ``encoded`` kept."""
    item = _decoder.decode(kept)
    if b'"B":' in kept or b'"BS":' in kept:
        for value in item.values():
            _decode_binaries(value)
    return item


def _decode_binaries(value: AttributeValue) -> None:
    for kind, content in value.items():
        if kind == "B":
            value[kind] = base64.b64decode(content)
        elif kind == "BS":
            value[kind] = [base64.b64decode(member) for member in content]
        elif kind == "M":
            for member in content.values():
                _decode_binaries(member)
        elif kind == "L":
            for member in content:
                _decode_binaries(member)


# ---- how large they are ----------------------------------------------------------------------------------------------


def item_size(item: Item) -> int:
    """The size of an item in bytes as AWS counts it: its names and its values."""
    return sum(text_size(name) + size(value) for name, value in item.items())


def size(value: AttributeValue) -> int:
    """The size of a value in bytes as AWS counts it."""
    ((kind, content),) = value.items()
    return _SIZES[kind](content)


def text_size(text: str) -> int:
    """Bytes of UTF-8."""
    return len(text) if text.isascii() else len(text.encode())


_SIZES: dict[str, Callable[[Any], int]] = {
    "S": text_size,
    "N": numbers.size,
    "B": len,
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
    "SS": lambda members: sum(map(text_size, members)),
    "NS": lambda members: sum(map(numbers.size, members)),
    "BS": lambda members: sum(map(len, members)),
    "L": lambda members: 3 + sum(1 + size(member) for member in members),
    "M": lambda members: 3 + sum(1 + text_size(name) + size(member) for name, member in members.items()),
}


# ---- how they compare ------------------------------------------------------------------------------------------------


def kind_of(value: AttributeValue) -> str:
    """The name of its type."""
    return next(iter(value))


def are_equal(left: AttributeValue, right: AttributeValue) -> bool:
    """Whether two values are the same, of which sets have no order."""
    if left == right:
        return True
    ((kind, content),) = left.items()
    other = right.get(kind)
    if other is None or kind not in ("SS", "NS", "BS", "L", "M") or len(content) != len(other):
        return False
    if kind == "L":
        return all(map(are_equal, content, other))
    if kind == "M":
        return all(name in other and are_equal(member, other[name]) for name, member in content.items())
    return set(content) == set(other)


def order_of(value: AttributeValue) -> str | bytes | Decimal | None:
    """What Python orders as DynamoDB orders values of one type; None of a type that has no order.

    Python's order of texts, by code point, is that of their UTF-8.
    """
    ((kind, content),) = value.items()
    if kind == "N":
        return Decimal(content)
    return content if kind in ("S", "B") else None
