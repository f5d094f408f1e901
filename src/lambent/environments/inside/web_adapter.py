"""A web server as a function: the contract of the Lambda Web Adapter. A program of its own, in the layer that we provide.

``bootstrap`` of the layer is the function's exec wrapper and starts us instead of the runtime. We start what the handler
names (``run.sh``), wait until it answers on its port, and hand it every event as an HTTP request.
https://github.com/awslabs/aws-lambda-web-adapter

Where environments are plain processes they share the machine's ports: who comes second to one is told another in ``PORT``.
"""

import base64
import errno
import http.client
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import types
import zlib

_package = types.ModuleType("_lambent")
_package.__path__ = [os.path.dirname(os.path.abspath(__file__))]
sys.modules["_lambent"] = _package

from _lambent import web_requests  # noqa: E402

POLL_S = 0.01
PATIENCE_S = 2.0  # after each of these we say that the server is not ready
INIT_S_MAX = 9.8  # with AWS_LWA_ASYNC_INIT the server goes on starting in the first invocation
IDLE_S_MAX = 2.0  # a connection that was idle for longer may be closed by the server at any moment
LAST_WORDS_S = 0.1  # a server that has ended takes us along within this, and that is what is told of the invocation
READ_BYTES = 65536
COMPRESSED_BYTES_MIN = 32
_API = "/2018-06-01/runtime/"
_PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response"
_PRELUDE_END = b"\0" * 8
_OF_CONNECTIONS = frozenset(("connection", "keep-alive", "transfer-encoding", "proxy-connection", "te", "upgrade"))
_IDEMPOTENT_METHODS = frozenset(("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"))
_METHODS_WITH_BODY = frozenset(("POST", "PUT", "PATCH"))
_COMPRESSED_ALREADY = ("image/", "audio/", "video/", "text/event-stream", "application/grpc", "application/zip")


def main():
    settings = Settings(os.environ)
    settings.claim_port()
    server = start(settings)
    adapter = Adapter(settings, RuntimeApi(settings.runtime_api))
    if settings.is_init_asynchronous:
        adapter.wait(time.monotonic() + INIT_S_MAX)
    else:
        adapter.wait(None)
    signal.signal(signal.SIGTERM, lambda *_: end(server))
    while True:
        adapter.serve_one()


def start(settings):
    """The web server as our child; when it ends, so do we."""
    command = [os.path.join(os.environ.get("LAMBDA_TASK_ROOT", "."), os.environ.get("_HANDLER", ""))]
    variables = dict(os.environ, **settings.ports)
    try:
        server = subprocess.Popen(command, env=variables)
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            _say("%s does not start: %s" % (command[0], error.strerror))
            sys.exit(126)
        server = subprocess.Popen(["/bin/sh", *command], env=variables)  # a script that does not tell its shell

    def follow():
        status = server.wait()
        _say("the web server has ended with status %d" % status)
        os._exit(status if status >= 0 else 128 - status)

    threading.Thread(target=follow, daemon=True).start()
    return server


def end(server):
    """As the platform ends the environment."""
    server.terminate()
    signal.pause()  # the thread that waits for the server ends us


def _say(text):
    print("lambda-adapter: " + text, flush=True)


