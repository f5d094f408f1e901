"""botocore's service models: found, decoded and linked on first use; one ``Operation`` object for each operation.

Only ``service-2.json`` of the latest API version is read, without its documentation and without botocore's session, loader or
HTTP client: those would cost a start-up a tenth of a second and the process many megabytes.
"""

import functools
import gzip
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import botocore
import msgspec

from lambent.core.errors import Defect
from lambent.wire import sqs_query

DATA = Path(botocore.__file__).parent / "data"
PROTOCOLS = ("smithy-rpc-v2-cbor", "json", "rest-json", "rest-xml", "query", "ec2")

Location = Literal["uri", "querystring", "header", "headers", "statusCode"]


class ErrorTrait(msgspec.Struct, rename="camel", eq=False):
    """What the model says of an error: the code that the query protocol uses, and the status."""

    code: str | None = None
    http_status_code: int | None = None
    sender_fault: bool = False


class XmlNamespace(msgspec.Struct, eq=False):
    uri: str
    prefix: str | None = None


class Ref(msgspec.Struct, rename="camel", eq=False):
    """How one shape stands in another: a member of a structure, an element of a list, a key or a value of a map.

    Traits that the reference leaves out are those of the shape it refers to, as botocore merges them.
    """

    shape_name: str = msgspec.field(name="shape")
    location: Location | None = None
    location_name: str | None = None
    query_name: str | None = None
    timestamp_format: str | None = None
    xml_namespace: str | XmlNamespace | None = None
    xml_attribute: bool = False
    flattened: bool = False
    streaming: bool = False
    jsonvalue: bool = False
    idempotency_token: bool = False
    eventpayload: bool = False
    eventheader: bool = False
    host_label: bool = False
    result_wrapper: str | None = None
    linked: Any = msgspec.field(default=None, name="(shape)")  # the Shape; no model names such a field

    @property
    def shape(self) -> "Shape":
        shape: Shape = self.linked
        return shape

    @property
    def type(self) -> str:
        shape: Shape = self.linked
        return shape.type


class Shape(msgspec.Struct, rename="camel", eq=False):
    """One shape of a model, linked to the shapes that it is made of."""

    type: str
    name: str = msgspec.field(default="", name="(name)")
    members: dict[str, Ref] = {}
    required: list[str] = []
    member: Ref | None = None
    key: Ref | None = None
    value: Ref | None = None
    min: float | None = None
    max: float | None = None
    pattern: str | None = None
    enum: list[str] = []
    payload: str | None = None
    error: ErrorTrait | None = None
    exception: bool = False
    eventstream: bool = False
    event: bool = False
    document: bool = False
    union: bool = False
    sensitive: bool = False
    box: bool = False
    location_name: str | None = None
    timestamp_format: str | None = None
    xml_namespace: str | XmlNamespace | None = None
    flattened: bool = False
    streaming: bool = False
    jsonvalue: bool = False

    def refs(self) -> Iterator[Ref]:
        yield from self.members.values()
        for ref in (self.member, self.key, self.value):
            if ref is not None:
                yield ref


class _Http(msgspec.Struct, rename="camel"):
    method: str = "POST"
    request_uri: str = "/"
    response_code: int = 200


class _Endpoint(msgspec.Struct, rename="camel"):
    host_prefix: str | None = None


class _Named(msgspec.Struct):
    shape: str


class _OperationModel(msgspec.Struct, rename="camel"):
    name: str
    http: _Http = msgspec.field(default_factory=_Http)
    input: Ref | None = None
    output: Ref | None = None
    errors: list[_Named] = []
    endpoint: _Endpoint | None = None
    deprecated: bool = False


class Metadata(msgspec.Struct, rename="camel"):
    """The head of a model, as far as the wire needs it."""

    api_version: str = ""
    protocol: str = ""
    protocols: list[str] = []
    json_version: str = "1.1"
    target_prefix: str = ""
    endpoint_prefix: str = ""
    signing_name: str = ""
    service_id: str = ""
    xml_namespace: str | XmlNamespace | None = None
    aws_query_compatible: dict[str, Any] | None = None


class Model(msgspec.Struct):
    """A whole model as it stands in its file."""

    metadata: Metadata
    operations: dict[str, _OperationModel] = {}
    shapes: dict[str, Shape] = {}


class Operation:
    """One operation of a service: one object however often it is asked for, so that protocols key their plans by it."""

    def __init__(self, service: "Service", model: _OperationModel) -> None:
        self.service = service
        self.name = model.name
        self.method_name: str = botocore.xform_name(model.name)
        self.http_method = model.http.method
        self.http_uri = model.http.request_uri
        self.status = model.http.response_code
        self.is_deprecated = model.deprecated
        self.host_prefix = model.endpoint.host_prefix if model.endpoint else None
        self.input = model.input
        self.output = model.output
        self.errors = tuple(error.shape for error in model.errors)
        self.input_shape = model.input.shape if model.input else None
        self.output_shape = model.output.shape if model.output else None
        self.streaming_input = _streaming_member(self.input_shape)
        self.streaming_output = _streaming_member(self.output_shape)
        self.event_stream_output = _event_stream_member(self.output_shape)

    def __repr__(self) -> str:
        return f"<Operation {self.service.name}.{self.name}>"


