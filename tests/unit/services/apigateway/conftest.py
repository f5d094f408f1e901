"""A transaction on API Gateway's tables, and APIs to put into it."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from lambent.core.context import Scope
from lambent.services.apigateway.engine.records import HTTP, WEBSOCKET, Api, Integration, Route, Stage
from lambent.services.apigateway.engine.v2 import apis, integrations, parts, routes, stages
from lambent.store.database import Transaction

ACCOUNT = "111122223333"
SCOPE = Scope(ACCOUNT, "us-east-1")
NOW = 1_767_225_600.0  # 2026-01-01T00:00:00Z
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"
FUNCTION_URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"


@pytest.fixture
def tx(transaction_of: Callable[[str], Transaction]) -> Transaction:
    return transaction_of("apigateway")


@pytest.fixture
def api(tx: Transaction) -> Api:
    return made(tx, "a" * 10)


@pytest.fixture
def talk(tx: Transaction) -> Api:
    """A WebSocket API."""
    return made(tx, "w" * 10, WEBSOCKET, route_selection_expression="$request.body.action")


def made(tx: Transaction, api_id: str, protocol_type: str = HTTP, tags: Mapping[str, str] | None = None, **fields: Any) -> Api:
    api = Api(SCOPE, api_id, "shop", protocol_type, NOW, **fields)
    apis.insert(tx, api, tags or {})
    return api


def integration(integration_id: str = "int0001", **fields: Any) -> Integration:
    """A function, called with events of format 2.0."""
    given = {"integration_type": "AWS_PROXY", "integration_uri": FUNCTION, "payload_format_version": "2.0", **fields}
    return Integration(integration_id, **given)


def put_route(tx: Transaction, api: Api, route_key: str = "GET /", route_id: str = "rou0001", **fields: Any) -> Route:
    return parts.create(tx, api.scope, api.api_id, routes.RULES, Route(route_id, route_key, **fields), NOW)


def put_integration(tx: Transaction, api: Api, integration_id: str = "int0001", **fields: Any) -> Integration:
    return parts.create(tx, api.scope, api.api_id, integrations.RULES, integration(integration_id, **fields), NOW)


def put_stage(tx: Transaction, api: Api, name: str = "prod", **fields: Any) -> Stage:
    stages.create(tx, api.scope, api.api_id, Stage(name, NOW, NOW, **fields), {})
    return stage_of(tx, api, name)


def stage_of(tx: Transaction, api: Api, name: str = "prod") -> Stage:
    return parts.get(tx, api.scope, api.api_id, stages.RULES, name)
