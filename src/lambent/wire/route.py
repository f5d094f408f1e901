"""Which operation a request is for: by target header, by rpc path, by Action, or by method and path of one service.

The service comes from the signature's scope, else from the Host, else from a path that only one service has. What that takes
to know stands in small tables here, so that no model is loaded but the one whose operation is called.
"""

import functools
import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from lambent.wire import models, paths, problems, sigv4, uri
from lambent.wire.http import Request
from lambent.wire.models import Operation

ROUTES_CACHED_MAX = 4_096

# What each service is called on the wire. Services that are not here have to be loaded before a request can name them.
_TARGETS = {
    "Logs_20140328": "logs",
    "AmazonSQS": "sqs",
    "DynamoDB_20120810": "dynamodb",
    "DynamoDBStreams_20120810": "dynamodbstreams",
    "Kinesis_20131202": "kinesis",
    "AWSStepFunctions": "stepfunctions",
    "AWSEvents": "events",
    "GraniteServiceVersion20100801": "cloudwatch",
    "AmazonEC2ContainerRegistry_V20150921": "ecr",
}
_SIGNING_NAMES = {
    "lambda": ("lambda",),
    "s3": ("s3",),
    "logs": ("logs",),
    "iam": ("iam",),
    "sts": ("sts",),
    "sqs": ("sqs",),
    "sns": ("sns",),
    "dynamodb": ("dynamodb", "dynamodbstreams"),
    "kinesis": ("kinesis",),
    "states": ("stepfunctions",),
    "events": ("events",),
    "scheduler": ("scheduler",),
    "pipes": ("pipes",),
    "apigateway": ("apigateway", "apigatewayv2"),
    "execute-api": ("apigatewaymanagementapi",),
    "monitoring": ("cloudwatch",),
    "ecr": ("ecr",),
}
_QUERY_VERSIONS = {
    "2010-05-08": "iam",
    "2011-06-15": "sts",
    "2010-03-31": "sns",
    "2010-08-01": "cloudwatch",
    "2012-11-05": "sqs",
}
_QUERY_SERVICES = frozenset(_QUERY_VERSIONS.values())
# The links that SNS sends out are followed unsigned and name no version.
_LINKED_ACTIONS = {"ConfirmSubscription": "sns", "Unsubscribe": "sns"}
_REST_SERVICES = ("lambda", "s3", "scheduler", "pipes", "apigateway", "apigatewayv2", "apigatewaymanagementapi")

# The first segment of the paths of unsigned requests. What nothing here claims is a bucket's name.
_FIRST_SEGMENTS = (
    (re.compile(r"20\d\d-\d\d-\d\d"), "lambda"),
    (re.compile(r"v2"), "apigatewayv2"),
    (
        re.compile(
            r"restapis|apikeys|usageplans|domainnames|domainnameaccessassociations|vpclinks|clientcertificates|sdktypes"
        ),
        "apigateway",
    ),
    (re.compile(r"schedules|schedule-groups"), "scheduler"),
)
_CONNECTIONS = "/@connections/"
_S3_HOST = re.compile(r"(?:(?P<bucket>.+)\.)?s3(?:[.-](?:dualstack\.)?[a-z]{2}(?:-[a-z]+)+-\d)?\.(?!s3\.).+")
_LOCAL_HOST = re.compile(r"(?P<bucket>.+)\.localhost")
_HOST_PREFIX = re.compile(r"^(?:sync|stream|streaming|data|api)-")
_RPC_PATH = re.compile(r".*/service/([^/]+)/operation/([^/]+)")
# Older clients of SQS call the queue's own URL, and name neither the queue nor, sometimes, the version besides.
_QUEUE_PATH = re.compile(r"/\d{12}/[^/]+/?")
_OLDER_QUEUE_HOST = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d\.queue\..+")


class Route(Struct, frozen=True):
    """What a request asks for, the protocol that it speaks, and the labels of its path, decoded."""

    operation: Operation
    protocol: str
    labels: Mapping[str, str]


SITES_PATH = "/_aws/"
"""Below it stand the addresses of sites that users made, by their kinds; no bucket has such a name."""

_NO_LABELS: Mapping[str, str] = {}


