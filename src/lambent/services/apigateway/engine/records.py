"""What an HTTP or WebSocket API is made of: frozen records, as the tables keep them and the data plane reads them.

Names and defaults are those of https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/resources.html, with units.
"""

from collections.abc import Mapping

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.apigateway.engine.v2.resources import Model

HTTP, WEBSOCKET = "HTTP", "WEBSOCKET"
DEFAULT_STAGE = "$default"
DEFAULT_ROUTE = "$default"
TIMEOUT_MS_DEFAULT: Mapping[str, int] = {HTTP: 30_000, WEBSOCKET: 29_000}


class Cors(Struct, frozen=True):
    allow_origins: tuple[str, ...] = ()
    allow_methods: tuple[str, ...] = ()
    allow_headers: tuple[str, ...] = ()
    expose_headers: tuple[str, ...] = ()
    max_age_s: int | None = None
    allow_credentials: bool = False


class Api(Struct, frozen=True):
    scope: Scope
    api_id: str  # 10 characters, unique in all accounts
    name: str
    protocol_type: str  # HTTP or WEBSOCKET
    created_at: Instant
    description: str = ""
    version: str = ""
    route_selection_expression: str = "${request.method} ${request.path}"
    api_key_selection_expression: str = "$request.header.x-api-key"
    cors: Cors | None = None
    disable_execute_api_endpoint: bool = False
    disable_schema_validation: bool = False
    ip_address_type: str = "ipv4"
    is_managed: bool = False


class Integration(Struct, frozen=True):
    integration_id: str
    integration_type: str  # AWS_PROXY, HTTP_PROXY; WebSocket APIs also AWS, HTTP, MOCK
    integration_uri: str = ""
    integration_method: str = ""
    integration_subtype: str = ""  # "SQS-SendMessage": a service's operation instead of a function
    connection_type: str = "INTERNET"
    connection_id: str = ""
    credentials_arn: str = ""
    payload_format_version: str = "1.0"
    timeout_ms: int = 30_000
    request_parameters: dict[str, str] = {}
    response_parameters: dict[str, dict[str, str]] = {}  # by status: "200", "4XX" …
    request_templates: dict[str, str] = {}
    template_selection_expression: str = ""
    passthrough_behavior: str = ""
    content_handling_strategy: str = ""
    tls_server_name: str = ""
    description: str = ""
    is_managed: bool = False


class Route(Struct, frozen=True):
    route_id: str
    route_key: str  # "GET /items/{id}", "ANY /{proxy+}", "$default", "$connect", "sendMessage"
    target: str = ""  # "integrations/abc1234"
    authorization_type: str = "NONE"  # NONE, JWT, CUSTOM, AWS_IAM
    authorizer_id: str = ""
    authorization_scopes: tuple[str, ...] = ()
    operation_name: str = ""
    is_api_key_required: bool = False
    model_selection_expression: str = ""
    request_models: dict[str, str] = {}
    request_parameters: dict[str, bool] = {}  # whether a parameter is required
    route_response_selection_expression: str = ""
    is_managed: bool = False

    @property
    def integration_id(self) -> str:
        return self.target.removeprefix("integrations/")


class Authorizer(Struct, frozen=True):
    authorizer_id: str
    name: str
    authorizer_type: str  # JWT or REQUEST
    authorizer_uri: str = ""
    credentials_arn: str = ""
    identity_sources: tuple[str, ...] = ()
    issuer: str = ""
    audience: tuple[str, ...] = ()
    payload_format_version: str = ""
    enables_simple_responses: bool = False
    result_ttl_s: int = 300
    identity_validation_expression: str = ""


class RouteSettings(Struct, frozen=True):
    throttling_burst_limit: int | None = None
    throttling_rate_limit: float | None = None  # requests a second
    is_detailed_metrics_enabled: bool = False
    is_data_trace_enabled: bool = False
    logging_level: str = ""


class AccessLog(Struct, frozen=True):
    destination_arn: str
    format: str


class Stage(Struct, frozen=True):
    stage_name: str
    created_at: Instant
    updated_at: Instant
    description: str = ""
    is_auto_deploy: bool = False
    deployment_id: str = ""
    variables: dict[str, str] = {}
    default_route_settings: RouteSettings = RouteSettings()
    route_settings: dict[str, RouteSettings] = {}  # by route key
    access_log: AccessLog | None = None
    client_certificate_id: str = ""
    last_deployment_status_message: str = ""
    is_managed: bool = False


class IntegrationResponse(Struct, frozen=True):
    """Of WebSocket APIs."""

    integration_response_id: str
    integration_id: str
    integration_response_key: str
    content_handling_strategy: str = ""
    response_parameters: dict[str, str] = {}
    response_templates: dict[str, str] = {}
    template_selection_expression: str = ""


class RouteResponse(Struct, frozen=True):
    """Of WebSocket APIs: "$default" is the only key."""

    route_response_id: str
    route_id: str
    route_response_key: str
    model_selection_expression: str = ""
    response_models: dict[str, str] = {}
    response_parameters: dict[str, bool] = {}  # whether a parameter is required


class Snapshot(Struct, frozen=True):
    """What a deployment serves: the API's parts as they stood when it was made."""

    routes: tuple[Route, ...] = ()
    integrations: tuple[Integration, ...] = ()
    authorizers: tuple[Authorizer, ...] = ()
    route_responses: tuple[RouteResponse, ...] = ()
    integration_responses: tuple[IntegrationResponse, ...] = ()
    models: tuple[Model, ...] = ()


class Deployment(Struct, frozen=True):
    deployment_id: str
    created_at: Instant
    description: str = ""
    is_auto_deployed: bool = False
    status: str = "DEPLOYED"
    status_message: str = ""


class Published(Struct, frozen=True):
    """One stage as visitors reach it."""

    api: Api
    stage: Stage
    snapshot: Snapshot
