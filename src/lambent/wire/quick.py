"""The quick way to read a body of the json protocol: one pass of msgspec over types that are made from the model.

What passes is what the reader of ``json_shapes`` gives and ``constraints`` lets through. What does not is read again by those
two, who can say what is wrong with it, and in AWS' words. So a type here may be stricter than the model, and never laxer.
"""

import functools
from collections.abc import Callable
from typing import Annotated, Any, Literal, NotRequired, Required, TypedDict

import msgspec

from lambent.wire import patterns
from lambent.wire.models import Operation, Ref, Shape
from lambent.wire.shapes import LONG_MAX, LONG_MIN

Decode = Callable[[bytes], dict[str, Any]]

_INTEGERS = ("integer", "long", "short", "byte")


class _NotSaid(Exception):
    """The types cannot say what the shape does."""


def read(operation: Operation, body: bytes) -> dict[str, Any] | None:
    """The parameters of a request; None for whatever the other way has to look at."""
    decode = _decoder(operation)
    if decode is None:
        return None
    try:
        return decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


@functools.cache
def _decoder(operation: Operation) -> Decode | None:
    if operation.input_shape is None:
        return None
    try:
        return msgspec.json.Decoder(_structure(operation.input_shape, ())).decode
    except _NotSaid:
        return None


def _type(ref: Ref, within: tuple[Shape, ...]) -> Any:
    shape = ref.shape
    if shape in within or shape.document or shape.jsonvalue or ref.location_name is not None:
        raise _NotSaid
    match shape.type:
        case "structure":
            return _structure(shape, (*within, shape))
        case "list" if shape.member is not None:
            return _bounded(list[_type(shape.member, (*within, shape))], shape)  # type: ignore[misc]
        case "map" if shape.key is not None and shape.value is not None:
            parts = (_type(shape.key, within), _type(shape.value, (*within, shape)))
            return _bounded(dict[parts[0], parts[1]], shape)  # type: ignore[valid-type]
        case "string":
            return _string(shape)
        case "blob":
            return _bounded(bytes, shape)
        case "boolean":
            return bool
        case kind if kind in _INTEGERS:
            least, most = LONG_MIN if shape.min is None else int(shape.min), LONG_MAX if shape.max is None else int(shape.max)
            return Annotated[int, msgspec.Meta(ge=least, le=most)]
        case _:
            raise _NotSaid


def _structure(shape: Shape, within: tuple[Shape, ...]) -> Any:
    if shape.document or shape.union:
        raise _NotSaid
    fields = {
        name: (Required if name in shape.required else NotRequired)[_type(ref, within)] for name, ref in shape.members.items()
    }
    return TypedDict(shape.name, fields, total=True)  # type: ignore[operator]


def _string(shape: Shape) -> Any:
    if shape.enum:
        return Literal[tuple(shape.enum)]
    if shape.pattern is None:
        return _bounded(str, shape)
    pattern = rf"\A(?:{patterns.compiled(shape.pattern).pattern})\Z"
    return _bounded(str, shape, pattern=pattern)


def _bounded(kind: Any, shape: Shape, *, pattern: str | None = None) -> Any:
    """The type with the length that the model wants."""
    least = None if shape.min is None or shape.min <= 0 else int(shape.min)
    most = None if shape.max is None else int(shape.max)
    if least is None and most is None and pattern is None:
        return kind
    return Annotated[kind, msgspec.Meta(min_length=least, max_length=most, pattern=pattern)]
