"""Terraform creates, changes and destroys REST APIs, and finds nothing to do when it looks again. Run by ``make realtime``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.test_terraform import NOTHING_TO_DO, PROVIDER, SOMETHING_TO_DO, terraform

__all__ = ["terraform"]

API = """
resource "aws_api_gateway_rest_api" "shop" {
  name               = "shop"
  description        = "orders, version ${var.retries}"
  binary_media_types = var.retries > 1 ? ["image/png", "image/gif"] : ["image/png"]
  tags               = { of = "mine" }
  endpoint_configuration { types = ["REGIONAL"] }
}

resource "aws_api_gateway_resource" "orders" {
  rest_api_id = aws_api_gateway_rest_api.shop.id
  parent_id   = aws_api_gateway_rest_api.shop.root_resource_id
  path_part   = "orders"
}

resource "aws_api_gateway_resource" "order" {
  rest_api_id = aws_api_gateway_rest_api.shop.id
  parent_id   = aws_api_gateway_resource.orders.id
  path_part   = "{id}"
}

resource "aws_api_gateway_model" "order" {
  rest_api_id  = aws_api_gateway_rest_api.shop.id
  name         = "Order"
  content_type = "application/json"
  schema       = jsonencode({ type = "object", required = ["item"], properties = { item = { type = "string" } } })
}

resource "aws_api_gateway_request_validator" "all" {
  rest_api_id                 = aws_api_gateway_rest_api.shop.id
  name                        = "all"
  validate_request_body       = true
  validate_request_parameters = var.retries > 1
}

resource "aws_api_gateway_authorizer" "token" {
  rest_api_id                      = aws_api_gateway_rest_api.shop.id
  name                             = "token"
  authorizer_uri                   = local.function_uri
  authorizer_result_ttl_in_seconds = var.retries * 60
}

resource "aws_api_gateway_method" "order" {
  rest_api_id          = aws_api_gateway_rest_api.shop.id
  resource_id          = aws_api_gateway_resource.order.id
  http_method          = "POST"
  authorization        = "CUSTOM"
  authorizer_id        = aws_api_gateway_authorizer.token.id
  api_key_required     = var.retries > 1
  request_validator_id = aws_api_gateway_request_validator.all.id
  request_models       = { "application/json" = aws_api_gateway_model.order.name }
  request_parameters   = { "method.request.path.id" = true, "method.request.querystring.page" = var.retries > 1 }
}

resource "aws_api_gateway_integration" "order" {
  rest_api_id             = aws_api_gateway_rest_api.shop.id
  resource_id             = aws_api_gateway_resource.order.id
  http_method             = aws_api_gateway_method.order.http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = local.function_uri
  timeout_milliseconds    = 5000 + var.retries
}

resource "aws_api_gateway_method" "preflight" {
  rest_api_id   = aws_api_gateway_rest_api.shop.id
  resource_id   = aws_api_gateway_resource.orders.id
  http_method   = "OPTIONS"
  authorization = "NONE"
}

resource "aws_api_gateway_method_response" "preflight" {
  rest_api_id         = aws_api_gateway_rest_api.shop.id
  resource_id         = aws_api_gateway_resource.orders.id
  http_method         = aws_api_gateway_method.preflight.http_method
  status_code         = "200"
  response_models     = { "application/json" = "Empty" }
  response_parameters = { "method.response.header.Access-Control-Allow-Origin" = true }
}

resource "aws_api_gateway_integration" "preflight" {
  rest_api_id       = aws_api_gateway_rest_api.shop.id
  resource_id       = aws_api_gateway_resource.orders.id
  http_method       = aws_api_gateway_method.preflight.http_method
  type              = "MOCK"
  request_templates = { "application/json" = jsonencode({ statusCode = 200, retries = var.retries }) }
}

resource "aws_api_gateway_integration_response" "preflight" {
  rest_api_id         = aws_api_gateway_rest_api.shop.id
  resource_id         = aws_api_gateway_resource.orders.id
  http_method         = aws_api_gateway_method.preflight.http_method
  status_code         = aws_api_gateway_method_response.preflight.status_code
  response_parameters = { "method.response.header.Access-Control-Allow-Origin" = "'*'" }
  response_templates  = { "application/json" = "retries ${var.retries}" }
  depends_on          = [aws_api_gateway_integration.preflight]
}

resource "aws_api_gateway_gateway_response" "denied" {
  rest_api_id         = aws_api_gateway_rest_api.shop.id
  response_type       = "UNAUTHORIZED"
  status_code         = "401"
  response_templates  = { "application/json" = "{\\"why\\":$context.error.messageString}" }
  response_parameters = { "gatewayresponse.header.Retries" = "'${var.retries}'" }
}
"""

SERVED = """
locals {
  function_arn = "arn:aws:lambda:us-east-1:000000000000:function:shop"
  function_uri = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${local.function_arn}/invocations"
}

