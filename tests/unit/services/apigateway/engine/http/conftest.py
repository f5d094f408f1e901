"""Exchanges to ask, and keys to sign with."""

from collections.abc import Callable
from typing import Any

import pytest

from lambent.core.context import Scope
from lambent.services.apigateway.engine.http.exchange import Exchange
from lambent.services.apigateway.engine.records import HTTP, Api, Stage
from lambent.wire.http import Request

AT = 1_583_348_638.39


@pytest.fixture
def exchange() -> Callable[..., Exchange]:
    """``exchange("GET", "/prod/items/1?a=1", {"X-A": "1"}, b"")``: below the stage ``prod``."""

    def make(
        method: str = "GET",
        path: str = "/prod/items/1",
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        **fields: Any,
    ) -> Exchange:
        path, _, query = path.partition("?")
        lines = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
        lower = {name.lower(): value for name, value in (headers or {}).items()}
        made = Exchange(
            api=Api(Scope("123456789012", "us-east-1"), "api-id", "api", HTTP, AT),
            stage=Stage("prod", AT, AT, variables={"v": "value", "empty": ""}),
            request=Request(method, path, query, lower, body, header_lines=lines),
            path=path,
            resource_path=path.removeprefix("/prod"),
            host="api-id.execute-api.localhost:4566",
            source_ip="192.0.2.7",
            request_id="JKJaXmPLvHcESHA=",
            trace_id="Root=1-5e6722a7-cc56b0d946db7ae02d4da47e",
            at=AT,
        )
        made.route_key = "GET /items/{id}"
        made.path_parameters = {"id": "1"}
        for name, value in fields.items():
            setattr(made, name, value)
        return made

    return make