class Router:
    """Routes requests to the operations of the services that one platform serves."""

    def __init__(self, service_names: Iterable[str]) -> None:
        self._served = frozenset(service_names)
        self._targets: dict[str, Route] = {}

    def route(self, request: Request) -> Route:
        """Raises the ServiceErrors of ``wire.problems`` for a request that names no operation of a served service."""
        target = request.headers.get("x-amz-target")
        if target is not None:
            route = self._targets.get(target) or self._route_target(target, request)
            return _in_cbor(route) if _speaks_cbor(request) else route
        if "smithy-protocol" in request.headers:
            return self._route_rpc(request.path)
        service_name = _service_of_scope(request)
        if service_name not in _REST_SERVICES:
            action = _action_of(request, service_name)
            if action is not None:
                return self._route_action(*action, request)
        return self._route_path(service_name, request)

    def protocol_of(self, request: Request) -> str:
        """The protocol in which a request that has no route is answered."""
        if "x-amz-target" in request.headers:
            return "json-in-cbor" if _speaks_cbor(request) else "json"
        if "smithy-protocol" in request.headers:
            return "smithy-rpc-v2-cbor"
        scope = sigv4.scope_of(request)
        names = _SIGNING_NAMES.get(scope.service, ()) if scope is not None else ()
        service_name = names[0] if names else None
        if service_name in _QUERY_SERVICES or (service_name is None and "Action=" in _form_of(request)):
            return "query"
        if scope is not None and not names:
            return "rest-json"  # as most services speak that have neither targets nor actions
        if service_name is None and request.path.startswith(SITES_PATH):
            return "rest-json"
        is_s3 = (service_name or _service_of_host(_host(request)) or _service_of_path(request.path)) == "s3"
        return "rest-xml" if is_s3 else "rest-json"

    def _route_target(self, target: str, request: Request) -> Route:
        prefix, _, name = target.rpartition(".")
        service_name = _TARGETS.get(prefix)
        if service_name is None:
            _service_of_scope(request)  # who signed for a service that is not here is told so
            raise problems.UnknownTarget
        operation = self._service(service_name).operation(name)
        if operation is None:
            raise problems.UnknownTarget
        route = Route(operation, "json", _NO_LABELS)
        if len(self._targets) < ROUTES_CACHED_MAX:
            self._targets[target] = route
        return route

    def _route_rpc(self, path: str) -> Route:
        match = _RPC_PATH.fullmatch(path)
        service_name = _TARGETS.get(match[1]) if match else None
        if match is None or service_name is None:
            raise problems.UnknownOperation
        operation = self._service(service_name).operation(match[2])
        if operation is None:
            raise problems.UnknownOperation
        return Route(operation, "smithy-rpc-v2-cbor", _NO_LABELS)

    def _route_action(self, service_name: str, action: str, version: str, request: Request) -> Route:
        self._check_served(service_name)
        operation = models.query_service(service_name).operation(action)
        if operation is None:
            raise problems.InvalidAction(action=action, version=version)
        if service_name == "sqs" and _QUEUE_PATH.fullmatch(request.path):
            return Route(operation, "query", {"QueueUrl": f"http://{request.headers.get('host', '')}{request.path}"})
        return Route(operation, "query", _NO_LABELS)

    def _route_path(self, scope_name: str | None, request: Request) -> Route:
        host, path = _host(request), request.path
        service_name = scope_name or _service_of_host(host)
        if service_name in ("s3", None):
            bucket = _bucket_of_host(host, is_signed=scope_name == "s3")
            if bucket is not None:
                service_name, path = "s3", f"/{bucket}{path if path.startswith('/') else '/' + path}"
        if service_name == "apigatewaymanagementapi":
            # A function calls it below its API's stage; where the host is not the API's, the connection's id is enough.
            path = path[max(path.find(_CONNECTIONS), 0) :]
        if service_name is None and path.startswith(SITES_PATH):
            raise problems.UnknownSite(path=path)
        if service_name is None or (service_name == "apigateway" and path.startswith("/v2/")):
            service_name = _service_of_path(path)
        service = self._service(service_name)
        if not service.protocol.startswith("rest-"):
            raise problems.MissingAction if "query" in service.protocols else problems.UnknownOperation
        found = paths.tree(service).find(request.method, path, request.query, request.headers)
        if found is None:
            raise problems.MethodNotAllowed if service_name == "s3" else problems.UnknownOperation
        return Route(found[0], service.protocol, found[1])

    def _service(self, name: str) -> models.Service:
        self._check_served(name)
        return models.service(name)

    def _check_served(self, name: str) -> None:
        if name not in self._served:
            raise problems.ServiceNotServed(service=name)


def _speaks_cbor(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("application/x-amz-cbor")


def _in_cbor(route: Route) -> Route:
    return Route(route.operation, "json-in-cbor", route.labels)


def _service_of_scope(request: Request) -> str | None:
    scope = sigv4.scope_of(request)
    if scope is None:
        return None
    names = _SIGNING_NAMES.get(scope.service)
    if names is None:
        raise problems.ServiceNotServed(service=scope.service)
    return names[0]


def _host(request: Request) -> str:
    host = request.headers.get("host", "")
    return (host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host).lower()


def _action_of(request: Request, scope_name: str | None) -> tuple[str, str, str] | None:
    """Service, Action and Version of a query request, from its form or from its URL; None where it is not one."""
    form = _form_of(request)
    if "Action=" not in form:
        return None
    found = dict(uri.pairs(form))
    action, version = found.get("Action", ""), found.get("Version", "")
    service_name = scope_name or _QUERY_VERSIONS.get(version) or _LINKED_ACTIONS.get(action) or _service_of_host(_host(request))
    if service_name is None and _QUEUE_PATH.fullmatch(request.path):
        service_name = "sqs"
    return (service_name, action, version) if action and service_name in _QUERY_SERVICES else None


def _form_of(request: Request) -> str:
    if request.method == "POST" and "x-www-form-urlencoded" in request.headers.get("content-type", ""):
        return request.body.decode("utf-8", "replace")
    return request.query


@functools.lru_cache(maxsize=ROUTES_CACHED_MAX)
def _service_of_host(host: str) -> str | None:
    """The service that a host name tells: sqs.us-east-1.localhost, sync-states.us-east-1.amazonaws.com."""
    if _S3_HOST.fullmatch(host):
        return "s3"
    if _OLDER_QUEUE_HOST.fullmatch(host):
        return "sqs"
    label, _, rest = host.partition(".")
    names = _SIGNING_NAMES.get(_HOST_PREFIX.sub("", label)) if rest else None
    return names[0] if names is not None else None


@functools.lru_cache(maxsize=ROUTES_CACHED_MAX)
def _bucket_of_host(host: str, *, is_signed: bool) -> str | None:
    """The bucket of a virtual-hosted request; a bare ``name.localhost`` counts where the signature says S3."""
    match = _S3_HOST.fullmatch(host) or (_LOCAL_HOST.fullmatch(host) if is_signed else None)
    return match["bucket"] if match else None


def _service_of_path(path: str) -> str:
    first = path[1:].partition("/")[0]
    return next((name for pattern, name in _FIRST_SEGMENTS if pattern.fullmatch(first)), "s3")