class Service:
    """One service: what its model's head says, and its operations, each made when first asked for."""

    def __init__(self, name: str, model: Model) -> None:
        self.name = name
        self.metadata = model.metadata
        self.shapes = model.shapes
        self.protocols = tuple(model.metadata.protocols) or (model.metadata.protocol,)
        self.signing_name = model.metadata.signing_name or model.metadata.endpoint_prefix
        self.is_query_compatible = model.metadata.aws_query_compatible is not None
        self._models = model.operations
        self._operations: dict[str, Operation] = {}
        _link(model)

    @property
    def protocol(self) -> str:
        """The protocol that the newest clients speak."""
        return self.protocols[0]

    @functools.cached_property
    def _errors_by_code(self) -> dict[str, Shape]:
        errors = [shape for shape in self.shapes.values() if shape.exception or shape.error is not None]
        by_code = {shape.error.code: shape for shape in errors if shape.error is not None and shape.error.code}
        return by_code | {shape.name: shape for shape in errors}

    def error(self, code: str) -> Shape | None:
        """The error shape of this name, or with this code in the query protocol."""
        return self._errors_by_code.get(code)

    def operation(self, name: str) -> Operation | None:
        """The operation that AWS calls ``name``, or None."""
        found = self._operations.get(name)
        if found is None and name in self._models:
            found = self._operations[name] = Operation(self, self._models[name])
        return found

    def operations(self) -> Iterator[Operation]:
        for name in self._models:
            operation = self.operation(name)
            assert operation is not None
            yield operation

    def __repr__(self) -> str:
        return f"<Service {self.name}>"


@functools.cache
def service(name: str) -> Service:
    """The service that botocore calls ``name``. Raises Defect where botocore has none of that name."""
    folder = _latest_version(name)
    data = gzip.decompress((folder / "service-2.json.gz").read_bytes())
    extras = folder / "service-2.sdk-extras.json"
    if extras.exists():
        return Service(name, _with_extras(data, extras.read_bytes()))
    model = msgspec.json.decode(data, type=Model)
    if name == "lambda":
        _tell_executions(model)
    return Service(name, model)


def is_known(name: str) -> bool:
    """Whether botocore has a service of that name."""
    return name.replace("-", "").isalnum() and (DATA / name).is_dir()


@functools.cache
def query_service(name: str) -> Service:
    """The service with the names of the query protocol; those that SQS' model has lost stand in ``sqs_query``."""
    if name != "sqs":
        return service(name)
    document = msgspec.json.decode(gzip.decompress((_latest_version(name) / "service-2.json.gz").read_bytes()))
    _merge(document, sqs_query.overlay())
    return from_document(name, document)


def from_document(name: str, document: Mapping[str, Any]) -> Service:
    """A service from a model that is already at hand, as the protocol tests have them."""
    return Service(name, msgspec.convert(document, Model))


def _latest_version(name: str) -> Path:
    folder = DATA / name
    versions = sorted(path.parent for path in folder.glob("*/service-2.json.gz"))
    if not versions:
        raise Defect(f"botocore has no service called {name!r}")
    return versions[-1]


def _tell_executions(model: Model) -> None:
    """An invocation that is streamed says which durable execution it is as Invoke does; AWS' model has forgotten the header."""
    header = model.shapes["InvocationResponse"].members["DurableExecutionArn"]
    model.shapes["InvokeWithResponseStreamResponse"].members.setdefault("DurableExecutionArn", header)


def _with_extras(data: bytes, extras: bytes) -> Model:
    """The model with what botocore's own additions to it change (S3's ``Expires`` is a timestamp, for one)."""
    document = msgspec.json.decode(data)
    _merge(document, msgspec.json.decode(extras)["merge"])
    return msgspec.convert(document, Model)


def _merge(into: dict[str, Any], changes: dict[str, Any]) -> None:
    for key, change in changes.items():
        if isinstance(change, dict) and isinstance(into.get(key), dict):
            _merge(into[key], change)
        else:
            into[key] = change


def _link(model: Model) -> None:
    for name, shape in model.shapes.items():
        shape.name = name
        for ref in shape.refs():
            _link_ref(ref, model.shapes)
    for operation in model.operations.values():
        for root in (operation.input, operation.output):
            if root is not None:
                _link_ref(root, model.shapes)


def _link_ref(ref: Ref, shapes: dict[str, Shape]) -> None:
    shape = ref.linked = shapes[ref.shape_name]
    ref.location_name = ref.location_name or shape.location_name
    ref.timestamp_format = ref.timestamp_format or shape.timestamp_format
    ref.xml_namespace = ref.xml_namespace or shape.xml_namespace
    ref.flattened = ref.flattened or shape.flattened
    ref.streaming = ref.streaming or shape.streaming
    ref.jsonvalue = ref.jsonvalue or shape.jsonvalue


def _streaming_member(shape: Shape | None) -> str | None:
    if shape is None or shape.payload is None:
        return None
    ref = shape.members[shape.payload]
    return shape.payload if ref.streaming and ref.type == "blob" else None


def _event_stream_member(shape: Shape | None) -> str | None:
    if shape is None:
        return None
    return next((name for name, ref in shape.members.items() if ref.shape.eventstream), None)
