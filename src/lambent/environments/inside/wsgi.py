"""A WSGI application as a handler. https://peps.python.org/pep-3333/"""

import io
import logging
import sys

from _lambent import web_requests

_FAILED = ([("content-type", "text/plain; charset=utf-8"), ("content-length", "21")], b"Internal Server Error")
_log = logging.getLogger("lambent.wsgi")


class WsgiApp:
    """A handler."""

    def __init__(self, app, wants_stream):
        self._app = app
        self._wants_stream = wants_stream

    def __call__(self, event, context):
        request = web_requests.read(event)
        environ = _environ(request, event, context)
        if request.is_web and self._wants_stream():
            return self._stream(request, environ)
        answer = Answer()
        try:
            body = b"".join(answer.pieces(self._app, environ))
        except Exception:
            if not request.is_web:
                raise  # whoever sent the event sends it again
            _log.exception("Exception in WSGI application\n")
            return request.answer(500, *_FAILED)
        return request.answer(answer.status, answer.headers, b"" if request.method == "HEAD" else body)

    def _stream(self, request, environ):
        answer = Answer()
        pieces = answer.pieces(self._app, environ)
        try:
            piece = next(pieces, None)
        except Exception:
            _log.exception("Exception in WSGI application\n")
            yield web_requests.prelude(500, _FAILED[0])
            yield _FAILED[1]
            return
        yield web_requests.prelude(answer.status, answer.headers)
        while piece is not None:
            if piece and request.method != "HEAD":
                yield piece
            piece = next(pieces, None)


class Answer:
    """What an application says by ``start_response``, ``write`` and what it returns."""

    def __init__(self):
        self.status = 0
        self.headers = []
        self._written = []
        self._has_begun = False

    def pieces(self, app, environ):
        """The body as it comes; with the first piece the status and headers are known."""
        returned = app(environ, self._start_response)
        try:
            for piece in returned:
                yield from self._take_written()
                if piece:
                    self._must_be_told()
                    yield piece
            yield from self._take_written()
            self._must_be_told()
        finally:
            if hasattr(returned, "close"):
                returned.close()

    def _start_response(self, status, headers, exc_info=None):
        if exc_info is not None:
            try:
                if self._has_begun:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None
        elif self.status:
            raise AssertionError("start_response was called twice")
        self.status = int(status.partition(" ")[0])
        self.headers = list(headers)
        return self._written.append

    def _take_written(self):
        while self._written:
            self._has_begun = True
            yield self._written.pop(0)

    def _must_be_told(self):
        if not self.status:
            raise AssertionError("the application gave its answer before it called start_response")
        self._has_begun = True


def _environ(request, event, context):
    path, root_path = request.path, request.root_path
    environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": _as_latin_1(root_path),
        "PATH_INFO": _as_latin_1(path[len(root_path) :]),
        "QUERY_STRING": request.query,
        "RAW_URI": _uri(request),
        "REQUEST_URI": _uri(request),
        "REMOTE_ADDR": request.client[0],
        "SERVER_NAME": request.server[0] or "localhost",
        "SERVER_PORT": str(request.server[1]),
        "SERVER_PROTOCOL": "HTTP/" + request.version,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "aws.event": event,
        "aws.context": context,
    }
    for name, value in request.headers:
        if "_" in name:
            continue  # it would pass for the header with a hyphen, which others may have checked: X_Forwarded_For
        name = name.upper().replace("-", "_")
        if name not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            name = "HTTP_" + name
        value = web_requests.encoded(value).decode("latin-1")
        environ[name] = environ[name] + "," + value if name in environ else value
    if request.body or "CONTENT_LENGTH" in environ:
        environ["CONTENT_LENGTH"] = str(len(request.body))  # an event's header may tell what it was before it was encoded
    return environ


def _uri(request):
    path = web_requests.as_sent(request.raw_path)
    return path + "?" + request.query if request.query else path


def _as_latin_1(text):
    return text.encode("utf-8", "surrogateescape").decode("latin-1")
