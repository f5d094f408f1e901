"""A small application of each web framework, as a handler in every way that there is, answers as on a server of its own."""

import logging
from typing import Any

import pytest
from tests.acceptance.web import ways
from tests.acceptance.web.conftest import FRAMEWORKS, Shop, source, visitor

pytestmark = pytest.mark.slow

PACKAGES = {"quart_app": "quart", "litestar_app": "litestar", "django_app": "django"}
ASGI, WSGI = ("starlette_app", "quart_app", "litestar_app", "django_app"), ("flask_app", "django_app")
CALLABLES = {("django_app", "wsgi"): "application"}

REQUESTS = {
    "path and query": ("GET", "/items/42?q=a&q=%C3%BC", {}),
    "no such path": ("GET", "/items/abc", {}),
    "no such method": ("PUT", "/items/1", {}),
    "binary both ways": ("POST", "/echo", {"content": bytes(range(256)) * 8}),
    "a megabyte both ways": ("POST", "/echo", {"content": b"0123456789" * 120_000}),
    "nothing both ways": ("POST", "/echo", {}),
    "a form": ("POST", "/form", {"data": {"name": "ü"}, "files": {"file": ("a.txt", b"hi", "text/plain")}}),
    "cookies": ("GET", "/cookies", {"headers": {"cookie": "a=1; b=2"}}),
    "a redirect": ("GET", "/redirect", {}),
    "a head": ("HEAD", "/items/1", {}),
    "a stream": ("GET", "/stream", {}),
    "an exception": ("GET", "/fails", {}),
}


class Served:
    """The functions and addresses of one application."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._layers: dict[str, str] = {}
        self._addresses: dict[str, Any] = {}

    def function_url(self, app: str, kind: str, mode: str) -> tuple[str, dict[str, str], str]:
        handler = f"{app}.{CALLABLES.get((app, kind), 'app')}"
        name = f"{app}-{kind}-{mode}"
        if name not in self._addresses:
            self._addresses[name] = self._shop.address(self._function(name, app, handler), mode)
        return *self._addresses[name], ""

    def http_api(self, app: str, kind: str, payload_format: str) -> tuple[str, dict[str, str], str]:
        handler = f"{app}.{CALLABLES.get((app, kind), 'app')}"
        name = f"{app}-{kind}-http-{payload_format[0]}"
        if name not in self._addresses:
            function = self._function(name, app, handler)
            self._addresses[name] = self._shop.api(function, payload_format=payload_format, stage="$default")
        return *self._addresses[name], ""

    def rest_api(self, app: str, kind: str) -> tuple[str, dict[str, str], str]:
        handler = f"{app}.{CALLABLES.get((app, kind), 'app')}"
        return *self._shop.rest_api(self._function(f"{app}-{kind}-rest", app, handler)), "/prod"

    def mangum(self, app: str) -> tuple[str, dict[str, str], str]:
        lifespan = "auto" if app != "django_app" else "off"  # which Django refuses
        adapted = f"import mangum, {app}\nhandler = mangum.Mangum({app}.app, lifespan={lifespan!r})\n"
        name = self._function(f"{app}-mangum", app, "adapted.handler", files={"adapted.py": adapted})
        return *self._shop.address(name), ""

    def adapter(self, app: str) -> tuple[str, dict[str, str], str]:
        script = f"#!/bin/sh\nPYTHONPATH=$PYTHONPATH:/opt/python exec python3 -m uvicorn --port=$PORT {app}:app\n"
        variables = {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap", "PORT": "8000", "AWS_LWA_READINESS_CHECK_PATH": "/items/1"}
        name = self._function(
            f"{app}-adapter",
            app,
            "run.sh",
            files={"run.sh": script},
            layers=["arn:aws:lambda:us-east-1:753240598075:layer:LambdaAdapterLayerX86:25"],
            Environment={"Variables": variables},
        )
        return *self._shop.address(name), ""

    def _function(
        self, name: str, app: str, handler: str, *, files: dict[str, str] | None = None, layers: Any = (), **options: Any
    ) -> str:
        given = {f"{app}.py": source(app), **(files or {})}
        name = name.lower().replace("_", "-")
        return self._shop.function(name, given, handler=handler, Layers=[*self._own_layers(app), *layers], **options)

    def _own_layers(self, app: str) -> list[str]:
        """A layer of the framework, where the shop's has it not."""
        package = PACKAGES.get(app)
        if package is None:
            return []
        if package not in self._layers:
            content = {"ZipFile": ways.packages_zip(package, without=(*FRAMEWORKS, "polyfactory"))}
            made = self._shop.client.publish_layer_version(LayerName=package, Content=content)
            self._layers[package] = made["LayerVersionArn"]
        return [self._layers[package]]


@pytest.fixture(scope="module")
def served(shop: Shop) -> Served:
    return Served(shop)


@pytest.fixture(autouse=True)
def quiet():
    names = ("uvicorn.error", "werkzeug", "flask_app", "quart_app", "django.request", "litestar")
    for name in names:
        logging.getLogger(name).disabled = True
    yield
    for name in names:
        logging.getLogger(name).disabled = False


def differences(served: tuple[str, dict[str, str], str], own_url: str) -> dict[str, Any]:
    url, headers, _ = served
    different = {}
    with visitor(url, headers=headers) as way, visitor(own_url, headers=headers) as own:
        for name, (method, path, options) in REQUESTS.items():
            found = ways.difference(*(client.request(method, path, **options) for client in (way, own)))
            if found:
                different[name] = found
    return different


def test_an_application_of_asgi_answers_as_on_its_own_server(served, own_servers):
    assert differences(served.http_api("quart_app", "asgi", "2.0"), own_servers("quart_app", "")) == {}


@pytest.mark.parametrize("app", WSGI)
def test_an_application_of_wsgi_answers_as_on_its_own_server(served, own_servers, app):
    found = served.function_url(app, "wsgi", "BUFFERED")
    assert differences(found, own_servers(app, "", CALLABLES.get((app, "wsgi"), "app"))) == {}


WAYS = {
    "a function URL": lambda served, app, kind: served.function_url(app, kind, "BUFFERED"),
    "a function URL, streamed": lambda served, app, kind: served.function_url(app, kind, "RESPONSE_STREAM"),
    "an HTTP API": lambda served, app, kind: served.http_api(app, kind, "2.0"),
    "an HTTP API of payload 1.0": lambda served, app, kind: served.http_api(app, kind, "1.0"),
    "a REST API": lambda served, app, kind: served.rest_api(app, kind),
}
OTHER_WAYS = {"Mangum": Served.mangum, "the web adapter": Served.adapter}


@pytest.mark.realtime
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("app", "kind"), [*((app, "asgi") for app in ASGI), *((app, "wsgi") for app in WSGI)], ids=str)
def test_an_application_answers_in_every_way_as_on_its_own_server(served, own_servers, app, kind, way):
    found = WAYS[way](served, app, kind)
    assert differences(found, own_servers(app, found[2], CALLABLES.get((app, kind), "app"))) == {}


@pytest.mark.realtime
@pytest.mark.parametrize("way", OTHER_WAYS)
@pytest.mark.parametrize("app", ASGI)
def test_an_application_answers_through_what_others_make_as_on_its_own_server(served, own_servers, app, way):
    found = OTHER_WAYS[way](served, app)
    assert differences(found, own_servers(app, "")) == {}
