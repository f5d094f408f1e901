"""What is told of APIs and their parts, as AWS shapes it, and which members stand for which fields."""

from collections.abc import Mapping
from typing import Any

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.apigateway.engine.records import (
    HTTP,
    WEBSOCKET,
    AccessLog,
    Api,
    Authorizer,
    Cors,
    Deployment,
    Integration,
    IntegrationResponse,
    Route,
    RouteResponse,
    RouteSettings,
    Stage,
)
from lambent.services.apigateway.engine.v2.resources import ApiMapping, DomainName, Model, VpcLink
from lambent.services.apigateway.operations.v2.base import date, endpoint, told

API = {
    "ApiKeySelectionExpression": "api_key_selection_expression",
    "Description": "description",
    "DisableExecuteApiEndpoint": "disable_execute_api_endpoint",
    "DisableSchemaValidation": "disable_schema_validation",
    "IpAddressType": "ip_address_type",
    "Name": "name",
    "RouteSelectionExpression": "route_selection_expression",
    "Version": "version",
}
CORS = {
    "AllowCredentials": "allow_credentials",
    "AllowHeaders": "allow_headers",
    "AllowMethods": "allow_methods",
    "AllowOrigins": "allow_origins",
    "ExposeHeaders": "expose_headers",
    "MaxAge": "max_age_s",
}
ROUTE = {
    "ApiKeyRequired": "is_api_key_required",
    "AuthorizationScopes": "authorization_scopes",
    "AuthorizationType": "authorization_type",
    "AuthorizerId": "authorizer_id",
    "ModelSelectionExpression": "model_selection_expression",
    "OperationName": "operation_name",
    "RequestModels": "request_models",
    "RouteKey": "route_key",
    "RouteResponseSelectionExpression": "route_response_selection_expression",
    "Target": "target",
}
INTEGRATION = {
    "ConnectionId": "connection_id",
    "ConnectionType": "connection_type",
    "ContentHandlingStrategy": "content_handling_strategy",
    "CredentialsArn": "credentials_arn",
    "Description": "description",
    "IntegrationMethod": "integration_method",
    "IntegrationSubtype": "integration_subtype",
    "IntegrationType": "integration_type",
    "IntegrationUri": "integration_uri",
    "PassthroughBehavior": "passthrough_behavior",
    "PayloadFormatVersion": "payload_format_version",
    "RequestParameters": "request_parameters",
    "RequestTemplates": "request_templates",
    "ResponseParameters": "response_parameters",
    "TemplateSelectionExpression": "template_selection_expression",
    "TimeoutInMillis": "timeout_ms",
}
AUTHORIZER = {
    "AuthorizerCredentialsArn": "credentials_arn",
    "AuthorizerPayloadFormatVersion": "payload_format_version",
    "AuthorizerResultTtlInSeconds": "result_ttl_s",
    "AuthorizerType": "authorizer_type",
    "AuthorizerUri": "authorizer_uri",
    "EnableSimpleResponses": "enables_simple_responses",
    "IdentitySource": "identity_sources",
    "IdentityValidationExpression": "identity_validation_expression",
    "Name": "name",
}
STAGE = {
    "AutoDeploy": "is_auto_deploy",
    "ClientCertificateId": "client_certificate_id",
    "DeploymentId": "deployment_id",
    "Description": "description",
    "StageVariables": "variables",
}
ROUTE_SETTINGS = {
    "DataTraceEnabled": "is_data_trace_enabled",
    "DetailedMetricsEnabled": "is_detailed_metrics_enabled",
    "LoggingLevel": "logging_level",
    "ThrottlingBurstLimit": "throttling_burst_limit",
    "ThrottlingRateLimit": "throttling_rate_limit",
}
INTEGRATION_RESPONSE = {
    "ContentHandlingStrategy": "content_handling_strategy",
    "IntegrationResponseKey": "integration_response_key",
    "ResponseParameters": "response_parameters",
    "ResponseTemplates": "response_templates",
    "TemplateSelectionExpression": "template_selection_expression",
}
ROUTE_RESPONSE = {
    "ModelSelectionExpression": "model_selection_expression",
    "ResponseModels": "response_models",
    "RouteResponseKey": "route_response_key",
}
MODEL = {"ContentType": "content_type", "Description": "description", "Name": "name", "Schema": "schema"}

_RESPONSE_SELECTION = "${integration.response.statuscode}"
_IS_READY = "VPC link is ready to route traffic"


def given(parameters: Parameters, fields: Mapping[str, str]) -> dict[str, Any]:
    """The fields of a record of which a request speaks."""
    return {
        field: tuple(parameters[member]) if isinstance(parameters[member], list) else parameters[member]
        for member, field in fields.items()
        if parameters.get(member) is not None
    }


def given_cors(parameters: Parameters) -> dict[str, Any]:
    """A configuration is given as a whole: what it does not say is not set."""
    cors = parameters.get("CorsConfiguration")
    return {} if cors is None else {"cors": Cors(**given(cors, CORS))}


def given_constraints(parameters: Parameters, member: str) -> dict[str, bool]:
    return {name: bool(each.get("Required")) for name, each in (parameters.get(member) or {}).items()}


def given_settings(settings: Parameters) -> RouteSettings:
    return RouteSettings(**given(settings, ROUTE_SETTINGS))


