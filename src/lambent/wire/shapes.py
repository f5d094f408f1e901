"""Values of JSON's and CBOR's kind to shapes and back: one closure a shape, compiled once.

A reader checks types as AWS' servers do and raises Serialization; constraints are checked elsewhere. A structure, a list or a
map may already be written: msgspec.Raw of the format stands as it is (``core.ports.Spliced``).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Raw, Struct

from lambent.core.errors import Defect
from lambent.wire.models import Ref, Shape
from lambent.wire.problems import Serialization

Read = Callable[[Any], Any]
Write = Callable[[Any], Any]

LONG_MIN, LONG_MAX = -(2**63), 2**63 - 1
"""What a Java long holds, and a column of a table: larger numbers are refused here, so that no service meets one."""


class Codec(Struct, frozen=True):
    """How one format reads and writes shapes. Scalars are the format's own, structures, lists and maps are alike."""

    scalar_readers: Mapping[str, Read]
    scalar_writers: Mapping[str, Write]  # by type; a type that is missing stands as it is
    timestamp_writer: Callable[[Ref], Write]
    wire_name: Callable[[str, Ref], str]
    _readers: dict[Shape, Read] = {}
    _writers: dict[Shape, Write] = {}

    def reader(self, ref: Ref) -> Read:
        """How to read what stands where ``ref`` does."""
        scalar = self.scalar_readers.get(ref.type)
        return scalar if scalar is not None else self._shape_reader(ref.shape)

    def members_reader(self, shape: Shape, names: Iterable[str]) -> Read:
        """How to read an object that holds only these members of ``shape``: the body of a REST request."""
        fields: dict[str, tuple[str, Read]] = {}
        self._fill_readers(fields, shape, names)
        return _structure_reader(fields)

    def writer(self, ref: Ref) -> Write | None:
        """How to turn a value into what the format can hold; None where it is that already."""
        if ref.type == "timestamp":
            return self.timestamp_writer(ref)
        if ref.type in self.scalar_readers:
            return self.scalar_writers.get(ref.type)
        return self.shape_writer(ref.shape)

    def shape_writer(self, shape: Shape) -> Write | None:
        """How to write a structure, a list or a map."""
        found = self._writers.get(shape)
        if found is not None or shape.document:
            return found
        match shape.type:
            case "structure":
                fields: dict[str, tuple[str, Write | None]] = {}
                write = self._writers[shape] = _structure_writer(shape, fields)
                self._fill_writers(fields, shape, shape.members)
            case "list":
                element: list[Write | None] = []
                write = self._writers[shape] = _list_writer(element)
                element.append(self.writer(_part(shape.member)))
            case _:
                element = []
                write = self._writers[shape] = _map_writer(element)
                element.append(self.writer(_part(shape.value)))
        return write

    def members_writer(self, shape: Shape, names: Iterable[str]) -> Write:
        """How to write an object of these members of ``shape`` only; its other members are passed over."""
        fields: dict[str, tuple[str, Write | None]] = {}
        self._fill_writers(fields, shape, names)
        return _structure_writer(shape, fields)

    def _shape_reader(self, shape: Shape) -> Read:
        """Registers the reader before it compiles the members, which may be of this very shape."""
        found = self._readers.get(shape)
        if found is not None:
            return found
        match shape.type:
            case "structure" if shape.document:
                return _as_it_is
            case "structure":
                fields: dict[str, tuple[str, Read]] = {}
                read = self._readers[shape] = _structure_reader(fields)
                self._fill_readers(fields, shape, shape.members)
            case "list":
                element: list[Read] = []
                read = self._readers[shape] = _list_reader(element)
                element.append(self.reader(_part(shape.member)))
            case _:
                element = []
                read = self._readers[shape] = _map_reader(element)
                element.append(self.reader(_part(shape.value)))
        return read

    def _fill_readers(self, fields: dict[str, tuple[str, Read]], shape: Shape, names: Iterable[str]) -> None:
        for name in names:
            ref = shape.members[name]
            fields[self.wire_name(name, ref)] = (name, self.reader(ref))

    def _fill_writers(self, fields: dict[str, tuple[str, Write | None]], shape: Shape, names: Iterable[str]) -> None:
        for name in names:
            ref = shape.members[name]
            fields[name] = (self.wire_name(name, ref), self.writer(ref))