class Settings:
    """The variables, and what holds without them."""

    def __init__(self, variables):
        def told(name, default, old=None):
            return variables.get("AWS_LWA_" + name) or (variables.get(old) if old else None) or default

        self.runtime_api = told("LAMBDA_RUNTIME_API_PROXY", variables.get("AWS_LAMBDA_RUNTIME_API", ""))
        self.host = told("HOST", "127.0.0.1", "HOST")
        self.port = int(told("PORT", "8080", "PORT"))
        self.readiness_port = int(told("READINESS_CHECK_PORT", str(self.port), "READINESS_CHECK_PORT"))
        self.readiness_path = told("READINESS_CHECK_PATH", "/", "READINESS_CHECK_PATH")
        self.is_readiness_http = told("READINESS_CHECK_PROTOCOL", "http", "READINESS_CHECK_PROTOCOL").lower() != "tcp"
        unhealthy = told("READINESS_CHECK_MIN_UNHEALTHY_STATUS", "", "READINESS_CHECK_MIN_UNHEALTHY_STATUS")
        healthy = told("READINESS_CHECK_HEALTHY_STATUS", "100-%d" % (int(unhealthy) - 1) if unhealthy.isdigit() else "100-499")
        self.healthy_statuses = statuses(healthy)
        self.is_init_asynchronous = told("ASYNC_INIT", "false", "ASYNC_INIT").lower() == "true"
        self.base_path = told("REMOVE_BASE_PATH", "", "REMOVE_BASE_PATH")
        self.is_streaming = told("INVOKE_MODE", "buffered").lower() == "response_stream"
        self.compresses = told("ENABLE_COMPRESSION", "false").lower() == "true" and not self.is_streaming
        self.authorization_source = told("AUTHORIZATION_SOURCE", "").lower()
        self.error_statuses = statuses(told("ERROR_STATUS_CODES", ""))
        self.ports = {}  # variables for the server where it is to take another port
        self.environment = {
            "function_name": variables.get("AWS_LAMBDA_FUNCTION_NAME", ""),
            "memory": int(variables.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "0")),
            "version": variables.get("AWS_LAMBDA_FUNCTION_VERSION", ""),
            "log_stream": variables.get("AWS_LAMBDA_LOG_STREAM_NAME", ""),
            "log_group": variables.get("AWS_LAMBDA_LOG_GROUP_NAME", ""),
        }
        self._claims = []

    def claim_port(self):
        """Takes the port that was told, or another one that nobody has; until our end no other adapter takes it."""
        if self._claim(self.port):
            return
        told = self.port
        while True:
            with socket.socket() as probe:
                probe.bind((self.host, 0))
                port = probe.getsockname()[1]
            if self._claim(port):
                break
        _say("port %d is another environment's: the web server is told %d in PORT" % (told, port))
        self.port = port
        if self.readiness_port == told:
            self.readiness_port = port
        self.ports = {"PORT": str(port), "AWS_LWA_PORT": str(port)}

    def _claim(self, port):
        """Whether the server may take it."""
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what only lingers does not hold it
            try:
                probe.bind((self.host, port))
            except OSError as error:
                return error.errno == errno.EACCES  # below 1024: the server may find out
            if probe.getsockname()[1] != port:
                return True  # inside/ports.py gave us another in its place: nobody else's ports are in our way
        return self._claim_name(port)

    def _claim_name(self, port):
        """A name that lives as long as we do tells other adapters that it is taken, before the server listens."""
        if sys.platform != "linux":
            return True
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind("\0lambent-web-adapter-%d" % port)
        except OSError:
            claim.close()
            return False
        self._claims.append(claim)
        return True


def statuses(text):
    """``500,502-504`` as a set. What is no status is left out, as the adapter of AWS does."""
    found = set()
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if first.isdigit() and (last.isdigit() or not dash):
            found.update(range(int(first), int(last or first) + 1))
    return found


class RuntimeApi:
    """https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html"""

    def __init__(self, address):
        self._connection = http.client.HTTPConnection(address)

    def next(self):
        """The next event's headers and body. When the platform has gone there is nothing left to do."""
        try:
            self._connection.request("GET", _API + "invocation/next")
            response = self._connection.getresponse()
            return response.headers, response.read()
        except (OSError, http.client.HTTPException):
            os._exit(0)

    def respond(self, request_id, payload):
        self._post(request_id, "response", json.dumps(payload).encode(), {"Content-Type": "application/json"})

    def fail(self, request_id, error_type, message):
        error = {"errorType": error_type, "errorMessage": message}
        headers = {"Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": error_type}
        self._post(request_id, "error", json.dumps(error).encode(), headers)

    def stream(self, request_id, prelude, pieces):
        """Hands on each piece as it comes. Raises what ``pieces`` raises, once the platform knows that the rest is missing."""
        connection = self._connection
        connection.putrequest("POST", _API + "invocation/%s/response" % request_id)
        connection.putheader("Content-Type", _PRELUDE_TYPE)
        connection.putheader("Lambda-Runtime-Function-Response-Mode", "streaming")
        connection.putheader("Transfer-Encoding", "chunked")
        connection.putheader("Trailer", "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body")
        connection.endheaders()
        trailers = b""
        self._send_chunk(json.dumps(prelude).encode() + _PRELUDE_END)
        try:
            for piece in pieces:
                self._send_chunk(piece)
        except (OSError, http.client.HTTPException) as error:
            body = json.dumps({"errorType": type(error).__name__, "errorMessage": str(error)}).encode()
            trailers = b"Lambda-Runtime-Function-Error-Type: %s\r\nLambda-Runtime-Function-Error-Body: %s\r\n" % (
                type(error).__name__.encode(),
                base64.b64encode(body),
            )
        connection.send(b"0\r\n" + trailers + b"\r\n")
        connection.getresponse().read()

    def _send_chunk(self, data):
        self._connection.send(b"%x\r\n%s\r\n" % (len(data), data))

    def _post(self, request_id, what, body, headers):
        self._connection.request("POST", _API + "invocation/%s/%s" % (request_id, what), body, headers)
        self._connection.getresponse().read()


