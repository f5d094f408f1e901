"""Runs a Python function as a process of its own, over the HTTP Runtime API: what /var/runtime/bootstrap.py starts.

AWS' own runtime client does the work; here is what AWS' bootstrap does before: the import path. It stands beside that as
``_lambent/bootstrap.py``, by a name that awslambdaric leaves out of the tracebacks of functions.
"""

import gc
import os
import site
import sys

from _lambent import packed

_task = os.environ["LAMBDA_TASK_ROOT"]
_opt = "/opt" if os.path.isdir("/opt") else ""


def set_path():
    """The package, the layers, the runtime, the standard library; whatever PYTHONPATH says takes the layers' place."""
    runtime = os.environ["LAMBDA_RUNTIME_DIR"]
    said = [os.path.abspath(path) for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    # The machine's own packages are not the function's.
    path = [each for each in sys.path[1:] if each in said or not each.endswith(("site-packages", "dist-packages"))]
    sys.path[:] = path if runtime in path else [runtime, *path]
    layers = [] if said else ["%s/python/lib/python%d.%d/site-packages" % (_opt, *sys.version_info[:2]), _opt + "/python"]
    sys.path[:0] = [_task, *layers]
    for folder in (_task, *layers):
        site.addsitedir(folder)
    if not said:
        os.environ["PYTHONPATH"] = runtime


set_path()
_packed = packed.opened(os.path.join(os.path.dirname(__file__), packed.NAME), os.environ["LAMBDA_RUNTIME_DIR"])

import awslambdaric.__main__ as client  # noqa: E402
from _lambent import web_app  # noqa: E402
from _lambent.marshaller.bootstrap import StreamingMarshaller  # noqa: E402
from awslambdaric import bootstrap as ric  # noqa: E402
from awslambdaric.lambda_runtime_client import LambdaRuntimeClient  # noqa: E402


class StreamingClient(LambdaRuntimeClient):
    """AWS' client, which can also send an answer while it is made."""

    def __init__(self, *settings):
        LambdaRuntimeClient.__init__(self, *settings)
        self.marshaller = StreamingMarshaller(self._begin_stream, self._write_piece)
        self._request_id = ""
        self._stream = None
        ric._get_handler = self._handler

    def _handler(self, name):
        if _packed is not None:
            _packed.close()
        gc.freeze()  # what was imported until here is not looked through again
        gc.enable()
        handler = web_app.adapted(_load(name), bool)  # nobody tells us who streams
        if hasattr(handler, "stop"):  # it is to hear of SIGTERM, also where the next event is waited for in C
            from concurrent.futures import ThreadPoolExecutor

            self.use_thread_for_polling_next, self.ThreadPoolExecutor = True, ThreadPoolExecutor
        return handler

    def wait_next_invocation(self):
        request = LambdaRuntimeClient.wait_next_invocation(self)
        self._request_id = request.invoke_id
        return request

    def post_invocation_result(self, invoke_id, result_data, *more, **others):
        if self._stream is not None:
            return self._end_stream(b"")
        return LambdaRuntimeClient.post_invocation_result(self, invoke_id, result_data, *more, **others)

    def post_invocation_error(self, invoke_id, error_response_data, *more, **others):
        if self._stream is None:
            return LambdaRuntimeClient.post_invocation_error(self, invoke_id, error_response_data, *more, **others)
        import base64
        import json

        error_type = json.loads(error_response_data)["errorType"].encode("ascii", "replace")
        body = base64.b64encode(error_response_data.encode("utf-8"))
        names = b"Lambda-Runtime-Function-Error-Type: %s\r\nLambda-Runtime-Function-Error-Body: %s\r\n"
        return self._end_stream(names % (error_type, body))

    def _begin_stream(self, content_type):
        import http.client  # with all that it imports it doubles the start, and few functions stream

        self._stream = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
        self._stream.putrequest("POST", "/2018-06-01/runtime/invocation/%s/response" % self._request_id)
        self._stream.putheader("Content-Type", content_type)
        self._stream.putheader("Lambda-Runtime-Function-Response-Mode", "streaming")
        self._stream.putheader("Transfer-Encoding", "chunked")
        self._stream.putheader("Trailer", "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body")
        self._stream.endheaders()

    def _write_piece(self, data):
        if data:
            self._stream.send(b"%x\r\n%s\r\n" % (len(data), bytes(data)))

    def _end_stream(self, trailers):
        stream, self._stream = self._stream, None
        stream.send(b"0\r\n%s\r\n" % trailers)
        stream.getresponse().read()
        stream.close()


_load = ric._get_handler


def main():
    client.LambdaRuntimeClient = StreamingClient
    client.main(["bootstrap.py", os.environ["_HANDLER"]])
