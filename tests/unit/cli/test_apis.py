"""Which addresses are listed, from what a platform answers."""

import json
from typing import Any

import pytest

from lambent.cli import apis
from lambent.cli.client import Answer
from lambent.cli.failures import Refused

ENDPOINT = "http://abc.execute-api.us-east-1.localhost:4566"
NOT_THERE = Refused(501, "NotImplemented", "")
PAGES: dict[str, Any] = {
    "/v2/apis": {
        "items": [{"apiId": "abc", "name": "shop", "protocolType": "HTTP", "apiEndpoint": ENDPOINT}],
        "nextToken": "n",
    },
    "/v2/apis?nextToken=n": {"items": [{"apiId": "w", "name": "talk", "protocolType": "WEBSOCKET", "apiEndpoint": "ws://w"}]},
    "/v2/apis/abc/stages": {
        "items": [
            {"stageName": "$default", "deploymentId": "d"},
            {"stageName": "prod", "deploymentId": "d"},
            {"stageName": "new"},
        ]
    },
    "/v2/apis/w/stages": {"items": []},
    "/restapis": {"item": [{"id": "r1", "name": "old"}, {"id": "r2", "name": "new"}]},
    "/restapis/r1/stages": {"item": [{"stageName": "v1"}]},
    "/restapis/r2/stages": {"item": []},
    "/2015-03-31/functions/": {"Functions": [{"FunctionName": "greet"}], "NextMarker": None},
    "/2021-10-31/functions/greet/urls": {
        "FunctionUrlConfigs": [{"FunctionArn": "arn:aws:lambda:us-east-1:1:function:greet:live", "FunctionUrl": "http://u/"}]
    },
    "/v2/domainnames": {"items": [{"domainName": "shop.example.com"}]},
    "/v2/domainnames/shop.example.com/apimappings": {"items": [{"stage": "prod", "apiMappingKey": "a/b"}]},
}


class Platform:
    """Answers what it was given, and NotImplemented to all else."""

    url, region = "http://localhost:4566", "us-east-1"

    def __init__(self, pages: dict[str, Any]) -> None:
        self.pages = pages

    def rest(self, service: str, method: str, path: str, *, query: dict[str, str]) -> Answer:
        name = "&".join([path, *(f"{key}={value}" for key, value in query.items())]).replace("&", "?", 1)
        if name not in self.pages:
            raise NOT_THERE
        return Answer(200, {}, json.dumps(self.pages[name]).encode())


def listed(pages: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [(each.kind, each.name, each.stage, each.url) for each in apis.addresses(Platform(pages))]


def test_apis_function_urls_and_domain_names_are_listed():
    assert listed(PAGES) == [
        ("HTTP", "shop", "$default", f"{ENDPOINT}/"),
        ("HTTP", "shop", "prod", f"{ENDPOINT}/prod/"),
        ("HTTP", "shop", "new", "not deployed yet"),
        ("WEBSOCKET", "talk", "-", "no stage yet"),
        ("REST", "old", "v1", "http://r1.execute-api.us-east-1.localhost:4566/v1/"),
        ("REST", "new", "-", "no stage yet"),
        ("FUNCTION", "greet", "live", "http://u/"),
        ("DOMAIN", "shop.example.com", "prod", "http://shop.example.com:4566/a/b"),
    ]


def test_an_address_is_told_by_its_path_as_well_where_the_platform_has_it_below_one():
    talk = {**PAGES, "/v2/apis/w/stages": {"items": [{"stageName": "prod", "deploymentId": "d"}]}}
    assert [each.path_url for each in apis.addresses(Platform(talk))] == [
        "http://localhost:4566/_aws/execute-api/abc/",
        "http://localhost:4566/_aws/execute-api/abc/prod/",
        None,
        "ws://localhost:4566/_aws/execute-api/w/prod/",
        "http://localhost:4566/_aws/execute-api/r1/v1/",
        None,
        "http://localhost:4566/_aws/lambda-url/u/",
        None,
    ]


def test_what_a_platform_has_not_is_left_out():
    assert listed({}) == []


def test_other_refusals_are_told():
    class Refusing(Platform):
        def rest(self, *_: Any, **__: Any) -> Answer:
            raise Refused(403, "AccessDenied", "")

    with pytest.raises(Refused):
        list(apis.addresses(Refusing({})))