def unexpected(value: Any, wanted: str) -> Serialization:
    """What AWS' unmarshaller says of a value of the wrong type."""
    if isinstance(value, dict):
        return Serialization(reason="Start of structure or map found where not expected.")
    if isinstance(value, list):
        return Serialization(reason="Start of list found where not expected.")
    if wanted[0].islower():
        return Serialization(reason=f"Expected {wanted} or null")
    kind = {str: "STRING_VALUE", bool: "TRUE_VALUE" if value is True else "FALSE_VALUE"}.get(type(value), "NUMBER_VALUE")
    article = "" if wanted == "String" else "an " if wanted[0] in "AEIOU" else "a "
    return Serialization(reason=f"{kind} can not be converted to {article}{wanted}")


def _structure_reader(fields: dict[str, tuple[str, Read]]) -> Read:
    def read(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise unexpected(value, "structure")
        result = {}
        for key, raw in value.items():
            place = fields.get(key)
            if place is not None and raw is not None:
                result[place[0]] = place[1](raw)
        return result

    return read


def _list_reader(element: list[Read]) -> Read:
    def read(value: Any) -> list[Any]:
        if type(value) is not list:
            raise unexpected(value, "list")
        read_element = element[0]
        return [None if raw is None else read_element(raw) for raw in value]

    return read


def _map_reader(element: list[Read]) -> Read:
    def read(value: Any) -> dict[str, Any]:
        if type(value) is not dict:
            raise unexpected(value, "map")
        read_value = element[0]
        return {key: None if raw is None else read_value(raw) for key, raw in value.items()}

    return read


def _structure_writer(shape: Shape, fields: dict[str, tuple[str, Write | None]]) -> Write:
    def write(value: Any) -> Any:
        if type(value) is Raw:
            return value
        result = {}
        for name, raw in value.items():
            if raw is None:
                continue
            place = fields.get(name)
            if place is None:
                if name not in shape.members:
                    raise Defect(f"{shape.name} has no member {name}")
                continue
            result[place[0]] = raw if place[1] is None else place[1](raw)
        return result

    return write


def _list_writer(element: list[Write | None]) -> Write:
    def write(value: Any) -> Any:
        if type(value) is Raw:
            return value
        write_element = element[0]
        if write_element is None:
            return list(value)
        return [None if raw is None else write_element(raw) for raw in value]

    return write


def _map_writer(element: list[Write | None]) -> Write:
    def write(value: Any) -> Any:
        if type(value) is Raw:
            return value
        write_value = element[0]
        if write_value is None:
            return dict(value)
        return {key: None if raw is None else write_value(raw) for key, raw in value.items()}

    return write


def _part(ref: Ref | None) -> Ref:
    assert ref is not None, "a list without its member, or a map without its value"
    return ref


def _as_it_is(value: Any) -> Any:
    return value


# ---- scalars that JSON and CBOR hold alike ---------------------------------------------------------------------------


def _read_string(value: Any) -> str:
    if type(value) is str:
        return value
    raise unexpected(value, "String")


def _read_integer(value: Any) -> int:
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is int and LONG_MIN <= value <= LONG_MAX:
        return value
    raise unexpected(value, "Integer")


def _read_boolean(value: Any) -> bool:
    if type(value) is bool:
        return value
    raise unexpected(value, "Boolean")


PLAIN_READERS: Mapping[str, Read] = {
    "string": _read_string,
    "character": _read_string,
    **dict.fromkeys(("integer", "long", "short", "byte"), _read_integer),
    "boolean": _read_boolean,
}
