"""Browsers are told what the API's configuration allows, and only to origins that it names."""

import pytest

from lambent.services.apigateway.engine.http.cors import CorsRules
from lambent.services.apigateway.engine.records import Cors
from lambent.wire.http import Request

ALL = Cors(("https://a.example",), ("GET", "PUT"), ("x-a", "x-b"), ("x-c",), 300, allow_credentials=True)


def asked(origin="https://a.example", method="OPTIONS", **headers):
    given = {"origin": origin, "access-control-request-method": "GET"} | headers
    return Request(method, "/", "", {name: value for name, value in given.items() if value})


def test_a_preflight_is_told_everything():
    answer = CorsRules(ALL).preflight(asked())

    assert answer.status == 204
    assert dict(answer.headers) == {
        "access-control-allow-origin": "https://a.example",
        "access-control-allow-methods": "GET,PUT",
        "access-control-allow-headers": "x-a,x-b",
        "access-control-max-age": "300",
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "x-c",
    }


@pytest.mark.parametrize(
    ("origins", "origin", "told"),
    [
        (("*",), "https://b.example", "*"),
        (("https://a.example",), "https://A.example", "https://A.example"),
        (("https://a.example",), "https://b.example", None),
        (("https://*",), "https://b.example", "https://b.example"),
        (("https://*",), "http://b.example", None),
        ((), "https://a.example", None),
        (("*",), "", None),
    ],
)
def test_an_origin_is_told_only_where_it_may_ask(origins, origin, told):
    rules = CorsRules(Cors(origins))

    assert dict(rules.preflight(asked(origin)).headers).get("access-control-allow-origin") == told
    assert dict(rules.headers(asked(origin).headers, [])).get("access-control-allow-origin") == told


def test_the_functions_own_headers_are_dropped_and_others_kept():
    headers = CorsRules(ALL).headers(asked("https://b.example").headers, [("Access-Control-Allow-Origin", "*"), ("x", "y")])

    assert headers == [("x", "y")]
