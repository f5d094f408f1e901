"""REST APIs in a transaction, and requests to them."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from tests.unit.services.apigateway.conftest import ACCOUNT, FUNCTION_URI, NOW, SCOPE

from lambent.services.apigateway.engine.rest import apis, methods, resources
from lambent.services.apigateway.engine.rest.exchange import Exchange
from lambent.services.apigateway.engine.rest.plans import StagePlan
from lambent.services.apigateway.tables.rest.documents import Document
from lambent.store.database import Transaction
from lambent.wire.http import Request

MOCK = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
PROXY = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": FUNCTION_URI}


@pytest.fixture
def rest(tx: Transaction) -> Document:
    """An API with nothing but its root."""
    return apis.create(tx, SCOPE, {"name": "shop"}, NOW)


def put_resource(tx: Transaction, rest: Document, path: str) -> Document:
    """The resource at a path, with those above it."""
    resource = resources.find(tx, SCOPE, rest["id"], rest["rootResourceId"])
    for part in path.strip("/").split("/"):
        there = {each["path"]: each for each in resources.of_api(tx, SCOPE, rest["id"])}
        below = there.get(f"{resource['path'].rstrip('/')}/{part}")
        resource = below or resources.create(tx, SCOPE, rest["id"], resource["id"], part)
    return resource


def put_method(
    tx: Transaction,
    rest: Document,
    path: str = "/items",
    verb: str = "GET",
    integration: Mapping[str, Any] = MOCK,
    **fields: Any,
) -> Document:
    """An integrated method; returns its resource."""
    resource = put_resource(tx, rest, path)
    methods.put(tx, SCOPE, rest["id"], resource["id"], verb, {"authorizationType": "NONE", **fields})
    methods.put_integration(tx, SCOPE, rest["id"], resource["id"], verb, integration)
    return resource


def snapshot_of(resource: Mapping[str, Any], **parts: list[Document]) -> Document:
    api = {"id": "abcde12345", "name": "shop", "apiKeySource": "HEADER", "disableExecuteApiEndpoint": False}
    empty = dict.fromkeys(("model", "validator", "authorizer", "gateway_response"), ())
    return {"api": api, "resource": [resource], **empty, **parts}


def method_of(**fields: Any) -> Document:
    return {"httpMethod": "GET", "authorizationType": "NONE", "apiKeyRequired": False, **fields}


def integration_of(kind: str = "MOCK", **fields: Any) -> Document:
    return {"type": kind, "timeoutInMillis": 29_000, "passthroughBehavior": "WHEN_NO_MATCH", **fields}


@pytest.fixture
def exchange() -> Callable[..., Exchange]:
    """``exchange("GET", "/items/1?a=1", {"X-A": "1"}, b"", method={...}, binary=["image/png"], model=[...])``."""

    def make(
        verb: str = "GET",
        path: str = "/items/1",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        *,
        method: Mapping[str, Any] | None = None,
        binary: tuple[str, ...] = (),
        policy: str = "",
        settings: Mapping[str, Any] | None = None,
        **parts: list[Document],
    ) -> Exchange:
        resource = {"id": "res001", "path": "/items/{id}", "resourceMethods": {verb: dict(method or method_of())}}
        snapshot = snapshot_of(resource, **parts)
        snapshot["api"] |= {"binaryMediaTypes": list(binary), "policy": policy}
        stage = {"stageName": "prod", "deploymentId": "dep001", "variables": {"v": "value"}, "methodSettings": settings or {}}
        path, _, query = path.partition("?")
        lines = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
        lower = {name.lower(): value for name, value in (headers or {}).items()}
        made = Exchange(
            StagePlan(SCOPE, stage, snapshot),
            Request(verb, path, query, lower, body, header_lines=lines),
            path=path,
            context_path=f"/prod{path}",
            domain_name="abcde12345.execute-api.localhost:4566",
            source_ip="192.0.2.7",
            request_id="6b07bf02-2378-5601-334c-75b589c734a5",
            extended_request_id="JKJaXmPLvHcESHA=",
            trace_id="Root=1-5e6722a7-cc56b0d946db7ae02d4da47e",
            at=NOW,
        )
        found = made.plan.routes.find(verb, path)
        if found is not None:
            made.method, made.path_parameters = found
        return made

    return make


ARN_PREFIX = f"arn:aws:execute-api:us-east-1:{ACCOUNT}:abcde12345"
