"""The protocols by their names in the models. All of them have the same three functions."""

import functools
import importlib
from collections.abc import Mapping
from typing import Any, Protocol, cast

from lambent.core.errors import ServiceError
from lambent.core.ports import Reply
from lambent.wire.http import Request, Response
from lambent.wire.models import Operation

_MODULES = {
    "json": "aws_json",
    "query": "query",
    "ec2": "ec2",
    "rest-json": "rest_json",
    "rest-xml": "rest_xml",
    "smithy-rpc-v2-cbor": "cbor",
}


class WireProtocol(Protocol):
    """One protocol."""

    def parse(self, operation: Operation, request: Request, labels: Mapping[str, str]) -> dict[str, Any]:
        """The parameters of a request. Raises ServiceErrors of ``wire.problems``."""
        ...

    def serialize(self, operation: Operation, reply: Reply, request_id: str) -> Response:
        """The response that carries a reply."""
        ...

    def serialize_error(self, operation: Operation | None, error: ServiceError, request_id: str) -> Response:
        """The response that carries an error."""
        ...


@functools.cache
def protocol(name: str) -> WireProtocol:
    """The protocol that the models call ``name``; its module is imported when it is first spoken."""
    return cast("WireProtocol", importlib.import_module(f"lambent.wire.{_MODULES[name]}"))
