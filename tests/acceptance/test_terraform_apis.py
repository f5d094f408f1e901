"""Terraform creates, changes and destroys HTTP and WebSocket APIs, and finds nothing to do when it looks again.

Run by ``make realtime``.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.test_terraform import NOTHING_TO_DO, PROVIDER, SOMETHING_TO_DO, terraform

__all__ = ["terraform"]

FUNCTION = """
resource "aws_iam_role" "web" {
  name = "web"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_lambda_function" "web" {
  function_name    = "web"
  filename         = "function.zip"
  source_code_hash = filebase64sha256("function.zip")
  handler          = "app.handler"
  runtime          = var.runtime
  role             = aws_iam_role.web.arn
}

resource "aws_lambda_permission" "api" {
  statement_id  = "api"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.web.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.shop.execution_arn}/*/*"
}
"""

APIS = """
locals { is_first = tostring(var.retries) == "1" }

resource "aws_apigatewayv2_api" "shop" {
  name          = "shop"
  protocol_type = "HTTP"
  description   = "sells"
  version       = "v${var.retries}"
  tags          = { of = "mine" }
  cors_configuration {
    allow_origins = ["https://example.com"]
    allow_methods = local.is_first ? ["GET", "POST"] : null
    allow_headers = ["content-type"]
    max_age       = 300
  }
}

resource "aws_apigatewayv2_integration" "web" {
  api_id                 = aws_apigatewayv2_api.shop.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_function.web.invoke_arn
  payload_format_version = "2.0"
  request_parameters     = local.is_first ? { "append:header.a" = "1", "append:header.b" = "2" } : { "append:header.a" = 3 }
}

resource "aws_apigatewayv2_integration" "elsewhere" {
  api_id             = aws_apigatewayv2_api.shop.id
  integration_type   = "HTTP_PROXY"
  integration_method = "GET"
  integration_uri    = "https://example.com/{proxy}"
  dynamic "response_parameters" {
    for_each = local.is_first ? ["200", "404"] : ["200"]
    content {
      status_code = response_parameters.value
      mappings    = { "overwrite:statuscode" = "203" }
    }
  }
}

resource "aws_apigatewayv2_integration" "queue" {
  api_id              = aws_apigatewayv2_api.shop.id
  integration_type    = "AWS_PROXY"
  integration_subtype = "SQS-SendMessage"
  credentials_arn     = aws_iam_role.web.arn
  request_parameters  = { QueueUrl = "http://localhost/q", MessageBody = "$request.body" }
}

resource "aws_apigatewayv2_authorizer" "jwt" {
  api_id           = aws_apigatewayv2_api.shop.id
  name             = "jwt"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]
  jwt_configuration {
    issuer   = "https://example.com"
    audience = ["shop"]
  }
}

resource "aws_apigatewayv2_authorizer" "asks" {
  api_id                            = aws_apigatewayv2_api.shop.id
  name                              = "asks"
  authorizer_type                   = "REQUEST"
  authorizer_uri                    = aws_lambda_function.web.invoke_arn
  authorizer_payload_format_version = "2.0"
  enable_simple_responses           = true
  identity_sources                  = ["$request.header.X"]
}

resource "aws_apigatewayv2_route" "items" {
  api_id               = aws_apigatewayv2_api.shop.id
  route_key            = "GET /items/{id}"
  target               = "integrations/${aws_apigatewayv2_integration.web.id}"
  authorization_type   = local.is_first ? "JWT" : "NONE"
  authorizer_id        = local.is_first ? aws_apigatewayv2_authorizer.jwt.id : null
  authorization_scopes = local.is_first ? ["read"] : null
}

resource "aws_apigatewayv2_route" "asked" {
  api_id             = aws_apigatewayv2_api.shop.id
  route_key          = "ANY /{proxy+}"
  target             = "integrations/${aws_apigatewayv2_integration.elsewhere.id}"
  authorization_type = "CUSTOM"
  authorizer_id      = aws_apigatewayv2_authorizer.asks.id
}

resource "aws_apigatewayv2_stage" "default" {
  api_id          = aws_apigatewayv2_api.shop.id
  name            = "$default"
  auto_deploy     = true
  stage_variables = local.is_first ? { a = "1", b = "2" } : { a = "1" }
  default_route_settings {
    throttling_burst_limit = 10
    throttling_rate_limit  = 5
  }
  route_settings {
    route_key                = aws_apigatewayv2_route.items.route_key
    detailed_metrics_enabled = true
  }
  access_log_settings {
    destination_arn = "arn:aws:logs:us-east-1:000000000000:log-group:shop"
    format          = "$context.requestId"
  }
  tags = { of = "mine" }
}

resource "aws_apigatewayv2_deployment" "one" {
  api_id      = aws_apigatewayv2_api.shop.id
  description = "one"
  depends_on  = [aws_apigatewayv2_route.items]
  triggers    = { version = aws_apigatewayv2_api.shop.version }
  lifecycle { create_before_destroy = true }
}

resource "aws_apigatewayv2_stage" "prod" {
  api_id        = aws_apigatewayv2_api.shop.id
  name          = "prod"
  deployment_id = aws_apigatewayv2_deployment.one.id
}

resource "aws_apigatewayv2_domain_name" "shop" {
  domain_name = "shop.example.com"
  domain_name_configuration {
    certificate_arn = "arn:aws:acm:us-east-1:000000000000:certificate/12345678-1234-1234-1234-123456789012"
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }
}

resource "aws_apigatewayv2_api_mapping" "shop" {
  api_id          = aws_apigatewayv2_api.shop.id
  domain_name     = aws_apigatewayv2_domain_name.shop.id
  stage           = aws_apigatewayv2_stage.prod.id
  api_mapping_key = "orders/v${var.retries}"
}

resource "aws_apigatewayv2_vpc_link" "inside" {
  name               = "inside"
  subnet_ids         = ["subnet-12345678"]
  security_group_ids = []
}

resource "aws_apigatewayv2_api" "quick" {
  name          = "quick"
  protocol_type = "HTTP"
  target        = aws_lambda_function.web.arn
}

resource "aws_apigatewayv2_api" "described" {
  name          = "described"
  protocol_type = "HTTP"
  version       = var.retries
  body = jsonencode({
    openapi = "3.0.1"
    info    = { title = "described", version = "${var.retries}" }
    paths = {
      "/hello" = {
        get = {
          "x-amazon-apigateway-integration" = {
            type                 = "aws_proxy"
            httpMethod           = "POST"
            uri                  = aws_lambda_function.web.invoke_arn
            payloadFormatVersion = "2.0"
          }
        }
      }
    }
  })
}

resource "aws_apigatewayv2_api" "talk" {
  name                       = "talk"
  protocol_type              = "WEBSOCKET"
  route_selection_expression = "$request.body.action"
}

resource "aws_apigatewayv2_integration" "talk" {
  api_id            = aws_apigatewayv2_api.talk.id
  integration_type  = "MOCK"
  request_templates = { "200" = "{\\"statusCode\\": 200}" }
}

resource "aws_apigatewayv2_integration_response" "talk" {
  api_id                   = aws_apigatewayv2_api.talk.id
  integration_id           = aws_apigatewayv2_integration.talk.id
  integration_response_key = "$default"
}

resource "aws_apigatewayv2_model" "talk" {
  api_id       = aws_apigatewayv2_api.talk.id
  content_type = "application/json"
  name         = "message"
  schema       = jsonencode({ type = "object" })
}

resource "aws_apigatewayv2_route" "talk" {
  api_id                              = aws_apigatewayv2_api.talk.id
  route_key                           = "$default"
  target                              = "integrations/${aws_apigatewayv2_integration.talk.id}"
  route_response_selection_expression = "$default"
}

resource "aws_apigatewayv2_route_response" "talk" {
  api_id             = aws_apigatewayv2_api.talk.id
  route_id           = aws_apigatewayv2_route.talk.id
  route_response_key = "$default"
}

resource "aws_apigatewayv2_stage" "talk" {
  api_id      = aws_apigatewayv2_api.talk.id
  name        = "live"
  auto_deploy = true
}

output "invoke_url" { value = aws_apigatewayv2_stage.prod.invoke_url }
output "api_endpoint" { value = aws_apigatewayv2_api.shop.api_endpoint }
"""


@pytest.mark.realtime
def test_terraform_creates_changes_and_destroys_apis(
    terraform: Callable[..., int], client: Callable[..., Any], tmp_path: Path
) -> None:
    provider = PROVIDER.replace("    iam  ", "    apigatewayv2 = var.endpoint\n    iam  ")
    for other in tmp_path.glob("*.tf"):
        other.unlink()
    (tmp_path / "apis.tf").write_text(provider + FUNCTION + APIS)
    assert terraform("apply", "-auto-approve") == 0
    assert terraform("plan", "-detailed-exitcode") == NOTHING_TO_DO
    changed = {"retries": "2"}
    assert terraform("plan", "-detailed-exitcode", **changed) == SOMETHING_TO_DO
    assert terraform("apply", "-auto-approve", **changed) == 0
    assert terraform("plan", "-detailed-exitcode", **changed) == NOTHING_TO_DO
    assert terraform("destroy", "-auto-approve", **changed) == 0
    assert client("apigatewayv2").get_apis()["Items"] == []
    assert client("apigatewayv2").get_domain_names()["Items"] == []
