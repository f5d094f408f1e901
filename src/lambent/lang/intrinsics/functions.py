"""The ``States.*`` functions: what each does with its arguments, and what it refuses."""

import base64
import hashlib
import math
import re
from collections.abc import Callable
from typing import NoReturn

import msgspec
from msgspec import Struct

from lambent.core import ids
from lambent.lang.jsonpath.filters import are_equal, is_number

CHARACTERS_MAX = 10_000
"""Of what is encoded, decoded or hashed."""

RANGE_ITEMS_MAX = 1_000
INTEGER_MIN, INTEGER_MAX = -(2**31), 2**31 - 1

ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


class Refused(ValueError):
    """Arguments that a function has no value for; the message says why."""


class Intrinsic(Struct, frozen=True):
    """``call`` gets as many arguments as the bounds say and raises Refused; ``arguments_max`` is None for any number."""

    call: Callable[[list[object]], object]
    arguments_min: int
    arguments_max: int | None


def _refuse(reason: str) -> NoReturn:
    raise Refused(reason)


def json_text(value: object) -> str:
    """As AWS writes JSON into a string: without blanks."""
    try:
        return msgspec.json.encode(value).decode()
    except RecursionError:
        _refuse("The value is nested too deeply")


# ---- arguments -------------------------------------------------------------------------------------------------------------


def _array(value: object) -> list[object]:
    return value if isinstance(value, list) else _refuse("The argument must be an array")


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else _refuse("The argument must be a JSON object")


def _string(value: object) -> str:
    return value if isinstance(value, str) else _refuse("The argument must be a string")


def _short(text: str) -> str:
    return text if len(text) <= CHARACTERS_MAX else _refuse(f"The argument is longer than {CHARACTERS_MAX} characters")


def _integer(value: object) -> int:
    """A number, rounded as AWS rounds: halves up."""
    if not is_number(value) or not isinstance(value, int | float):
        _refuse("The argument must be a number")
    rounded = value if isinstance(value, int) else math.floor(value + 0.5) if math.isfinite(value) else INTEGER_MAX + 1
    if not INTEGER_MIN <= rounded <= INTEGER_MAX:
        _refuse(f"The argument must be between {INTEGER_MIN} and {INTEGER_MAX}")
    return rounded


# ---- arrays ----------------------------------------------------------------------------------------------------------------


def _array_partition(arguments: list[object]) -> object:
    values, size = _array(arguments[0]), _integer(arguments[1])
    if size <= 0:
        _refuse("The chunk size must be a positive integer")
    return [values[start : start + size] for start in range(0, len(values), size)]


def _array_contains(arguments: list[object]) -> object:
    return any(are_equal(value, arguments[1]) for value in _array(arguments[0]))


def _array_range(arguments: list[object]) -> object:
    start, end, step = map(_integer, arguments)
    if step == 0:
        _refuse("The step must not be 0")
    values = range(start, end + (1 if step > 0 else -1), step)
    if len(values) > RANGE_ITEMS_MAX:
        _refuse(f"The range has more than {RANGE_ITEMS_MAX} items")
    return list(values)


def _array_get_item(arguments: list[object]) -> object:
    values, index = _array(arguments[0]), _integer(arguments[1])
    if not 0 <= index < len(values):
        _refuse(f"Index {index} is out of bounds for an array of {len(values)} items")
    return values[index]


def _array_unique(arguments: list[object]) -> object:
    """Equal values are those that are spelled alike once their keys are in order, and numbers are written as one kind."""
    unique: dict[bytes, object] = {}
    for value in _array(arguments[0]):
        unique.setdefault(msgspec.json.encode(_canonical(value), order="sorted"), value)
    return list(unique.values())


