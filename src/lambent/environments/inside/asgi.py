"""An ASGI application as a handler: one event loop for the life of the environment, one request at a time.

https://asgi.readthedocs.io/en/latest/specs/www.html. What its users know from uvicorn is as there: the scope, the order of
messages, 500 for an exception. Other than there, an answer ends an invocation, so the application is let finish first: what
Starlette calls background tasks has run before the environment is frozen.
"""

import atexit
import logging
import signal
import sys
import warnings

from _lambent import web_requests

_VERSIONS = {"version": "3.0", "spec_version": "2.4"}
_LAST_WORDS_S = 1.0  # for an application that said that it cannot start to raise why
_log = logging.getLogger("lambent.asgi")


class LifespanStartupFailed(Exception):
    """The application said so, and raised nothing."""


class AsgiApp:
    """A handler. ``start`` is a part of INIT; ``stop`` follows at the end of the process, where that is not a kill."""

    def __init__(self, app, wants_stream, is_in_two_steps=False):
        self._app = _in_one_step(app) if is_in_two_steps else app
        self._wants_stream = wants_stream
        self._loop = _event_loop()
        self._failures = _failures()
        self._lifespan = Lifespan(self._app, self._loop)

    def start(self):
        """Raises what the application raised while it started."""
        self._loop.run_until_complete(self._lifespan.start())
        atexit.register(self.stop)
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, self._terminate)

    def stop(self):
        if not self._loop.is_running() and not self._loop.is_closed():
            self._loop.run_until_complete(self._lifespan.stop())

    def _terminate(self, *_):
        self.stop()  # here and now: a thread that waits for the next event may keep the process from its proper end
        sys.exit(0)

    def __call__(self, event, context):
        request = web_requests.read(event)
        scope = self._scope(request, event, context)
        if request.is_web and self._wants_stream():
            return self._stream(request, scope)
        exchange = Exchange(request.body)
        error = self._loop.run_until_complete(_run(self._app, scope, exchange, self._failures))
        if error is not None and not request.is_web:
            raise _raisable(error)  # whoever sent the event sends it again
        if not exchange.is_complete:
            return request.answer(500, *_FAILED)
        body = b"" if request.method == "HEAD" else b"".join(exchange.parts)
        return request.answer(exchange.status, _decoded(exchange.headers), body)

    def _stream(self, request, scope):
        """The prelude, then the body as it comes. The loop runs while the next piece is asked for."""
        exchange = StreamedExchange(request.body)
        task = self._loop.create_task(_run(self._app, scope, exchange, self._failures))
        piece = self._loop.run_until_complete(exchange.next_piece(task))
        if not exchange.has_started:
            yield web_requests.prelude(500, _FAILED[0])
            yield _FAILED[1]
            return
        yield web_requests.prelude(exchange.status, _decoded(exchange.headers))
        while piece is not None:
            if piece and request.method != "HEAD":
                yield piece
            piece = self._loop.run_until_complete(exchange.next_piece(task))
        if not exchange.is_complete:
            raise _raisable(task.result()) or RuntimeError("ASGI callable returned without completing response.")

    def _scope(self, request, event, context):
        return {
            "type": "http",
            "asgi": _VERSIONS,
            "http_version": request.version,
            "server": request.server,
            "client": request.client,
            "scheme": request.scheme,
            "method": request.method,
            "root_path": request.root_path,
            "path": request.path,
            "raw_path": web_requests.as_sent(request.raw_path).encode(),
            "query_string": request.query.encode(),
            "headers": [(name.encode("latin-1"), web_requests.encoded(value)) for name, value in request.headers],
            "state": self._lifespan.state.copy(),
            "aws.event": event,
            "aws.context": context,
        }


_FAILED = ([("content-type", "text/plain; charset=utf-8"), ("content-length", "21")], b"Internal Server Error")


def _in_one_step(app):
    """An application of ASGI 2 as one of ASGI 3."""

    async def run(scope, receive, send):
        await app(scope)(receive, send)

    return run


def _event_loop():
    """The loop that the application's modules found when they were imported, for they may have kept it; or one of ours."""
    import asyncio

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return asyncio.get_event_loop()
        except RuntimeError:
            loop = asyncio.new_event_loop()
            asyncio.set_event_loop(loop)
            return loop


def _decoded(headers):
    return [(bytes(name).decode("latin-1"), bytes(value).decode("latin-1")) for name, value in headers]


def _failures():
    """What ends a request, and no more: an application that cancels its own task is not to end the process with it."""
    import asyncio

    return (Exception, asyncio.CancelledError)


def _raisable(error):
    """What may be raised for who takes exceptions for failures, and everything else for the end."""
    if error is None or isinstance(error, Exception):
        return error
    cancelled = RuntimeError("ASGI application was cancelled.")
    cancelled.__cause__ = error
    return cancelled


