"""The Runtime API for an image that is started alone: /usr/local/bin/aws-lambda-rie of the base images made here.

``aws-lambda-rie COMMAND…`` starts the runtime and answers POST /2015-03-31/functions/function/invocations on port 8080 with
what it says, one event at a time. It needs only the image's own Python.
"""

import json
import os
import subprocess
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = 8080
API_PORT = 9001
PATH = "/2015-03-31/functions/function/invocations"
API = "/2018-06-01/runtime/"
TIMEOUT_S_DEFAULT = 300
DEFAULTS = {
    "AWS_LAMBDA_FUNCTION_NAME": "test_function",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "3008",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/Functions",
    "AWS_LAMBDA_LOG_STREAM_NAME": "$LATEST",
    "AWS_REGION": "us-east-1",
}


class Emulator:
    """One event on its way: from who invokes to the runtime and back."""

    def __init__(self, command):
        self._command = command
        self._turn = threading.Lock()
        self._changed = threading.Condition()
        self._event = self._answer = self._process = None
        self._request_id = ""
        self._has_failed = False
        self._life = 0  # the runtime's number: one that has died may have left a request for an event behind
        self._waiting = set()  # the lives that ask for an event
        self.timeout_s = int(os.environ.get("AWS_LAMBDA_FUNCTION_TIMEOUT") or TIMEOUT_S_DEFAULT)

    @property
    def is_waited_for(self):
        """Whether the runtime asks for an event."""
        return self._life in self._waiting

    def invoke(self, event):
        """The runtime's answer to an event: status and body."""
        with self._turn, self._changed:
            self._answer, self._request_id = None, str(uuid.uuid4())
            self._start()
            self._event = event
            self._changed.notify_all()
            ends_at = time.monotonic() + self.timeout_s
            while self._answer is None and self._process.poll() is None and time.monotonic() < ends_at:
                self._changed.wait(0.05)
            self._event = None
            if self._answer is not None:
                if self._has_failed:  # in its INIT: it is about to end, and must not meet the next event
                    self._end()
                return 200, self._answer
            if self._process.poll() is None:
                self._end()
                return 200, b"Task timed out after %d.00 seconds" % self.timeout_s
            return 500, _error("Runtime.ExitError", _ending(self._process.returncode))

    def next_event(self):
        """The next event with its id; None where the runtime that asks has died."""
        with self._changed:
            life = self._life
            self._waiting.add(life)
            while self._event is None and life == self._life:
                self._changed.wait()
            self._waiting.discard(life)
            if life != self._life:
                return None
            event, self._event = self._event, None
            return self._request_id, event

    def answered(self, request_id, body):
        """``request_id`` is empty for an error of INIT."""
        with self._changed:
            if request_id in ("", self._request_id):
                self._answer, self._has_failed = body, not request_id
                self._changed.notify_all()

    def _end(self):
        self._process.kill()
        self._process.wait()

    def _start(self):
        if self._process is None or self._process.poll() is not None:
            variables = {**DEFAULTS, **os.environ, "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:%d" % API_PORT}
            self._event = None
            self._has_failed = False
            self._life += 1
            self._process = subprocess.Popen(self._command, env=variables)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    emulator = None

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == PATH:
            return self._tell(*self.emulator.invoke(body))
        parts = self.path.removeprefix(API).split("/") if self.path.startswith(API) else []
        if parts[:1] == ["init"]:
            self.emulator.answered("", body)
        elif parts[:1] == ["invocation"] and len(parts) == 3:
            self.emulator.answered(parts[1], body)
        else:
            return self._tell(404, b"")
        return self._tell(202, b'{"status":"OK"}')

    def do_GET(self):
        if self.path != API + "invocation/next":
            return self._tell(404, b"")
        asked = self.emulator.next_event()
        if asked is None:
            self.close_connection = True
            return None
        request_id, event = asked
        deadline_ms = int((time.time() + self.emulator.timeout_s) * 1000)
        arn = "arn:aws:lambda:us-east-1:012345678912:function:test_function"
        names = {"Aws-Request-Id": request_id, "Deadline-Ms": str(deadline_ms), "Invoked-Function-Arn": arn}
        return self._tell(200, event, {"Lambda-Runtime-" + name: value for name, value in names.items()})

    def log_message(self, *_):
        """Nothing: what is printed is the function's."""

    def _tell(self, status, body, headers=None):
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _ending(code):
    """How a process has ended, in AWS' words."""
    if code == 0:
        return "Runtime exited without providing a reason"
    if code > 0:
        return "Runtime exited with error: exit status %d" % code
    return "Runtime exited with error: signal: %s" % ("killed" if code == -9 else -code)


def _error(error_type, message):
    return json.dumps({"errorType": error_type, "errorMessage": message}).encode()


def main():
    Handler.emulator = Emulator(sys.argv[1:])
    api = ThreadingHTTPServer(("127.0.0.1", API_PORT), Handler)
    threading.Thread(target=api.serve_forever, daemon=True).start()
    ThreadingHTTPServer(("0.0.0.0", PORT), Handler).serve_forever()


if __name__ == "__main__":
    main()
