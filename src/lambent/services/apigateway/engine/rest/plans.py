"""A stage as visitors reach it: the documents of its deployment's snapshot, compiled to what a request needs.

What is wrong in a snapshot shows where a request comes upon it: everything else of the API goes on.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import re2
from msgspec import Struct

from lambent.core.context import Scope
from lambent.core.ports import LogStreamName
from lambent.lang.iam_policy import InvalidPolicy, Policy, parse
from lambent.services.apigateway.engine import access_log, throttle
from lambent.services.apigateway.engine.http.routing import Routes
from lambent.services.apigateway.engine.rest import apis, parts, refusals, schemas
from lambent.services.apigateway.engine.rest.authorizing import AuthorizerPlan
from lambent.services.apigateway.engine.rest.stage_settings import method_key
from lambent.services.apigateway.engine.throttle import Bucket

ALL_METHODS = "*/*"
_FUNCTION = re.compile(r"arn:[a-z-]+:apigateway:[^:]+:lambda:path/2015-03-31/functions/(.+)/invocations")
_SERVICE = re.compile(
    r"arn:[a-z-]+:apigateway:(?P<region>[^:]+):(?P<service>[^:]+):(?P<kind>path|action)/(?P<rest>.*)", re.DOTALL
)


class ResponsePlan(Struct, frozen=True):
    """``pattern``: None of the one that is taken where no other fits."""

    status: int
    pattern: Any
    parameters: Mapping[str, str]
    templates: Mapping[str, str]
    content_handling: str


class ServicePlan(Struct, frozen=True):
    """An operation of a service: by its name, or as a path."""

    region: str
    service: str  # as hosts name it: "states"
    action: str
    path: str


class IntegrationPlan(Struct, frozen=True):
    kind: str  # AWS_PROXY, AWS, HTTP_PROXY, HTTP, MOCK
    uri: str
    verb: str
    credentials: str
    parameters: Mapping[str, str]
    templates: Mapping[str, str]
    passthrough: str
    content_handling: str
    timeout_s: float
    responses: Sequence[ResponsePlan]

    @property
    def is_proxy(self) -> bool:
        return self.kind.endswith("_PROXY")


@dataclass(slots=True)
class MethodPlan:
    resource_id: str
    path: str
    verb: str  # may be ANY
    authorization: str
    authorizer: AuthorizerPlan | None
    needs_key: bool
    required: Sequence[str]  # "querystring.q"
    checks_body: bool
    body_models: Mapping[str, str]  # names by content type
    integration: IntegrationPlan | None
    response_models: Mapping[str, Mapping[str, str]]  # names by content type, by status
    bucket: Bucket | None
    _checks: dict[str, schemas.Check] = field(default_factory=dict)

    def body_check(self, content_type: str, models: Mapping[str, str]) -> schemas.Check | None:
        """What a body of this type is held against. Raises InvalidSchema."""
        name = self.body_models.get(content_type) or self.body_models.get("$default")
        if name is None:
            return None
        if name not in self._checks:
            self._checks[name] = schemas.compiled(name, models)
        return self._checks[name]


class StagePlan:
    """One deployment as one stage serves it."""

    def __init__(self, scope: Scope, stage: Mapping[str, Any], snapshot: Mapping[str, Any], *, is_canary: bool = False) -> None:
        self.scope = scope
        self.is_canary = is_canary
        api: Mapping[str, Any] = snapshot["api"]
        self.api_id: str = api["id"]
        self.api_name: str = api["name"]
        self.stage: str = stage["stageName"]
        canary = stage.get("canarySettings") or {}
        self.deployment_id: str = canary["deploymentId"] if is_canary else stage["deploymentId"]
        overrides = canary.get("stageVariableOverrides", {}) if is_canary else {}
        self.variables: Mapping[str, str] = {**stage.get("variables", {}), **overrides}
        self.is_endpoint_disabled: bool = api["disableExecuteApiEndpoint"]
        self.key_source: str = api["apiKeySource"]
        self.binary_types: Sequence[str] = api.get("binaryMediaTypes", ())
        self.policy_text = apis.effective_policy(scope, api)
        self.policy: Policy | None = _policy(self.policy_text)
        self.models: Mapping[str, str] = {model["name"]: model["schema"] for model in snapshot[parts.MODEL.name]}
        self.gateway_responses = {given["responseType"]: given for given in snapshot[parts.GATEWAY_RESPONSE.name]}
        self._settings: Mapping[str, Mapping[str, Any]] = stage.get("methodSettings", {})
        self._authorizers = {authorizer["id"]: AuthorizerPlan(authorizer) for authorizer in snapshot[parts.AUTHORIZER.name]}
        self._validators = {validator["id"]: validator for validator in snapshot[parts.VALIDATOR.name]}
        self.bucket = _bucket(self._settings.get(ALL_METHODS))
        self.routes: Routes[MethodPlan] = Routes(
            (f"{verb} {resource['path']}", self._method(resource, verb, method))
            for resource in snapshot[parts.RESOURCE.name]
            for verb, method in resource.get("resourceMethods", {}).items()
        )
        logs = stage.get("accessLogSettings") or {}
        self.log_format = access_log.LineFormat(logs["format"]) if logs.get("format") else None
        self.log_stream: LogStreamName | None = access_log.log_stream(logs.get("destinationArn", ""), self.api_id, self.stage)

    def is_binary(self, content_type: str) -> bool:
        """Whether bodies of this type are bytes, and not text."""
        kind = content_type.partition(";")[0].strip().lower()
        return any(_is_of_type(kind, wanted.lower()) for wanted in self.binary_types)

    def method_of(self, snapshot: Mapping[str, Any], resource_id: str, verb: str) -> MethodPlan:
        """One that may stand in no route: for a trial."""
        resource = next(resource for resource in snapshot[parts.RESOURCE.name] if resource["id"] == resource_id)
        return self._method(resource, verb, resource["resourceMethods"][verb])

    def _method(self, resource: Mapping[str, Any], verb: str, method: Mapping[str, Any]) -> MethodPlan:
        validator = self._validators.get(method.get("requestValidatorId", ""), {})
        given = method.get("requestParameters", {}) if validator.get("validateRequestParameters") else {}
        integration = method.get("methodIntegration")
        return MethodPlan(
            resource_id=resource["id"],
            path=resource["path"],
            verb=verb,
            authorization=method["authorizationType"],
            authorizer=self._authorizers.get(method.get("authorizerId", "")),
            needs_key=method["apiKeyRequired"],
            required=[name.removeprefix("method.request.") for name, is_required in given.items() if is_required],
            checks_body=bool(validator.get("validateRequestBody")),
            body_models=method.get("requestModels", {}),
            integration=_integration(integration) if integration is not None else None,
            response_models={
                status: response.get("responseModels", {}) for status, response in method.get("methodResponses", {}).items()
            },
            bucket=_bucket(self._settings.get(method_key(resource["path"], verb))),
        )


class StageOfApi(Struct, frozen=True):
    """A stage with its canary, which takes ``canary_fraction`` of its visitors."""

    main: StagePlan
    canary: StagePlan | None = None
    canary_fraction: float = 0.0

    def chosen(self, chance: float) -> StagePlan:
        return self.canary if self.canary is not None and chance < self.canary_fraction else self.main


def function_of(uri: str) -> str | None:
    """The ARN of the function that an integration's or an authorizer's address names."""
    found = _FUNCTION.fullmatch(uri)
    return found[1] if found is not None else None


def service_of(uri: str) -> ServicePlan:
    """Raises Refusal."""
    found = _SERVICE.fullmatch(uri)
    if found is None:
        raise refusals.misconfigured(f"{uri} names no service")
    is_action = found["kind"] == "action"
    rest = found["rest"]
    action = re.sub(r"^Action=|&.*", "", rest) if is_action else ""
    return ServicePlan(found["region"], found["service"], action, "" if is_action else f"/{rest.removeprefix('/')}")


def _integration(given: Mapping[str, Any]) -> IntegrationPlan:
    return IntegrationPlan(
        kind=given["type"],
        uri=given.get("uri", ""),
        verb=given.get("httpMethod", ""),
        credentials=given.get("credentials", ""),
        parameters=given.get("requestParameters", {}),
        templates=given.get("requestTemplates", {}),
        passthrough=given.get("passthroughBehavior", "WHEN_NO_MATCH"),
        content_handling=given.get("contentHandling", ""),
        timeout_s=given["timeoutInMillis"] / 1_000,
        responses=[_response(response) for response in given.get("integrationResponses", {}).values()],
    )


def _response(given: Mapping[str, Any]) -> ResponsePlan:
    pattern = given.get("selectionPattern")
    return ResponsePlan(
        status=int(given["statusCode"]),
        pattern=_pattern(pattern) if pattern else None,
        parameters=given.get("responseParameters") or {},
        templates=given.get("responseTemplates") or {},
        content_handling=given.get("contentHandling", ""),
    )


def _pattern(text: str) -> Any:
    """One that cannot be read fits nothing."""
    try:
        return re2.compile(f"(?s){text}")
    except re2.error:
        return re2.compile(r"$.^")


def _policy(text: str) -> Policy | None:
    try:
        return parse(text) if text else None
    except InvalidPolicy:
        return None


def _bucket(settings: Mapping[str, Any] | None) -> Bucket | None:
    if settings is None:
        return None
    rate, burst = settings["throttlingRateLimit"], settings["throttlingBurstLimit"]
    return throttle.bucket(rate_per_s=None if rate < 0 else rate, burst=None if burst < 0 else burst)


def _is_of_type(kind: str, wanted: str) -> bool:
    if wanted in ("*/*", "*"):
        return True
    group, _, name = wanted.partition("/")
    return kind == wanted or (name == "*" and kind.startswith(f"{group}/"))
