"""HTTP and WebSocket APIs through boto3: made, told, changed, listed, deleted, with all of their parts."""

from typing import Any

from lambent.testing import LocalPlatform


def bare(reply: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in reply.items() if name != "ResponseMetadata"}


def test_an_api_is_told_as_it_was_made(apigateway: Any, platform: LocalPlatform):
    cors = {"AllowOrigins": ["*"], "AllowMethods": ["GET"], "MaxAge": 3}
    made = apigateway.create_api(Name="shop", ProtocolType="HTTP", CorsConfiguration=cors, Tags={"k": "v"}, Version="1")
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    port = platform.url.rpartition(":")[2]
    assert made["ApiEndpoint"] == f"http://{made['ApiId']}.execute-api.us-east-1.localhost:{port}"
    assert made["CorsConfiguration"] == {"AllowCredentials": False, **cors}
    assert (made["RouteSelectionExpression"], made["Tags"]) == ("$request.method $request.path", {"k": "v"})
    assert bare(apigateway.get_api(ApiId=made["ApiId"])) == bare(made)
    assert apigateway.get_apis()["Items"] == [bare(made)]


def test_what_a_change_does_not_say_stays(apigateway: Any):
    api_id = apigateway.create_api(Name="shop", ProtocolType="HTTP", CorsConfiguration={"MaxAge": 3})["ApiId"]
    changed = apigateway.update_api(ApiId=api_id, Description="d", DisableExecuteApiEndpoint=True)
    assert (changed["Name"], changed["Description"], changed["DisableExecuteApiEndpoint"]) == ("shop", "d", True)
    assert changed["CorsConfiguration"]["MaxAge"] == 3
    apigateway.delete_cors_configuration(ApiId=api_id)
    assert "CorsConfiguration" not in apigateway.get_api(ApiId=api_id)


def test_an_api_that_is_gone_is_refused_in_aws_words(apigateway: Any, refusal: Any, account: str):
    api_id = apigateway.create_api(Name="shop", ProtocolType="HTTP")["ApiId"]
    assert apigateway.delete_api(ApiId=api_id)["ResponseMetadata"]["HTTPStatusCode"] == 204
    gone = ("NotFoundException", 404, f"Invalid API identifier specified {account}:{api_id}")
    assert refusal(apigateway.get_api, ApiId=api_id) == gone
    assert refusal(apigateway.create_route, ApiId=api_id, RouteKey="GET /") == gone


def test_lists_come_in_pages(apigateway: Any, refusal: Any):
    names = {"a", "b", "c"}
    for name in names:
        apigateway.create_api(Name=name, ProtocolType="HTTP")
    pages = list(apigateway.get_paginator("get_apis").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["Items"]) for page in pages] == [2, 1]
    assert {api["Name"] for page in pages for api in page["Items"]} == names
    for wrong in ({"NextToken": "nonsense"}, {"MaxResults": "0"}, {"MaxResults": "x"}):
        assert refusal(apigateway.get_apis, **wrong)[:2] == ("BadRequestException", 400)


def test_quick_create_makes_an_api_that_serves(apigateway: Any, function: str):
    api_id = apigateway.create_api(Name="quick", ProtocolType="HTTP", Target=function)["ApiId"]
    (integration,) = apigateway.get_integrations(ApiId=api_id)["Items"]
    (route,) = apigateway.get_routes(ApiId=api_id)["Items"]
    (stage,) = apigateway.get_stages(ApiId=api_id)["Items"]
    assert (integration["IntegrationUri"], integration["PayloadFormatVersion"]) == (function, "2.0")
    assert (route["RouteKey"], route["Target"]) == ("$default", f"integrations/{integration['IntegrationId']}")
    assert stage["LastDeploymentStatusMessage"].startswith("Successfully deployed stage with deployment ID")
    assert integration["ApiGatewayManaged"] == route["ApiGatewayManaged"] == stage["ApiGatewayManaged"] is True
    changed = apigateway.update_api(ApiId=api_id, Target="https://example.com")
    assert changed["ApiId"] == api_id
    assert apigateway.get_integrations(ApiId=api_id)["Items"][0]["IntegrationType"] == "HTTP_PROXY"


