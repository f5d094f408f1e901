"""The protocols by their names in the models, and one that no model names. All of them have the same three functions."""

import functools
import importlib
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from msgspec import Struct

from lambent.core.errors import ServiceError
from lambent.core.ports import Reply
from lambent.wire import constraints, valid_json
from lambent.wire.http import Request, Response
from lambent.wire.models import Operation

_MODULES = {
    "json": "lambent.wire.aws_json",
    "json-in-cbor": "lambent.wire.aws_cbor",
    "query": "lambent.wire.query",
    "ec2": "lambent.wire.ec2",
    "rest-json": "lambent.wire.rest_json",
    "rest-xml": "lambent.wire.rest_xml",
    "smithy-rpc-v2-cbor": "lambent.wire.cbor",
}


class WireProtocol(Struct, frozen=True):
    """One protocol. ``parse`` gives the parameters of a request, checked against the model."""

    parse: Callable[[Operation, Request, Mapping[str, str]], dict[str, Any]]
    serialize: Callable[[Operation, Reply, str], Response]  # the reply, and the request's id
    serialize_error: Callable[[Operation | None, ServiceError, str], Response]


@functools.cache
def protocol(name: str) -> WireProtocol:
    """The protocol that the models call ``name``."""
    spoken = module(name)
    parse = spoken.parse

    def parse_and_check(operation: Operation, request: Request, labels: Mapping[str, str]) -> dict[str, Any]:
        parameters: dict[str, Any] = parse(operation, request, labels)
        constraints.check(operation, parameters)
        return parameters

    if name != "json":
        return WireProtocol(parse_and_check, spoken.serialize, spoken.serialize_error)

    def parse_json(operation: Operation, request: Request, labels: Mapping[str, str]) -> dict[str, Any]:
        parameters = valid_json.parse(operation, request.body)
        return parameters if parameters is not None else parse_and_check(operation, request, labels)

    return WireProtocol(parse_json, spoken.serialize, spoken.serialize_error)


def module(name: str) -> ModuleType:
    """The module of a protocol, which is imported when it is first spoken. Its ``parse`` does not check constraints."""
    return importlib.import_module(_MODULES[name])
