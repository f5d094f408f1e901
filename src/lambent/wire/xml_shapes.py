"""XML elements to shapes and back: what the query, ec2 and rest-xml protocols share."""

import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from xml.parsers import expat

from lambent.core.errors import Defect
from lambent.wire import rest, timestamps
from lambent.wire.models import Ref, Shape, XmlNamespace

Write = Callable[[list[str], Any], None]
"""Appends the element of a value to the parts of a document."""

DEPTH_MAX = 100
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


class NotXml(ValueError):
    """A body that is no XML, or XML that does not fit the shape."""


@dataclass(slots=True)
class Node:
    """One element: its local name, its attributes as they were spelt, and what it holds."""

    name: str
    attributes: dict[str, str]
    children: list["Node"] = field(default_factory=list)
    text: str = ""


# ---- reading ---------------------------------------------------------------------------------------------------------


def parse(body: bytes) -> Node:
    """The root element. Document types are refused, so no entity can grow or reach outside. Raises NotXml."""
    root = Node("", {})
    stack = [root]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(stack) > DEPTH_MAX:
            raise NotXml(f"elements nested more than {DEPTH_MAX} deep")
        node = Node(name.rpartition(":")[2], attributes)
        stack[-1].children.append(node)
        stack.append(node)

    def end(_name: str) -> None:
        stack.pop()

    def text(data: str) -> None:
        stack[-1].text += data

    def doctype(*_declaration: Any) -> None:
        raise NotXml("a document type is not allowed")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise NotXml(str(error)) from error
    return root.children[0]


def read(ref: Ref, node: Node) -> Any:
    """The value of an element that stands where ``ref`` does. Raises NotXml."""
    match ref.type:
        case "structure":
            return read_structure(ref.shape, node)
        case "list":
            assert ref.shape.member is not None
            return [read(ref.shape.member, child) for child in node.children]
        case "map":
            return dict(_read_entry(ref.shape, child) for child in node.children)
        case _:
            return _read_scalar(ref, node.text)


def read_structure(shape: Shape, node: Node, names: list[str] | None = None) -> dict[str, Any]:
    """The members of ``shape``, or only those named, that an element holds. Raises NotXml."""
    children: dict[str, list[Node]] = {}
    for child in node.children:
        children.setdefault(child.name, []).append(child)
    result: dict[str, Any] = {}
    for name in shape.members if names is None else names:
        ref = shape.members[name]
        if ref.xml_attribute:
            value = _attribute(node, ref.location_name or name)
            if value is not None:
                result[name] = value
            continue
        found = _children_of(children, name, ref)
        if found:
            result[name] = (
                _read_flattened(ref.shape, found) if ref.flattened and ref.type in ("list", "map") else read(ref, found[0])
            )
    return result


def _children_of(children: dict[str, list[Node]], name: str, ref: Ref) -> list[Node] | None:
    found = children.get(ref.location_name or name)
    if found is None and ref.flattened and ref.shape.member is not None and ref.shape.member.location_name:
        found = children.get(ref.shape.member.location_name)
    return found


def _read_flattened(shape: Shape, nodes: list[Node]) -> Any:
    if shape.type == "map":
        return dict(_read_entry(shape, node) for node in nodes)
    assert shape.member is not None
    return [read(shape.member, node) for node in nodes]


def _read_entry(shape: Shape, node: Node) -> tuple[str, Any]:
    assert shape.key is not None
    assert shape.value is not None
    key_name, value_name = shape.key.location_name or "key", shape.value.location_name or "value"
    parts = {child.name: child for child in node.children}
    if key_name not in parts or value_name not in parts:
        raise NotXml(f"an entry without {key_name} or {value_name}")
    return read(shape.key, parts[key_name]), read(shape.value, parts[value_name])


def _attribute(node: Node, name: str) -> str | None:
    value = node.attributes.get(name)
    if value is None:
        local = name.rpartition(":")[2]
        value = next((text for key, text in node.attributes.items() if key.rpartition(":")[2] == local), None)
    return value


def _read_scalar(ref: Ref, text: str) -> Any:
    if ref.type in ("string", "character"):
        return text
    try:
        return rest.FROM_TEXT[ref.type](text.strip())
    except (ValueError, OverflowError) as error:
        raise NotXml(str(error)) from error


# ---- writing ---------------------------------------------------------------------------------------------------------


