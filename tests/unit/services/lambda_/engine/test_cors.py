"""What a browser is told of who may read a function URL's answers."""

from lambent.services.lambda_.engine import cors
from lambent.wire.http import Request

RULES = {
    "AllowOrigins": ["https://a.example"],
    "AllowMethods": ["GET", "PUT"],
    "AllowHeaders": ["x-a", "x-b"],
    "ExposeHeaders": ["x-c"],
    "MaxAge": 60,
}


def asked(origin: str, **headers: str) -> Request:
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("OPTIONS" if headers else "GET", "/", "", {"origin": origin, **more})


def preflight(origin: str) -> Request:
    return asked(origin, access_control_request_method="PUT", access_control_request_headers="x-z")


def test_a_preflight_tells_what_is_configured():
    assert dict(cors.preflight_headers(RULES, preflight("https://A.example"))) == {
        "Access-Control-Allow-Origin": "https://A.example",
        "Vary": "Origin",
        "Access-Control-Allow-Methods": "GET,PUT",
        "Access-Control-Allow-Headers": "x-a,x-b",
        "Access-Control-Max-Age": "60",
    }


def test_another_origin_is_told_nothing():
    assert cors.preflight_headers(RULES, preflight("https://b.example")) == []
    assert cors.answer_headers(RULES, asked("https://b.example")) == []
    assert cors.answer_headers(RULES, Request("GET", "/", "", {})) == []


def test_an_answer_tells_what_is_exposed():
    assert cors.answer_headers(RULES, asked("https://a.example")) == [
        ("Access-Control-Allow-Origin", "https://a.example"),
        ("Vary", "Origin"),
        ("Access-Control-Expose-Headers", "x-c"),
    ]


def test_everybody_is_a_star_unless_credentials_are_allowed():
    everybody = {"AllowOrigins": ["*"], "AllowMethods": ["*"], "AllowHeaders": ["*"]}
    assert cors.preflight_headers(everybody, preflight("https://b.example")) == [
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Methods", "*"),
        ("Access-Control-Allow-Headers", "*"),
    ]
    assert dict(cors.preflight_headers({**everybody, "AllowCredentials": True}, preflight("https://b.example"))) == {
        "Access-Control-Allow-Origin": "https://b.example",
        "Vary": "Origin",
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Methods": "PUT",
        "Access-Control-Allow-Headers": "x-z",
    }
