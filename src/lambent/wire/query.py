"""The query protocol: parameters in a form, numbered and dotted; answers in XML. IAM, STS, SNS and old SQS clients speak it."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from lambent.core.errors import ServiceError
from lambent.core.ports import Reply
from lambent.wire import rest, timestamps, uri, xml_shapes
from lambent.wire.error_form import message_name, query_code, query_message
from lambent.wire.http import Request, Response
from lambent.wire.models import Operation, Ref, Shape
from lambent.wire.problems import MalformedInput

DEPTH_MAX = 100
_LEAF = None  # the key of a node's own value in the tree of parameters; no parameter can be called so

Tree = dict[str | None, Any]


class Dialect(Struct, frozen=True):
    """What query and ec2 do differently with names and lists."""

    names_of: Callable[[str, Ref], tuple[str, ...]]  # under which a member may stand
    has_member_lists: bool  # Items.member.1 rather than Item.1


def _query_names(name: str, ref: Ref) -> tuple[str, ...]:
    if ref.flattened and ref.shape.member is not None and ref.shape.member.location_name:
        return ref.shape.member.location_name, ref.location_name or name
    return (ref.location_name or name,)


QUERY = Dialect(_query_names, has_member_lists=True)


def parse(operation: Operation, request: Request, labels: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of a request; what its path tells counts where the form does not. Raises MalformedInput."""
    parameters = parse_form(operation, request, QUERY)
    shape = operation.input_shape
    if labels and shape is not None:
        parameters |= {name: text for name, text in labels.items() if name in shape.members and name not in parameters}
    return parameters


def parse_form(operation: Operation, request: Request, dialect: Dialect) -> dict[str, Any]:
    """The parameters in the body's form and in the query string."""
    if operation.input_shape is None:
        return {}
    pairs = uri.pairs(request.query)
    if request.body:
        pairs += uri.pairs(request.body.decode("utf-8", "replace"))
    return _read_structure(operation.input_shape, _tree(pairs), dialect)


def serialize(operation: Operation, reply: Reply, request_id: str) -> Response:
    """The response that carries ``reply``."""
    opening, wrapper, closing, write = _frame(operation)
    parts = [opening]
    if write is not None:
        parts.append(f"<{wrapper}>")
        write(parts, reply)
        parts.append(f"</{wrapper}>")
    parts.append(f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>{closing}")
    return Response(200, _headers(request_id), "".join(parts).encode())


def serialize_error(operation: Operation | None, error: ServiceError, request_id: str) -> Response:
    """The response that carries ``error``, under the code that the model gives it for this protocol."""
    service = operation.service if operation is not None else None
    shape = service.error(error.code) if service is not None else None
    namespace = xml_shapes.namespace_attribute(service.metadata.xml_namespace) if service is not None else ""
    fault = "Sender" if error.is_senders_fault else "Receiver"
    inner = f"<Type>{fault}</Type><Code>{xml_shapes.escape(query_code(service, shape, error))}</Code>"
    inner += f"<Message>{xml_shapes.escape(query_message(service, error))}</Message>{error_members(shape, error)}"
    body = f"<ErrorResponse{namespace}><Error>{inner}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    return Response(error.status, _headers(request_id), body.encode())


def error_members(shape: Shape | None, error: ServiceError) -> str:
    """The error's further members as elements."""
    if shape is None or not error.members:
        return ""
    parts: list[str] = []
    WRITER.members(shape)(parts, {name: value for name, value in error.members.items() if name != message_name(shape)})
    return "".join(parts)


def _headers(request_id: str) -> list[tuple[str, str]]:
    return [("x-amzn-RequestId", request_id), ("Content-Type", "text/xml")]


@functools.cache
def _frame(operation: Operation) -> tuple[str, str, str, xml_shapes.Write | None]:
    """Opening tag, name of the result's wrapper, closing tag, and how to write the result."""
    root = f"{operation.name}Response"
    opening = f"<{root}{xml_shapes.namespace_attribute(operation.service.metadata.xml_namespace)}>"
    if operation.output is None or operation.output_shape is None:
        return opening, "", f"</{root}>", None
    wrapper = operation.output.result_wrapper or f"{operation.name}Result"
    return opening, wrapper, f"</{root}>", WRITER.members(operation.output_shape)


# ---- reading a form --------------------------------------------------------------------------------------------------


def _tree(pairs: list[tuple[str, str]]) -> Tree:
    root: Tree = {}
    for name, value in pairs:
        path = name.split(".")
        if len(path) > DEPTH_MAX:
            raise MalformedInput(reason=f"Parameters are nested more than {DEPTH_MAX} deep")
        node = root
        for part in path:
            node = node.setdefault(part, {})
        node[_LEAF] = value
    return root


def _read(ref: Ref, node: Tree, dialect: Dialect) -> Any:
    match ref.type:
        case "structure":
            return _read_structure(ref.shape, node, dialect)
        case "list":
            return _read_list(ref, node, dialect)
        case "map":
            return _read_map(ref, node, dialect)
        case _:
            return _read_scalar(ref, node)


def _read_structure(shape: Shape, node: Tree, dialect: Dialect) -> dict[str, Any]:
    result = {}
    for name, ref in shape.members.items():
        child = next((node[key] for key in dialect.names_of(name, ref) if key in node), None)
        if child is not None:
            result[name] = _read(ref, child, dialect)
    return result


def _read_list(ref: Ref, node: Tree, dialect: Dialect) -> list[Any]:
    member = ref.shape.member
    assert member is not None
    if dialect.has_member_lists and not ref.flattened:
        node = node.get(member.location_name or "member") or node.get("member") or {}
    return [_read(member, child, dialect) for child in _numbered(node)]


def _read_map(ref: Ref, node: Tree, dialect: Dialect) -> dict[str, Any]:
    key, value = ref.shape.key, ref.shape.value
    assert key is not None
    assert value is not None
    key_name, value_name = key.location_name or "key", value.location_name or "value"
    entries = _numbered(node if ref.flattened else node.get("entry", {}))
    result = {}
    for entry in entries:
        if key_name not in entry:
            raise MalformedInput(reason="Map entries must have a key")
        result[_read(key, entry[key_name], dialect)] = _read(value, entry.get(value_name, {_LEAF: ""}), dialect)
    return result


def _numbered(node: Tree) -> list[Tree]:
    """The children called 1, 2, 3 …, in that order; numbers may be left out."""
    try:
        return [child for _, child in sorted((int(number), child) for number, child in node.items() if number is not None)]
    except (ValueError, TypeError) as error:
        raise MalformedInput(reason="Start of list found where not expected") from error


def _read_scalar(ref: Ref, node: Tree) -> Any:
    text = node.get(_LEAF)
    if text is None:
        raise MalformedInput(reason="Start of structure or map found where not expected")
    try:
        return rest.FROM_TEXT[ref.type](text)
    except (ValueError, OverflowError) as error:
        raise MalformedInput(reason=str(error)) from error


def _element_name(name: str, ref: Ref) -> str:
    return ref.location_name or name


WRITER = xml_shapes.Writer(timestamps.iso8601, name_of=_element_name)