async def _run(app, scope, exchange, failures):
    """Runs the application to its end. What it raised is in the log, and returned."""
    try:
        await app(scope, exchange.receive, exchange.send)
    except failures as error:
        _log.error("Exception in ASGI application\n", exc_info=_from_application(error))
        return error
    finally:
        exchange.disconnect()
    if not exchange.has_started:
        _log.error("ASGI callable returned without starting response.")
    elif not exchange.is_complete:
        _log.error("ASGI callable returned without completing response.")
    return None


def _from_application(error):
    """Without our own frames, which come first."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    error.__traceback__ = trace or error.__traceback__
    return error


class Exchange:
    """One request and its answer, which is gathered."""

    def __init__(self, body):
        self.status = 0
        self.headers = ()
        self.parts = []
        self.has_started = False
        self.is_complete = False
        self._body = body
        self._is_received = False
        self._disconnected = None

    async def receive(self):
        if not self._is_received:
            self._is_received = True
            body, self._body = self._body, b""
            return {"type": "http.request", "body": body, "more_body": False}
        if not self.is_complete:
            # Nobody goes away: whoever listens for that waits until the answer is complete.
            if self._disconnected is None:
                import asyncio

                self._disconnected = asyncio.Event()
            await self._disconnected.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        kind = message["type"]
        if not self.has_started:
            if kind != "http.response.start":
                raise RuntimeError("Expected ASGI message 'http.response.start', but got '%s'." % kind)
            self.has_started = True
            self.status = message["status"]
            self.headers = list(message.get("headers", ()))
        elif self.is_complete:
            raise RuntimeError("Unexpected ASGI message '%s' sent, after response already completed." % kind)
        elif kind == "http.response.body":
            await self._take(message.get("body", b""))
            if not message.get("more_body", False):
                self.is_complete = True
                self.disconnect()
        else:
            raise RuntimeError("Expected ASGI message 'http.response.body', but got '%s'." % kind)

    def disconnect(self):
        if self._disconnected is not None:
            self._disconnected.set()

    async def _take(self, body):
        self.parts.append(body)


class StreamedExchange(Exchange):
    """The answer is handed on piece by piece; the application waits until each is taken."""

    def __init__(self, body):
        import asyncio

        Exchange.__init__(self, body)
        self._has_piece = asyncio.Event()
        self._is_taken = asyncio.Event()
        self._is_handed_on = False

    async def _take(self, body):
        self._is_taken.clear()
        self.parts.append(body)
        self._has_piece.set()
        await self._is_taken.wait()

    async def next_piece(self, task):
        """The next bytes; None when the application has ended."""
        import asyncio

        if self._is_handed_on:
            self._is_handed_on = False
            self._is_taken.set()
        if not self.parts:  # several tasks of the application may send at once
            self._has_piece.clear()
            waiter = asyncio.ensure_future(self._has_piece.wait())
            await asyncio.wait((waiter, task), return_when=asyncio.FIRST_COMPLETED)
            waiter.cancel()
        if not self.parts:
            return None
        self._is_handed_on = True
        return self.parts.pop(0)


class Lifespan:
    """The application's start and end, and the state that it keeps between them."""

    def __init__(self, app, loop):
        self.state = {}
        self._app = app
        self._loop = loop
        self._task = None
        self._is_told = False
        self._started = loop.create_future()
        self._ending = None
        self._ended = loop.create_future()

    async def start(self):
        import asyncio

        self._ending = asyncio.Event()
        scope = {"type": "lifespan", "asgi": _VERSIONS, "state": self.state}
        self._task = self._loop.create_task(self._app_to_its_end(scope))
        await asyncio.wait((self._started, self._task), return_when=asyncio.FIRST_COMPLETED)
        if not self._started.done():
            return  # it knows nothing of lifespans, as most middlewares do not: it raised, or returned, and said nothing
        failure = self._started.result()
        if failure is None:
            return
        await asyncio.wait((self._task,), timeout=_LAST_WORDS_S)
        error = self._task.result() if self._task.done() else None
        raise error or LifespanStartupFailed(failure)

    async def stop(self):
        import asyncio

        if self._task is not None and not self._task.done():
            self._ending.set()
            await asyncio.wait((self._ended, self._task), return_when=asyncio.FIRST_COMPLETED)

    async def _app_to_its_end(self, scope):
        try:
            await self._app(scope, self._receive, self._send)
        except Exception as error:
            if self._started.done() and self._started.result() is None:
                _log.error("Exception in 'lifespan' protocol\n", exc_info=_from_application(error))
            return _from_application(error)
        return None

    async def _receive(self):
        if not self._is_told:
            self._is_told = True
            return {"type": "lifespan.startup"}
        await self._ending.wait()
        return {"type": "lifespan.shutdown"}

    async def _send(self, message):
        kind = message["type"]
        if kind == "lifespan.startup.complete":
            _settle(self._started, None)
        elif kind == "lifespan.startup.failed":
            _settle(self._started, message.get("message", ""))
        else:
            if kind == "lifespan.shutdown.failed":
                _log.error(message.get("message", ""))
            _settle(self._ended, None)


def _settle(future, result):
    if not future.done():
        future.set_result(result)