class Adapter:
    """Between the Runtime API and the web server."""

    def __init__(self, settings, api):
        self._settings = settings
        self._api = api
        self._connection = None
        self._used_s = 0.0
        self._is_ready = False

    def wait(self, deadline_s):
        """Until the server is ready, or the deadline comes; None: there is none."""
        started_s = time.monotonic()
        patience_s = PATIENCE_S
        while not self._check():
            now_s = time.monotonic()
            if deadline_s is not None and now_s >= deadline_s:
                return
            if now_s - started_s >= patience_s:
                url = "http://%s:%d%s" % (self._settings.host, self._settings.readiness_port, self._settings.readiness_path)
                _say("app is not ready after %dms url=%s" % (patience_s * 1000, url))
                patience_s += PATIENCE_S
            time.sleep(POLL_S)
        self._is_ready = True

    def _check(self):
        settings = self._settings
        try:
            if not settings.is_readiness_http:
                socket.create_connection((settings.host, settings.readiness_port)).close()
                return True
            connection = http.client.HTTPConnection(settings.host, settings.readiness_port)
            try:
                connection.request("GET", settings.readiness_path)
                response = connection.getresponse()
                response.read()
                return response.status in settings.healthy_statuses
            finally:
                connection.close()
        except (OSError, http.client.HTTPException):
            return False

    def serve_one(self):
        headers, body = self._api.next()
        request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        if not self._is_ready:
            self.wait(None)
        try:
            event = json.loads(body)
            request = web_requests.read(event)
            response = self._asked(request, self._headers(request, event, headers))
            status = response.status
        except (OSError, ValueError, http.client.HTTPException) as error:
            self._drop()
            time.sleep(LAST_WORDS_S)
            _say("the web server did not answer: %s: %s" % (type(error).__name__, error))
            self._api.fail(request_id, type(error).__name__, str(error))
            return
        if status in self._settings.error_statuses:
            self._finished(response)
            self._api.fail(request_id, "Error", "Request failed with configured error status code: %d" % status)
            return
        told = [(name, value) for name, value in response.getheaders() if name.lower() not in _OF_CONNECTIONS]
        if self._settings.is_streaming and request.is_web:
            self._api.stream(request_id, web_requests.prelude(status, told), self._pieces(response))
            return
        try:
            body = self._finished(response)
        except (OSError, http.client.HTTPException) as error:
            self._api.fail(request_id, type(error).__name__, str(error))
            return
        if self._settings.compresses:
            told, body = compressed(told, body, dict(request.headers).get("accept-encoding", ""))
        self._api.respond(request_id, request.answer(status, told, body))

    def _headers(self, request, event, invocation):
        """The event's own, and who asked in which invocation."""
        headers = [(name, value) for name, value in request.headers if name not in _OF_CONNECTIONS | {"content-length"}]
        source = self._settings.authorization_source
        if source:
            if any(name == source for name, _ in headers):
                headers = [(name, value) for name, value in headers if name != "authorization"]
                headers = [("authorization" if name == source else name, value) for name, value in headers]
            else:
                _say('"%s" header not found in request headers' % source)
        context = event.get("requestContext") if isinstance(event, dict) and request.is_web else None
        told = {
            "request_id": invocation["Lambda-Runtime-Aws-Request-Id"],
            "deadline": int(invocation.get("Lambda-Runtime-Deadline-Ms", "0")),
            "invoked_function_arn": invocation.get("Lambda-Runtime-Invoked-Function-Arn", ""),
            "xray_trace_id": invocation.get("Lambda-Runtime-Trace-Id"),
            "client_context": json.loads(invocation.get("Lambda-Runtime-Client-Context") or "null"),
            "identity": json.loads(invocation.get("Lambda-Runtime-Cognito-Identity") or "null"),
            "env_config": self._settings.environment,
        }
        headers.append(("x-amzn-request-context", json.dumps(context)))
        headers.append(("x-amzn-lambda-context", json.dumps(told)))
        if invocation.get("Lambda-Runtime-Aws-Tenant-Id"):
            headers.append(("x-amz-tenant-id", invocation["Lambda-Runtime-Aws-Tenant-Id"]))
        if request.body or request.method in _METHODS_WITH_BODY:
            headers.append(("content-length", str(len(request.body))))
        return headers

    def _asked(self, request, headers):
        """The server's response, its body unread. A connection that the server closed while it was idle is made anew.

        Where it closes just then, only what may be carried out twice is sent again.
        """
        if self._connection is not None and (time.monotonic() - self._used_s > IDLE_S_MAX or self._is_closed()):
            self._drop()
        may_repeat = self._connection is not None and request.method in _IDEMPOTENT_METHODS
        try:
            return self._ask(request, headers)
        except (BrokenPipeError, ConnectionResetError, http.client.RemoteDisconnected):
            self._drop()
            if not may_repeat:
                raise
            return self._ask(request, headers)

    def _is_closed(self):
        """Whether the server has ended the connection, which between two requests is all that can come of it."""
        return self._connection.sock is None or bool(select.select([self._connection.sock], [], [], 0)[0])

    def _ask(self, request, headers):
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self._settings.host, self._settings.port)
        url = web_requests.as_sent(self._path(request))
        if request.query:
            url += "?" + request.query
        self._connection.putrequest(request.method, url, skip_host=True, skip_accept_encoding=True)
        for name, value in headers:
            self._connection.putheader(name, web_requests.encoded(value))
        self._connection.endheaders(request.body or None)
        return self._connection.getresponse()

    def _path(self, request):
        path, base = request.told_path, self._settings.base_path
        if base and request.is_web:
            while path.startswith(base):
                path = path[len(base) :]
        return path if path.startswith("/") else "/" + path

    def _pieces(self, response):
        try:
            while True:
                piece = response.read1(READ_BYTES)
                if not piece:
                    break
                yield piece
            if response.length:
                raise http.client.IncompleteRead(b"", response.length)
        except BaseException:
            self._drop()
            raise
        self._finished(response)

    def _finished(self, response):
        """The rest of the body. The connection is kept where the server keeps it."""
        try:
            body = response.read()
        except (OSError, http.client.HTTPException):
            self._drop()
            raise
        self._used_s = time.monotonic()
        if response.will_close:
            self._drop()
        return body

    def _drop(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def compressed(headers, body, accepted):
    """With gzip, where the visitor takes that and the answer is none of what does not get smaller."""
    told = {name.lower(): value for name, value in headers}
    kind = told.get("content-type", "")
    if "content-encoding" in told or len(body) < COMPRESSED_BYTES_MIN or kind.startswith(_COMPRESSED_ALREADY):
        return headers, body
    headers = [*headers, ("vary", "accept-encoding")]
    takes = [part.partition(";")[0].strip().lower() for part in accepted.split(",") if part.partition(";")[2].strip() != "q=0"]
    if "gzip" not in takes and "*" not in takes:
        return headers, body
    packer = zlib.compressobj(wbits=31)
    body = packer.compress(body) + packer.flush()
    headers = [(name, value) for name, value in headers if name.lower() not in ("content-length", "accept-ranges")]
    return [*headers, ("content-encoding", "gzip")], body


if __name__ == "__main__":
    main()
