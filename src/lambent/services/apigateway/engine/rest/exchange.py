"""One request on its way through a REST API, and what is known of it: what ``$context`` and ``method.request`` name.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

import base64
from collections.abc import Mapping
from typing import Any

from lambent.core.clock import Instant
from lambent.services.apigateway.engine.events import payload_1
from lambent.services.apigateway.engine.rest.plans import MethodPlan, StagePlan
from lambent.wire import uri, web_events
from lambent.wire.http import Request

_NOT_TOLD = frozenset(("content-length", "content-md5", "max-forwards", "proxy-authenticate", "server", "www-authenticate"))
"""Headers of visitors that REST APIs hand on to nobody, beside those of one connection."""


class Exchange:
    """Filled on the way. ``path`` is decoded and stands below the stage."""

    __slots__ = (
        "at",
        "authorizer",
        "authorizing",
        "base_path",
        "context_path",
        "domain_name",
        "error",
        "extended_request_id",
        "function_status",
        "headers",
        "identity",
        "integration_error",
        "integration_latency_ms",
        "integration_request_id",
        "integration_status",
        "method",
        "override_request",
        "override_response",
        "path",
        "path_parameters",
        "plan",
        "query",
        "request",
        "request_id",
        "response_latency_ms",
        "response_length",
        "status",
        "trace_id",
    )

    def __init__(
        self,
        plan: StagePlan,
        request: Request,
        *,
        path: str,
        context_path: str,
        domain_name: str,
        source_ip: str,
        request_id: str,
        extended_request_id: str,
        trace_id: str,
        at: Instant,
    ) -> None:
        self.plan = plan
        self.request = request
        self.path = path
        self.context_path = context_path
        self.domain_name = domain_name
        self.request_id = request_id
        self.extended_request_id = extended_request_id
        self.trace_id = trace_id
        self.at = at
        self.identity = payload_1.identity(source_ip, request.headers.get("user-agent"))
        self.method: MethodPlan | None = None
        self.path_parameters: Mapping[str, str] = {}
        self.authorizer: Mapping[str, Any] | None = None
        self.error: dict[str, Any] = {}
        self.override_request: dict[str, Any] = {"header": {}, "querystring": {}, "path": {}}
        self.override_response: dict[str, Any] = {"header": {}}
        self.headers = payload_1.multi_value_headers(request, self._added_headers(source_ip), left_out=_NOT_TOLD)
        self.query = payload_1.grouped(uri.pairs(request.query))
        self.base_path = ""
        self.authorizing: dict[str, Any] = {}  # how the call of an authorizer went, as access logs name it
        self.integration_request_id = ""
        self.integration_status: int | None = None  # of who was called
        self.function_status: int | None = None  # what a function said behind AWS_PROXY
        self.integration_error = ""
        self.integration_latency_ms: float | None = None
        self.status: int | None = None
        self.response_length: int | None = None
        self.response_latency_ms: float | None = None

    def _added_headers(self, source_ip: str) -> Mapping[str, str]:
        """What the gateway says of where a request came from."""
        return web_events.forwarded(self.request, source_ip=source_ip, host=self.domain_name, trace_id=self.trace_id)

    def header(self, name: str) -> str | None:
        """The last of that name, however it is spelt."""
        values = self.header_values(name)
        return values[-1] if values else None

    def header_values(self, name: str) -> list[str]:
        wanted = name.lower()
        return next((values for key, values in self.headers.items() if key.lower() == wanted), [])

    @property
    def content_type(self) -> str:
        """Without parameters, as templates and models are chosen by it."""
        return (self.request.headers.get("content-type") or "application/json").partition(";")[0].strip().lower()

    @property
    def body_text(self) -> str:
        """The body as templates see it: base64 where its type is one of bytes."""
        body = self.request.body
        if self.plan.is_binary(self.request.headers.get("content-type", "")):
            return base64.b64encode(body).decode()
        return body.decode("utf-8", "replace")

    def parameter(self, place: str, name: str) -> str | None:
        """``method.request.{place}.{name}``."""
        match place:
            case "path":
                return self.path_parameters.get(name)
            case "querystring":
                values = self.query.get(name)
                return values[-1] if values else None
            case "multivaluequerystring":
                return ",".join(self.query[name]) if name in self.query else None
            case "header":
                return self.header(name)
            case "multivalueheader":
                return ",".join(self.header_values(name)) or None
        return None

    def context(self) -> dict[str, Any]:
        """``$context`` for templates and mappings. Overrides that a template sets in it are this exchange's."""
        plan, method = self.plan, self.method
        return {
            "accountId": plan.scope.account,
            "apiId": plan.api_id,
            "awsEndpointRequestId": self.integration_request_id,
            "customDomain": {"basePathMatched": self.base_path},
            "deploymentId": plan.deployment_id,
            "domainName": self.domain_name,
            "domainPrefix": self.domain_name.partition(".")[0].partition(":")[0],
            "error": self.error,
            "extendedRequestId": self.extended_request_id,
            "httpMethod": self.request.method,
            "identity": {name: "" if value is None else value for name, value in self.identity.items()},
            "isCanaryRequest": plan.is_canary,
            "path": self.context_path,
            "protocol": f"HTTP/{self.request.version}",
            "requestId": self.request_id,
            "requestTime": web_events.request_time(int(self.at)),
            "requestTimeEpoch": int(self.at * 1000),
            "resourceId": method.resource_id if method is not None else "",
            "resourcePath": method.path if method is not None else "",
            "stage": plan.stage,
            "xrayTraceId": self.trace_id,
            "authorizer": dict(self.authorizer or {}),
            "requestOverride": self.override_request,
            "responseOverride": self.override_response,
        }

    def variable(self, name: str) -> str | None:
        """A context variable for access logs, by its name behind ``$context.``."""
        own = {
            "status": self.status,
            "responseLength": self.response_length,
            "responseLatency": _rounded(self.response_latency_ms),
            "integrationLatency": _rounded(self.integration_latency_ms),
            "integration.latency": _rounded(self.integration_latency_ms),
            "integration.requestId": self.integration_request_id,
            "integrationStatus": self.integration_status,
            "integration.integrationStatus": self.integration_status,
            "integration.status": self.function_status or self.integration_status,
            "integrationErrorMessage": self.integration_error,
            "integration.error": self.integration_error,
            **{f"authorizer.{key}": found for key, found in self.authorizing.items()},
        }
        value: Any = own[name] if name in own else named(self.context(), name)
        if value is None or isinstance(value, dict):
            return None
        return ("true" if value else "false") if isinstance(value, bool) else str(value)

    def event_facts(self) -> payload_1.Facts:
        """What a function is told of this request."""
        plan, method = self.plan, self.method
        assert method is not None, "it has been found"
        return payload_1.Facts(
            account=plan.scope.account,
            api_id=plan.api_id,
            stage=plan.stage,
            resource=method.path,
            resource_id=method.resource_id,
            path=self.path,
            context_path=self.context_path,
            domain_name=self.domain_name,
            domain_prefix=self.domain_name.partition(".")[0].partition(":")[0],
            request_id=self.request_id,
            extended_request_id=self.extended_request_id,
            at=self.at,
            identity=self.identity,
            path_parameters=self.path_parameters,
            stage_variables=plan.variables,
            authorizer=self.authorizer,
            deployment_id=plan.deployment_id,
            version=None,
        )


def named(holder: Any, name: str) -> Any:
    """What stands at a dotted name; None where nothing does."""
    for part in name.split("."):
        if not isinstance(holder, Mapping):
            return None
        holder = holder.get(part)
    return holder


def _rounded(latency_ms: float | None) -> int | None:
    return None if latency_ms is None else round(latency_ms)
