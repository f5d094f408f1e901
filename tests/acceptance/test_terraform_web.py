"""Terraform puts a web application behind an HTTP API and a function URL; both answer, and it finds nothing more to do.

Run by ``make realtime``.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.acceptance.test_terraform import NOTHING_TO_DO, PROVIDER, SOMETHING_TO_DO, terraform_of
from tests.acceptance.web import ways

APPLICATION = """
from fastapi import FastAPI, Request

app = FastAPI()

@app.get("/items/{number}")
async def item(number: int, request: Request):
    return {"number": number, "host": request.url.netloc}
"""

FUNCTION = """
resource "aws_iam_role" "shop" {
  name = "shop"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_lambda_layer_version" "fastapi" {
  layer_name       = "fastapi"
  filename         = "layer.zip"
  source_code_hash = filebase64sha256("layer.zip")
}

resource "aws_lambda_function" "shop" {
  function_name    = "shop"
  filename         = "function.zip"
  source_code_hash = filebase64sha256("function.zip")
  handler          = "main.app"
  runtime          = var.runtime
  role             = aws_iam_role.shop.arn
  layers           = [aws_lambda_layer_version.fastapi.arn]
  timeout          = 30
  memory_size      = 256
}
"""

URL = """
resource "aws_lambda_function_url" "shop" {
  function_name      = aws_lambda_function.shop.function_name
  authorization_type = "NONE"
  invoke_mode        = var.retries == 1 ? "BUFFERED" : "RESPONSE_STREAM"
  cors {
    allow_origins = ["https://example.com"]
    allow_methods = ["GET"]
    max_age       = 60
  }
}

resource "aws_lambda_permission" "url" {
  statement_id           = "url"
  action                 = "lambda:InvokeFunctionUrl"
  function_name          = aws_lambda_function.shop.function_name
  principal              = "*"
  function_url_auth_type = "NONE"
}

resource "aws_lambda_permission" "url_invokes" {
  statement_id  = "url-invokes" # a provider of late 2025 or later can narrow it: invoked_via_function_url = true
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.shop.function_name
  principal     = "*"
}

output "url" { value = aws_lambda_function_url.shop.function_url }
"""

API = """
resource "aws_apigatewayv2_api" "shop" {
  name          = "shop"
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_integration" "shop" {
  api_id                 = aws_apigatewayv2_api.shop.id
  integration_type       = "AWS_PROXY"
  integration_uri        = aws_lambda_function.shop.invoke_arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_route" "all" {
  api_id    = aws_apigatewayv2_api.shop.id
  route_key = "$default"
  target    = "integrations/${aws_apigatewayv2_integration.shop.id}"
}

resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.shop.id
  name        = "$default"
  auto_deploy = true
}

resource "aws_lambda_permission" "api" {
  statement_id  = "api"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.shop.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.shop.execution_arn}/*/*"
}

output "api" { value = aws_apigatewayv2_api.shop.api_endpoint }
"""


@pytest.fixture
def terraform(tmp_path: Path, platform: Any, account: str) -> Callable[..., int]:
    (tmp_path / "layer.zip").write_bytes(ways.packages_zip("fastapi"))
    (tmp_path / "function.zip").write_bytes(ways.code_zip({"main.py": APPLICATION}))
    provider = PROVIDER.replace("  endpoints {", "  endpoints {\n    apigatewayv2 = var.endpoint")
    return terraform_of(tmp_path, platform, account, provider=provider, function=FUNCTION, url=URL, api=API)


@pytest.mark.realtime
def test_a_web_application_is_applied_answers_planned_again_changed_and_destroyed(terraform, client, platform):
    terraform("apply", "-auto-approve")
    api = client("apigatewayv2").get_apis()["Items"][0]["ApiEndpoint"]
    url = client("lambda").get_function_url_config(FunctionName="shop")["FunctionUrl"].rstrip("/")
    for address in (api, url):
        _answers(address, platform.url)
    assert terraform("plan", "-detailed-exitcode") == NOTHING_TO_DO

    changed = {"retries": "2"}
    assert terraform("plan", "-detailed-exitcode", **changed) == SOMETHING_TO_DO
    terraform("apply", "-auto-approve", **changed)
    for address in (api, url):
        _answers(address, platform.url)
    assert terraform("plan", "-detailed-exitcode", **changed) == NOTHING_TO_DO

    terraform("destroy", "-auto-approve", **changed)
    for address in (api, url):
        assert _visit(address, platform.url).status_code == 403
    assert client("lambda").list_functions()["Functions"] == []


def _answers(address: str, platform_url: str) -> None:
    answer = _visit(address, platform_url)
    assert (answer.status_code, answer.json()) == (200, {"number": 42, "host": address.partition("//")[2]})


def _visit(address: str, platform_url: str) -> httpx.Response:
    """By its host, whether or not names below localhost lead here."""
    host = address.partition("//")[2]
    return httpx.get(f"{platform_url}/items/42", headers={"host": host}, timeout=60, trust_env=False)
