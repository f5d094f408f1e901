"""Finds out whether a loaded handler is a web application (ASGI or WSGI), and makes an ordinary handler of it.

An ordinary handler takes an event and a context. What takes neither two arguments nor these two can be no handler: it is
looked at what it takes, and never called to find out. ``LAMBENT_WEB_APP`` (``asgi``, ``wsgi``, ``off``) decides otherwise.
"""

import functools
import os
import types

VARIABLE = "LAMBENT_WEB_APP"
_KINDS = ("", "asgi", "wsgi", "off")
_COROUTINE = 0x80  # inspect.CO_COROUTINE; importing inspect would cost every function 10 ms
_PARTS_MAX = 16  # a partial of a method of an instance … has an end


def adapted(handler, wants_stream):
    """The handler itself, or one that answers events by asking the application that it is.

    ``wants_stream`` tells whether the current event's caller takes the answer piece by piece.
    """
    kind = os.environ.get(VARIABLE, "").strip().lower()
    if kind not in _KINDS:
        raise ValueError("%s is asgi, wsgi or off, not %r" % (VARIABLE, kind))
    kind = kind or kind_of(handler)
    if kind == "asgi":
        from _lambent import asgi  # here, because few functions are applications

        app = asgi.AsgiApp(handler, wants_stream, is_in_two_steps=_is_in_two_steps(handler))
        app.start()
        return app
    if kind == "wsgi":
        from _lambent import wsgi

        return wsgi.WsgiApp(handler, wants_stream)
    return handler


def kind_of(handler):
    """``asgi``, ``wsgi`` or nothing."""
    signature = _signature(handler)
    if signature is None:
        return ""
    names, is_coroutine = signature
    if len(names) == 3 and (is_coroutine or names == ("scope", "receive", "send")):
        return "asgi"
    if names == ("scope",):
        return "asgi"
    if len(names) == 2 and names[1] == "start_response":
        return "wsgi"
    return ""


def _is_in_two_steps(app):
    """Whether it is of ASGI 2: takes the scope, and what it returns takes receive and send."""
    signature = _signature(app)
    return signature is not None and signature[0] == ("scope",)


def _signature(callable_):
    """The names of the positional parameters that have no default, and whether a call gives a coroutine. None: not known.

    ``__wrapped__`` is not followed: a decorator may have made a handler of an application.
    """
    bound = 0
    given = ()
    for _ in range(_PARTS_MAX):
        if isinstance(callable_, functools.partial):
            bound += len(callable_.args)
            given += tuple(callable_.keywords)
            callable_ = callable_.func
        elif isinstance(callable_, types.MethodType):
            bound += 1
            callable_ = callable_.__func__
        elif isinstance(callable_, types.FunctionType):
            return _of_function(callable_, bound, given)
        elif isinstance(callable_, type):
            callable_ = vars(callable_).get("__init__")
            bound += 1
        else:
            callable_ = getattr(type(callable_), "__call__", None)  # noqa: B004  what it takes, not whether it can
            bound += 1
    return None


def _of_function(function, bound, given):
    code = function.__code__
    required = code.co_argcount - len(function.__defaults__ or ())
    names = tuple(name for name in code.co_varnames[bound:required] if name not in given)
    return names, bool(code.co_flags & _COROUTINE)