def _canonical(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


# ---- strings ---------------------------------------------------------------------------------------------------------------

_PLACE = re.compile(r"\\(['{}\\])|\{\}")


def parts_of_format(template: str) -> list[str]:
    """What stands around the places ``{}``; a backslash takes a brace its meaning."""
    parts, end, part = [], 0, ""
    for found in _PLACE.finditer(template):
        part += template[end : found.start()]
        end = found.end()
        if found[1] is not None:
            part += found[1]
            continue
        parts.append(part)
        part = ""
    return [*parts, part + template[end:]]


def filled(parts: list[str], values: list[object]) -> str:
    """Raises Refused where there are more or fewer values than places."""
    if len(values) != len(parts) - 1:
        _refuse("The number of arguments do not match the occurrences of {}")
    texts = [value if isinstance(value, str) else json_text(value) for value in values]
    return parts[0] + "".join(text + part for text, part in zip(texts, parts[1:], strict=True))


def _string_split(arguments: list[object]) -> object:
    text, separators = _string(arguments[0]), _string(arguments[1])
    if not separators:
        return [text]
    return [part for part in re.split(f"[{re.escape(separators)}]", text) if part]


def _base64_decode(arguments: list[object]) -> object:
    try:
        return base64.b64decode(_short(_string(arguments[0])), validate=True).decode("utf-8", "replace")
    except ValueError as error:
        if isinstance(error, Refused):
            raise
        _refuse("The argument is not valid Base64")


def hashed(text: str, algorithm: object) -> str | None:
    """In hexadecimal digits; None where AWS knows no such algorithm."""
    known = ALGORITHMS.get(algorithm) if isinstance(algorithm, str) else None
    return hashlib.new(known, text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest() if known else None


def _hash(arguments: list[object]) -> object:
    data, algorithm = arguments
    text = _short(data if isinstance(data, str) else json_text(data))
    return hashed(text, algorithm) or _refuse(f"The algorithm must be one of {', '.join(ALGORITHMS)}")


# ---- JSON and numbers --------------------------------------------------------------------------------------------------------


def _string_to_json(arguments: list[object]) -> object:
    text = _string(arguments[0])
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        _refuse(f"Invalid JSON: {error}")


def _json_merge(arguments: list[object]) -> object:
    if arguments[2] is not False:
        _refuse("The third argument must be false: objects are merged in the shallow way only")
    return _object(arguments[0]) | _object(arguments[1])


def _math_random(arguments: list[object]) -> object:
    start, end = _integer(arguments[0]), _integer(arguments[1])
    if start >= end:
        _refuse("The start of the range must be less than its end")
    fraction = ids.fraction_of(_integer(arguments[2])) if len(arguments) == 3 else ids.fraction()
    return start + int(fraction * (end - start))


def _math_add(arguments: list[object]) -> object:
    return _integer(_integer(arguments[0]) + _integer(arguments[1]))


INTRINSICS: dict[str, Intrinsic] = {
    "Array": Intrinsic(list, 0, None),
    "ArrayPartition": Intrinsic(_array_partition, 2, 2),
    "ArrayContains": Intrinsic(_array_contains, 2, 2),
    "ArrayRange": Intrinsic(_array_range, 3, 3),
    "ArrayGetItem": Intrinsic(_array_get_item, 2, 2),
    "ArrayLength": Intrinsic(lambda arguments: len(_array(arguments[0])), 1, 1),
    "ArrayUnique": Intrinsic(_array_unique, 1, 1),
    "Base64Encode": Intrinsic(lambda arguments: base64.b64encode(_short(_string(arguments[0])).encode()).decode(), 1, 1),
    "Base64Decode": Intrinsic(_base64_decode, 1, 1),
    "Hash": Intrinsic(_hash, 2, 2),
    "JsonMerge": Intrinsic(_json_merge, 3, 3),
    "StringToJson": Intrinsic(_string_to_json, 1, 1),
    "JsonToString": Intrinsic(lambda arguments: json_text(arguments[0]), 1, 1),
    "MathRandom": Intrinsic(_math_random, 2, 3),
    "MathAdd": Intrinsic(_math_add, 2, 2),
    "StringSplit": Intrinsic(_string_split, 2, 2),
    "UUID": Intrinsic(lambda _: ids.uuid4(), 0, 0),
    "Format": Intrinsic(lambda arguments: filled(parts_of_format(_string(arguments[0])), arguments[1:]), 1, None),
}
