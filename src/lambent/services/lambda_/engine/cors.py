"""Cross-origin rules of a function URL: which origins may read its answers, and what a browser is told of that. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors
"""

from collections.abc import Mapping, Sequence
from typing import Any

from lambent.wire.http import Headers, Request

ANY = "*"


def preflight_headers(cors: Mapping[str, Any], request: Request) -> Headers:
    """The answer to a preflight; nothing where the origin is not let in."""
    headers = list(_origin_headers(cors, request.headers["origin"]))
    if not headers:
        return []
    asked_headers = request.headers.get("access-control-request-headers", "")
    methods = _listed(cors, "AllowMethods", request.headers["access-control-request-method"])
    names = _listed(cors, "AllowHeaders", asked_headers)
    if methods:
        headers.append(("Access-Control-Allow-Methods", methods))
    if names:
        headers.append(("Access-Control-Allow-Headers", names))
    if cors.get("MaxAge") is not None:
        headers.append(("Access-Control-Max-Age", str(cors["MaxAge"])))
    return headers


def answer_headers(cors: Mapping[str, Any], request: Request) -> Headers:
    """What is added to an answer, beside what the function says itself."""
    origin = request.headers.get("origin")
    headers = list(_origin_headers(cors, origin)) if origin is not None else []
    exposed = cors.get("ExposeHeaders")
    if headers and exposed:
        headers.append(("Access-Control-Expose-Headers", ",".join(exposed)))
    return headers


def _origin_headers(cors: Mapping[str, Any], origin: str) -> Headers:
    origins: Sequence[str] = cors.get("AllowOrigins") or ()
    has_credentials = bool(cors.get("AllowCredentials"))
    if ANY in origins and not has_credentials:
        return [("Access-Control-Allow-Origin", ANY)]
    if ANY not in origins and origin.lower() not in (each.lower() for each in origins):
        return []
    headers = [("Access-Control-Allow-Origin", origin), ("Vary", "Origin")]
    if has_credentials:
        headers.append(("Access-Control-Allow-Credentials", "true"))
    return headers


def _listed(cors: Mapping[str, Any], member: str, asked: str) -> str:
    """With credentials "*" is a name like any other to browsers: what was asked for is told instead."""
    values: Sequence[str] = cors.get(member) or ()
    return asked if ANY in values and cors.get("AllowCredentials") else ",".join(values)