def told_api(context: Context, api: Api, tags: Mapping[str, str]) -> Reply:
    shown = {
        "ApiEndpoint": endpoint(context, api),
        "ApiId": api.api_id,
        "CreatedDate": date(api.created_at),
        "ProtocolType": api.protocol_type,
        **told(api, API),
        "Tags": dict(tags),
    }
    if api.cors is not None:
        shown["CorsConfiguration"] = {"AllowCredentials": api.cors.allow_credentials, **told(api.cors, CORS)}
    if api.protocol_type == HTTP:
        del shown["DisableSchemaValidation"]
    return shown


def told_route(route: Route) -> Reply:
    shown = {"RouteId": route.route_id, **told(route, ROUTE), **_managed(is_managed=route.is_managed)}
    if route.request_parameters:
        shown["RequestParameters"] = told_constraints(route.request_parameters)
    return shown


def told_integration(integration: Integration) -> Reply:
    shown = {
        "IntegrationId": integration.integration_id,
        **told(integration, INTEGRATION),
        **_managed(is_managed=integration.is_managed),
    }
    if integration.tls_server_name:
        shown["TlsConfig"] = {"ServerNameToVerify": integration.tls_server_name}
    if not integration.integration_type.endswith("_PROXY"):
        shown["IntegrationResponseSelectionExpression"] = _RESPONSE_SELECTION
    return shown


def told_authorizer(authorizer: Authorizer) -> Reply:
    shown = {"AuthorizerId": authorizer.authorizer_id, **told(authorizer, AUTHORIZER)}
    if authorizer.authorizer_type == "JWT":
        shown["JwtConfiguration"] = {"Audience": list(authorizer.audience), "Issuer": authorizer.issuer}
    if not authorizer.payload_format_version:
        # Only what has a format has the rest: Lambda authorizers of HTTP APIs.
        del shown["EnableSimpleResponses"]
        del shown["AuthorizerResultTtlInSeconds"]
    return shown


def told_stage(api: Api, stage: Stage, tags: Mapping[str, str]) -> Reply:
    shown = {
        "StageName": stage.stage_name,
        "CreatedDate": date(stage.created_at),
        "LastUpdatedDate": date(stage.updated_at),
        **told(stage, STAGE),
        "StageVariables": dict(stage.variables),
        "DefaultRouteSettings": _told_settings(api, stage.default_route_settings),
        "RouteSettings": {key: _told_settings(api, each) for key, each in stage.route_settings.items()},
        "Tags": dict(tags),
        **_managed(is_managed=stage.is_managed),
    }
    if stage.access_log is not None:
        shown["AccessLogSettings"] = told_access_log(stage.access_log)
    if stage.last_deployment_status_message:
        shown["LastDeploymentStatusMessage"] = stage.last_deployment_status_message
    return shown


def told_access_log(access_log: AccessLog) -> Reply:
    return {"DestinationArn": access_log.destination_arn, "Format": access_log.format}


def told_deployment(deployment: Deployment) -> Reply:
    shown = {
        "AutoDeployed": deployment.is_auto_deployed,
        "CreatedDate": date(deployment.created_at),
        "DeploymentId": deployment.deployment_id,
        "DeploymentStatus": deployment.status,
    }
    if deployment.description:
        shown["Description"] = deployment.description
    return shown


def told_integration_response(response: IntegrationResponse) -> Reply:
    return {"IntegrationResponseId": response.integration_response_id, **told(response, INTEGRATION_RESPONSE)}


def told_route_response(response: RouteResponse) -> Reply:
    shown = {"RouteResponseId": response.route_response_id, **told(response, ROUTE_RESPONSE)}
    if response.response_parameters:
        shown["ResponseParameters"] = told_constraints(response.response_parameters)
    return shown


def told_model(model: Model) -> Reply:
    return {"ModelId": model.model_id, **told(model, MODEL)}


def told_constraints(constraints: Mapping[str, bool]) -> Reply:
    return {name: {"Required": is_required} for name, is_required in constraints.items()}


def told_domain(domain: DomainName, tags: Mapping[str, str]) -> Reply:
    shown: dict[str, Any] = {
        "ApiMappingSelectionExpression": "$request.basepath",
        "DomainName": domain.domain_name,
        "DomainNameArn": f"arn:aws:apigateway:{domain.scope.region}::/domainnames/{domain.domain_name}",
        "DomainNameConfigurations": list(domain.configurations),
        "RoutingMode": domain.routing_mode,
        "Tags": dict(tags),
    }
    if domain.mutual_tls:
        shown["MutualTlsAuthentication"] = domain.mutual_tls
    return shown


def told_mapping(mapping: ApiMapping) -> Reply:
    return {
        "ApiId": mapping.api_id,
        "ApiMappingId": mapping.mapping_id,
        "ApiMappingKey": mapping.mapping_key,
        "Stage": mapping.stage,
    }


def told_link(link: VpcLink, tags: Mapping[str, str]) -> Reply:
    return {
        "CreatedDate": date(link.created_at),
        "Name": link.name,
        "SecurityGroupIds": list(link.security_group_ids),
        "SubnetIds": list(link.subnet_ids),
        "Tags": dict(tags),
        "VpcLinkId": link.link_id,
        "VpcLinkStatus": "AVAILABLE",
        "VpcLinkStatusMessage": _IS_READY,
        "VpcLinkVersion": "V2",
    }


def _told_settings(api: Api, settings: RouteSettings) -> Reply:
    """What only WebSocket APIs have is not told of others."""
    shown = told(settings, ROUTE_SETTINGS)
    if api.protocol_type != WEBSOCKET:
        del shown["DataTraceEnabled"]
    return shown


def _managed(*, is_managed: bool) -> Reply:
    return {"ApiGatewayManaged": True} if is_managed else {}