def test_routes_lead_to_integrations(apigateway: Any, refusal: Any, function: str):
    api_id = apigateway.create_api(Name="shop", ProtocolType="HTTP")["ApiId"]
    given = {"IntegrationType": "AWS_PROXY", "IntegrationUri": function, "PayloadFormatVersion": "2.0"}
    integration = apigateway.create_integration(
        ApiId=api_id, **given, RequestParameters={"append:header.a": "1"}, TlsConfig={"ServerNameToVerify": "s"}
    )
    integration_id = integration["IntegrationId"]
    assert bare(integration) == {
        "ConnectionType": "INTERNET",
        "IntegrationId": integration_id,
        "IntegrationMethod": "POST",
        "RequestParameters": {"append:header.a": "1"},
        "TimeoutInMillis": 30_000,
        "TlsConfig": {"ServerNameToVerify": "s"},
        **given,
    }
    changed = apigateway.update_integration(ApiId=api_id, IntegrationId=integration_id, TimeoutInMillis=50)
    assert bare(changed) == {**bare(integration), "TimeoutInMillis": 50}
    target = f"integrations/{integration_id}"
    route = apigateway.create_route(ApiId=api_id, RouteKey="GET /items/{id}", Target=target)
    assert bare(route) == {
        "ApiKeyRequired": False,
        "AuthorizationType": "NONE",
        "RouteId": route["RouteId"],
        "RouteKey": "GET /items/{id}",
        "Target": target,
    }
    assert bare(apigateway.get_route(ApiId=api_id, RouteId=route["RouteId"])) == bare(route)
    assert refusal(apigateway.create_route, ApiId=api_id, RouteKey="GET /items/{id}") == (
        "ConflictException",
        409,
        "Route with key GET /items/{id} already exists for this API",
    )
    assert refusal(apigateway.delete_integration, ApiId=api_id, IntegrationId=integration_id) == (
        "ConflictException",
        409,
        f"Cannot delete Integration because it is referenced by the following Routes with Ids: [{route['RouteId']}]",
    )
    apigateway.delete_route(ApiId=api_id, RouteId=route["RouteId"])
    apigateway.delete_integration(ApiId=api_id, IntegrationId=integration_id)
    assert apigateway.get_integrations(ApiId=api_id)["Items"] == []


def test_authorizers_stand_before_routes(apigateway: Any, refusal: Any, function: str):
    api_id = apigateway.create_api(Name="shop", ProtocolType="HTTP")["ApiId"]
    jwt = {"Audience": ["a"], "Issuer": "https://issuer"}
    source = ["$request.header.Authorization"]
    made = apigateway.create_authorizer(
        ApiId=api_id, Name="jwt", AuthorizerType="JWT", IdentitySource=source, JwtConfiguration=jwt
    )
    told = {"AuthorizerId": made["AuthorizerId"], "AuthorizerType": "JWT", "IdentitySource": source, "Name": "jwt"}
    assert bare(made) == {**told, "JwtConfiguration": jwt}
    asks = apigateway.create_authorizer(
        ApiId=api_id,
        Name="asks",
        AuthorizerType="REQUEST",
        IdentitySource=source,
        AuthorizerPayloadFormatVersion="2.0",
        AuthorizerUri=f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations",
    )
    assert (asks["AuthorizerResultTtlInSeconds"], asks["EnableSimpleResponses"]) == (300, False)
    route = apigateway.create_route(
        ApiId=api_id, RouteKey="GET /", AuthorizationType="JWT", AuthorizerId=made["AuthorizerId"], AuthorizationScopes=["s"]
    )
    assert route["AuthorizationScopes"] == ["s"]
    changed = apigateway.update_authorizer(
        ApiId=api_id, AuthorizerId=made["AuthorizerId"], JwtConfiguration={"Audience": ["b"]}
    )
    assert changed["JwtConfiguration"] == {"Audience": ["b"], "Issuer": "https://issuer"}
    in_use = refusal(apigateway.delete_authorizer, ApiId=api_id, AuthorizerId=made["AuthorizerId"])
    assert in_use == ("ConflictException", 409, "Cannot delete authorizer 'jwt', is referenced in route: GET /")
    apigateway.delete_authorizer(ApiId=api_id, AuthorizerId=asks["AuthorizerId"])
    assert [each["Name"] for each in apigateway.get_authorizers(ApiId=api_id)["Items"]] == ["jwt"]
    assert apigateway.get_authorizer(ApiId=api_id, AuthorizerId=made["AuthorizerId"])["Name"] == "jwt"