resource "aws_api_gateway_deployment" "now" {
  rest_api_id = aws_api_gateway_rest_api.shop.id
  triggers    = { retries = var.retries }
  depends_on  = [aws_api_gateway_integration.order, aws_api_gateway_integration_response.preflight]
  lifecycle { create_before_destroy = true }
}

resource "aws_cloudwatch_log_group" "visits" { name = "visits" }

resource "aws_api_gateway_stage" "prod" {
  rest_api_id   = aws_api_gateway_rest_api.shop.id
  deployment_id = aws_api_gateway_deployment.now.id
  stage_name    = "prod"
  variables     = var.retries > 1 ? { retries = tostring(var.retries), more = "1" } : { retries = "1" }
  tags          = { of = "mine" }
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.visits.arn
    format          = "$context.requestId $context.status"
  }
}

resource "aws_api_gateway_method_settings" "all" {
  rest_api_id = aws_api_gateway_rest_api.shop.id
  stage_name  = aws_api_gateway_stage.prod.stage_name
  method_path = "*/*"
  settings {
    throttling_burst_limit = 100 * var.retries
    throttling_rate_limit  = 50
  }
}

resource "aws_api_gateway_api_key" "customer" {
  name        = "customer"
  description = "key ${var.retries}"
}

resource "aws_api_gateway_usage_plan" "small" {
  name = "small"
  api_stages {
    api_id = aws_api_gateway_rest_api.shop.id
    stage  = aws_api_gateway_stage.prod.stage_name
  }
  quota_settings {
    limit  = 10 * var.retries
    period = "DAY"
  }
  throttle_settings {
    burst_limit = 5
    rate_limit  = var.retries
  }
}

resource "aws_api_gateway_usage_plan_key" "small" {
  key_id        = aws_api_gateway_api_key.customer.id
  key_type      = "API_KEY"
  usage_plan_id = aws_api_gateway_usage_plan.small.id
}

resource "aws_api_gateway_domain_name" "own" {
  domain_name              = "shop.example.com"
  regional_certificate_arn = "arn:aws:acm:us-east-1:000000000000:certificate/11111111-2222-3333-4444-555555555555"
  endpoint_configuration { types = ["REGIONAL"] }
}

resource "aws_api_gateway_base_path_mapping" "own" {
  api_id      = aws_api_gateway_rest_api.shop.id
  stage_name  = aws_api_gateway_stage.prod.stage_name
  domain_name = aws_api_gateway_domain_name.own.domain_name
  base_path   = "v${var.retries}"
}

resource "aws_api_gateway_rest_api" "written" {
  name = "written"
  body = jsonencode({
    openapi = "3.0.1"
    info    = { title = "written", version = "1.0" }
    paths = {
      "/hello" = {
        get = {
          responses                         = { "200" = { description = "ok" } }
          x-amazon-apigateway-integration = {
            type             = "mock"
            requestTemplates = { "application/json" = jsonencode({ statusCode = 200, retries = var.retries }) }
            responses        = { default = { statusCode = "200" } }
          }
        }
      }
    }
  })
  endpoint_configuration { types = ["REGIONAL"] }
}
"""


@pytest.mark.realtime
def test_terraform_creates_changes_and_destroys_rest_apis(
    terraform: Callable[..., int], client: Callable[..., Any], tmp_path: Path
) -> None:
    provider = PROVIDER.replace("    iam  ", "    apigateway = var.endpoint\n    iam  ")
    for other in tmp_path.glob("*.tf"):
        other.unlink()
    (tmp_path / "main.tf").write_text(provider + API + SERVED)
    assert terraform("apply", "-auto-approve") == 0
    assert terraform("plan", "-detailed-exitcode") == NOTHING_TO_DO
    gateway = client("apigateway")
    assert [api["name"] for api in gateway.get_rest_apis()["items"]].count("shop") == 1

    assert terraform("plan", "-detailed-exitcode", retries="2") == SOMETHING_TO_DO
    assert terraform("apply", "-auto-approve", retries="2") == 0
    assert terraform("plan", "-detailed-exitcode", retries="2") == NOTHING_TO_DO
    plan = gateway.get_usage_plans()["items"][0]
    assert plan["quota"] == {"limit": 20, "period": "DAY", "offset": 0}

    assert terraform("destroy", "-auto-approve", retries="2") == 0
    assert gateway.get_rest_apis()["items"] == []
