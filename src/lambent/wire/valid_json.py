"""Reads a JSON request that is in order in one go: parsed, typed and held against the model's constraints by compiled code.

What is not wholly in order, or is only unusual (a null, a number written as 1.0 where an integer is due …), is refused here
without a reason: the readers and the checks of ``json_shapes`` and ``constraints`` then read it again, and find the words.
"""

import functools
from typing import Annotated, Any, Literal, TypedDict

import msgspec

from lambent.wire import constraints, patterns
from lambent.wire.models import Operation, Ref, Shape
from lambent.wire.shapes import LONG_MAX, LONG_MIN


def parse(operation: Operation, body: bytes) -> dict[str, Any] | None:
    """The parameters of a request that breaks no constraint, or None where somebody else must look at it."""
    decoder = _decoder(operation)
    if decoder is None:
        return None
    try:
        parameters: dict[str, Any] = decoder.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return parameters


class _Inexpressible(Exception):
    """A shape that no type says."""


@functools.cache
def _decoder(operation: Operation) -> msgspec.json.Decoder[Any] | None:
    if operation.input_shape is None:
        return None
    types = _Types(is_only_required=constraints.is_only_required(operation.service.name))
    try:
        return msgspec.json.Decoder(types.of_shape(operation.input_shape))
    except _Inexpressible:
        return None


class _Types:
    """Types that say what a model says. One of them for one operation."""

    def __init__(self, *, is_only_required: bool) -> None:
        self._is_only_required = is_only_required
        self._structures: dict[Shape, Any] = {}

    def of_shape(self, shape: Shape) -> Any:
        match shape.type:
            case "structure" if not shape.document:
                return self._structure(shape)
            case "list":
                assert shape.member is not None
                return self._within(list[self._of(shape.member)], shape)  # type: ignore[misc] # made as it runs
            case "map":
                assert shape.key is not None
                assert shape.value is not None
                return self._within(dict[self._of(shape.key), self._of(shape.value)], shape)  # type: ignore[misc]
            case "string" | "character":
                return self._string(shape)
            case "integer" | "long" | "short" | "byte":
                return self._number(shape)
            case "boolean":
                return bool
            case "blob":
                return self._within(bytes, shape)
        raise _Inexpressible  # timestamps and numbers with a point have forms of their own

    def _of(self, ref: Ref) -> Any:
        if ref.location is not None or ref.jsonvalue or (ref.location_name or "") != "":
            raise _Inexpressible
        return self.of_shape(ref.shape)

    def _structure(self, shape: Shape) -> Any:
        known = self._structures.get(shape)
        if known is not None:
            return known
        # Its members may be of this very shape, so it is there before them.
        made = self._structures[shape] = TypedDict(shape.name, {}, total=False)  # type: ignore[operator]  # made as it runs
        made.__annotations__ = {name: self._of(ref) for name, ref in shape.members.items()}
        made.__required_keys__ = frozenset(name for name in shape.required if name in shape.members)
        made.__optional_keys__ = frozenset(shape.members) - made.__required_keys__
        return made

    def _string(self, shape: Shape) -> Any:
        if self._is_only_required:
            return str
        if shape.enum:
            return Literal[tuple(shape.enum)]
        if shape.pattern is None:
            return self._within(str, shape)
        whole = rf"^(?:{patterns.compiled(shape.pattern).pattern})\Z"
        return Annotated[self._within(str, shape), msgspec.Meta(pattern=whole)]

    def _number(self, shape: Shape) -> Any:
        least, most = (LONG_MIN, LONG_MAX) if self._is_only_required else (shape.min, shape.max)
        least, most = (LONG_MIN if least is None else int(least)), (LONG_MAX if most is None else int(most))
        return Annotated[int, msgspec.Meta(ge=least, le=most)]

    def _within(self, type_: Any, shape: Shape) -> Any:
        if self._is_only_required or (shape.min is None and shape.max is None):
            return type_
        least = int(shape.min) if shape.min is not None and shape.min > 0 else None
        most = int(shape.max) if shape.max is not None else None
        return Annotated[type_, msgspec.Meta(min_length=least, max_length=most)]