def escape(text: str) -> str:
    """Text as it may stand in an element or in an attribute; what XML 1.0 cannot hold becomes U+FFFD."""
    if _FORBIDDEN.search(text):
        text = _FORBIDDEN.sub("\ufffd", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return text.replace("\r", "&#xD;")


def namespace_attribute(namespace: str | XmlNamespace | None) -> str:
    """`` xmlns="…"`` as it follows an element's name; empty without a namespace."""
    if namespace is None:
        return ""
    if isinstance(namespace, str):
        return f' xmlns="{escape(namespace)}"'
    name = f"xmlns:{namespace.prefix}" if namespace.prefix else "xmlns"
    return f' {name}="{escape(namespace.uri)}"'


class Writer:
    """Compiles shapes to functions that write elements. One for each protocol, because they spell timestamps differently."""

    def __init__(self, write_timestamp: Callable[[datetime], str], *, name_of: Callable[[str, Ref], str]) -> None:
        self._write_timestamp = write_timestamp
        self._name_of = name_of
        self._contents: dict[Shape, Write] = {}

    def element(self, name: str, ref: Ref) -> Write:
        """How to write a value where ``ref`` stands, in an element called ``name`` (several, where it is flattened)."""
        if ref.flattened and ref.type == "list":
            assert ref.shape.member is not None
            return _each(self.element(ref.shape.member.location_name or name, ref.shape.member))
        if ref.flattened and ref.type == "map":
            return self._entries(name, ref.shape)
        if ref.type == "structure":
            return self.structure(name, ref.shape, namespace_attribute(ref.xml_namespace))
        content = self.content(ref)
        opening, closing = f"<{name}{namespace_attribute(ref.xml_namespace)}>", f"</{name}>"

        def write(parts: list[str], value: Any) -> None:
            parts.append(opening)
            content(parts, value)
            parts.append(closing)

        return write

    def content(self, ref: Ref) -> Write:
        """How to write what stands inside the element of ``ref``."""
        match ref.type:
            case "structure":
                return self.members(ref.shape)
            case "list":
                return self._list(ref.shape)
            case "map":
                assert ref.shape.value is not None
                return self._entries("entry", ref.shape)
            case _:
                return self._scalar(ref)

    def members(self, shape: Shape, names: list[str] | None = None) -> Write:
        """How to write the members of a structure, or only those named; attributes are the element's own."""
        if names is None and shape in self._contents:
            return self._contents[shape]
        fields: dict[str, Write] = {}

        def write(parts: list[str], value: Any) -> None:
            for name, raw in value.items():
                if raw is None:
                    continue
                write_member = fields.get(name)
                if write_member is not None:
                    write_member(parts, raw)
                elif name not in shape.members:
                    raise Defect(f"{shape.name} has no member {name}")

        if names is None:
            self._contents[shape] = write
        for name in shape.members if names is None else names:
            ref = shape.members[name]
            if not ref.xml_attribute:
                fields[name] = self.element(self._name_of(name, ref), ref)
        return write

    def structure(self, name: str, shape: Shape, namespace: str, names: list[str] | None = None) -> Write:
        """How to write a structure, or only the members named, in an element of its own with their attributes."""
        content = self.members(shape, names)
        attributes = [(member, part.location_name or member) for member, part in shape.members.items() if part.xml_attribute]
        opening, closing = f"<{name}{namespace}", f"</{name}>"

        def write(parts: list[str], value: Any) -> None:
            parts.append(opening)
            parts.extend(
                f' {label}="{escape(str(value[member]))}"' for member, label in attributes if value.get(member) is not None
            )
            parts.append(">")
            content(parts, value)
            parts.append(closing)

        return write

    def _list(self, shape: Shape) -> Write:
        assert shape.member is not None
        return _each(self._lazy(shape.member.location_name or "member", shape.member))

    def _entries(self, name: str, shape: Shape) -> Write:
        assert shape.key is not None
        assert shape.value is not None
        write_key = self._lazy(shape.key.location_name or "key", shape.key)
        write_value = self._lazy(shape.value.location_name or "value", shape.value)

        def write(parts: list[str], value: Any) -> None:
            for key, element in value.items():
                parts.append(f"<{name}>")
                write_key(parts, key)
                write_value(parts, element)
                parts.append(f"</{name}>")

        return write

    def _lazy(self, name: str, ref: Ref) -> Write:
        """An element that is compiled when it is first written: lists of lists may hold themselves."""
        compiled: list[Write] = []

        def write(parts: list[str], value: Any) -> None:
            if not compiled:
                compiled.append(self.element(name, ref))
            compiled[0](parts, value)

        return write

    def _scalar(self, ref: Ref) -> Write:
        to_text = self._to_text(ref)

        def write(parts: list[str], value: Any) -> None:
            parts.append(to_text(value))

        return write

    def _to_text(self, ref: Ref) -> Callable[[Any], str]:
        match ref.type:
            case "boolean":
                return rest.boolean_to_text
            case "float" | "double":
                return rest.float_to_text
            case "blob":
                return _blob_to_text
            case "timestamp" if ref.timestamp_format is not None and ref.timestamp_format != "iso8601":
                write = timestamps.writer(ref.timestamp_format, "iso8601")
                return lambda value: str(write(value))
            case "timestamp":
                return self._write_timestamp
            case "string" | "character":
                return escape
            case _:
                return str


def _each(write_element: Write) -> Write:
    def write(parts: list[str], value: Any) -> None:
        for element in value:
            if element is not None:
                write_element(parts, element)

    return write


def _blob_to_text(value: Any) -> str:
    return binascii.b2a_base64(value.encode() if isinstance(value, str) else value, newline=False).decode("ascii")
