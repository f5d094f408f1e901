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


HANDLERS = {
    "FastAPI": (FastAPI(), "asgi"),
    "Starlette": (Starlette(), "asgi"),
    "middleware around FastAPI": (GZipMiddleware(FastAPI()), "asgi"),
    "coroutine function": (asgi_3, "asgi"),
    "by other names": (asgi_3_by_other_names, "asgi"),
    "with options": (asgi_3_with_options, "asgi"),
    "without async": (asgi_3_without_async, "asgi"),
    "instance": (Application(), "asgi"),
    "bound method": (Application().method, "asgi"),
    "partial": (functools.partial(configured, {}), "asgi"),
    "function of ASGI 2": (asgi_2, "asgi"),
    "class of ASGI 2": (Asgi2, "asgi"),
    "Flask": (flask.Flask("app"), "wsgi"),
    "method of Flask's": (flask.Flask("app").wsgi_app, "wsgi"),
    "function of WSGI": (wsgi, "wsgi"),
    "Falcon": (Falcon(), "wsgi"),
    "handler": (handler, ""),
    "handler with more": (handler_with_more, ""),
    "handler of anything": (handler_of_anything, ""),
    "coroutine handler": (async_handler, ""),
    "resolver": (Resolver(), ""),
    "class of event and context": (Handlers, ""),
    "static method": (Handlers.static, ""),
    "method": (Handlers(1, 2).method, ""),
    "handler made of an application": (handler_made_of_an_application, ""),
    "partial handler": (functools.partial(handler_with_more, clock=1), ""),
    "Mangum": (mangum.Mangum(FastAPI()), ""),
    "lambda": (lambda event, context: event, ""),
    "builtin function": (print, ""),
    "builtin class": (dict, ""),
    "text": ("text", ""),
    "nothing": (None, ""),
}


@pytest.mark.parametrize("name", HANDLERS)
def test_what_a_handler_is_shows_in_what_it_takes(inside, name):
    app, kind = HANDLERS[name]
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
