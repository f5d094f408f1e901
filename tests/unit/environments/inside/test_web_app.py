"""Which handlers are web applications. What could be an ordinary handler is never taken for one."""

import functools

import flask
import mangum
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware


async def asgi_3(scope, receive, send): ...


async def asgi_3_by_other_names(s, r, w): ...


async def asgi_3_with_options(scope, receive, send, *, debug=False): ...


def asgi_3_without_async(scope, receive, send): ...


def asgi_2(scope): ...


class Asgi2:
    def __init__(self, scope): ...

    async def __call__(self, receive, send): ...


class Application:
    async def __call__(self, scope, receive, send): ...

    async def method(self, scope, receive, send): ...


async def configured(settings, scope, receive, send): ...


def wsgi(environ, start_response): ...


class Falcon:
    def __call__(self, env, start_response): ...


def handler(event, context): ...


def handler_with_more(event, context, clock=None): ...


def handler_of_anything(*arguments, **named): ...


async def async_handler(event, context): ...


class Resolver:
    def __call__(self, event, context): ...


class Handlers:
    def __init__(self, event, context): ...

    @staticmethod
    def static(event, context): ...

    def method(self, event, context): ...


@functools.wraps(asgi_3)
def handler_made_of_an_application(event, context): ...


@pytest.mark.parametrize(
    ("app", "kind"),
    [
        (FastAPI(), "asgi"),
        (Starlette(), "asgi"),
        (GZipMiddleware(FastAPI()), "asgi"),
        (asgi_3, "asgi"),
        (asgi_3_by_other_names, "asgi"),
        (asgi_3_with_options, "asgi"),
        (asgi_3_without_async, "asgi"),
        (Application(), "asgi"),
        (Application().method, "asgi"),
        (functools.partial(configured, {}), "asgi"),
        (asgi_2, "asgi"),
        (Asgi2, "asgi"),
        (flask.Flask("app"), "wsgi"),
        (flask.Flask("app").wsgi_app, "wsgi"),
        (wsgi, "wsgi"),
        (Falcon(), "wsgi"),
        (handler, ""),
        (handler_with_more, ""),
        (handler_of_anything, ""),
        (async_handler, ""),
        (Resolver(), ""),
        (Handlers, ""),
        (Handlers.static, ""),
        (Handlers(1, 2).method, ""),
        (handler_made_of_an_application, ""),
        (functools.partial(handler_with_more, clock=1), ""),
        (mangum.Mangum(FastAPI()), ""),
        (lambda event, context: event, ""),
        (print, ""),
        (dict, ""),
        ("text", ""),
        (None, ""),
    ],
    ids=str,
)
def test_what_a_handler_is_shows_in_what_it_takes(inside, app, kind):
    assert inside("web_app").kind_of(app) == kind


def test_a_variable_decides_otherwise(inside, monkeypatch):
    web_app = inside("web_app")
    monkeypatch.setenv("LAMBENT_WEB_APP", "off")
    assert web_app.adapted(asgi_3, bool) is asgi_3
    monkeypatch.setenv("LAMBENT_WEB_APP", "WSGI")
    assert web_app.adapted(handler_of_anything, bool) is not handler_of_anything


def test_a_variable_that_decides_nothing_is_an_error(inside, monkeypatch):
    monkeypatch.setenv("LAMBENT_WEB_APP", "django")
    with pytest.raises(ValueError, match="LAMBENT_WEB_APP is asgi, wsgi or off, not 'django'"):
        inside("web_app").adapted(handler, bool)


def test_an_ordinary_handler_stays_itself(inside):
    assert inside("web_app").adapted(handler, bool) is handler