def test_a_stage_is_told_with_its_settings_and_loses_them_one_by_one(apigateway: Any, refusal: Any):
    api_id = apigateway.create_api(Name="shop", ProtocolType="HTTP")["ApiId"]
    apigateway.create_route(ApiId=api_id, RouteKey="GET /")
    given = {
        "AccessLogSettings": {
            "DestinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:g",
            "Format": "$context.requestId",
        },
        "AutoDeploy": True,
        "DefaultRouteSettings": {"DetailedMetricsEnabled": False, "ThrottlingBurstLimit": 2, "ThrottlingRateLimit": 1.5},
        "RouteSettings": {"GET /": {"DetailedMetricsEnabled": True}},
        "StageVariables": {"v": "1"},
        "Tags": {"k": "v"},
    }
    made = apigateway.create_stage(ApiId=api_id, StageName="$default", **given)
    assert {name: made[name] for name in given} == given
    where = {"ApiId": api_id, "StageName": "$default"}
    changed = apigateway.update_stage(**where, StageVariables={"v": "", "w": "2"}, Description="d")
    assert (changed["StageVariables"], changed["Description"]) == ({"w": "2"}, "d")
    apigateway.delete_route_settings(**where, RouteKey="GET /")
    apigateway.delete_access_log_settings(**where)
    apigateway.reset_authorizers_cache(**where)
    told = apigateway.get_stage(**where)
    assert told["RouteSettings"] == {}
    assert "AccessLogSettings" not in told
    half = refusal(apigateway.update_stage, **where, AccessLogSettings={"Format": "x"})
    assert half[:2] == ("BadRequestException", 400)
    apigateway.delete_stage(**where)
    assert refusal(apigateway.get_stage, **where) == ("NotFoundException", 404, "Invalid stage identifier specified")


def test_a_stage_is_pointed_at_a_deployment(apigateway: Any, refusal: Any):
    api_id = apigateway.create_api(Name="shop", ProtocolType="HTTP")["ApiId"]
    empty = refusal(apigateway.create_deployment, ApiId=api_id)
    assert empty == ("BadRequestException", 400, "Unable to deploy API because no routes exist in this API")
    apigateway.create_route(ApiId=api_id, RouteKey="GET /")
    made = apigateway.create_deployment(ApiId=api_id, Description="d")
    assert (made["AutoDeployed"], made["DeploymentStatus"], made["Description"]) == (False, "DEPLOYED", "d")
    where = {"ApiId": api_id, "DeploymentId": made["DeploymentId"]}
    apigateway.create_stage(StageName="prod", **where)
    in_use = refusal(apigateway.delete_deployment, **where)
    assert in_use == ("BadRequestException", 400, "Active stages pointing to this deployment must be moved or deleted")
    newer = apigateway.create_deployment(ApiId=api_id, StageName="prod")["DeploymentId"]
    assert apigateway.get_stage(ApiId=api_id, StageName="prod")["DeploymentId"] == newer
    assert apigateway.update_deployment(**where, Description="old")["Description"] == "old"
    assert apigateway.get_deployment(**where)["Description"] == "old"
    apigateway.delete_deployment(**where)
    assert [each["DeploymentId"] for each in apigateway.get_deployments(ApiId=api_id)["Items"]] == [newer]
