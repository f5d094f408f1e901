"""AWS' own bootstrap (awslambdaric) over our frames, in a process that the zygote forked."""

import atexit
import gc
import importlib
import json
import logging
import os
import resource
import select
import signal
import sys
import time
import traceback

from _lambent import debugger, frames, host, shifted_time, source_code, template, web_app
from _lambent.marshaller import StreamingMarshaller
from awslambdaric import bootstrap as ric
from awslambdaric.lambda_runtime_client import BaseLambdaRuntimeClient, InvocationRequest

RESPONSE_BYTES_MAX = 6_291_556
_TOO_LARGE_TYPE = b"Function.ResponseSizeTooLarge\0"
_TOO_LARGE = (
    b'{"errorMessage":"Response payload size exceeded maximum allowed payload size (%d bytes).",'
    b'"errorType":"Function.ResponseSizeTooLarge"}' % RESPONSE_BYTES_MAX
)


_wall_s, _monotonic_s = time.time, time.monotonic  # whatever functions make of them


def _peak_kb():
    return min(host.peak_rss_kb(resource.getrusage(resource.RUSAGE_SELF)), 0xFFFFFFFF)


class FrameClient(BaseLambdaRuntimeClient):  # its methods take what awslambdaric gives them
    """What awslambdaric calls instead of the HTTP Runtime API."""

    def __init__(self, channel, log_descriptor=-1, restore=None):
        BaseLambdaRuntimeClient.__init__(self, "")
        self.marshaller = StreamingMarshaller(self._begin_stream, self._write_piece)
        self._channel = channel
        self._log_descriptor = log_descriptor
        self._restore = restore
        self._used_kb = 0
        self._began_s = 0.0
        self._is_ready = False
        self._wants_stream = False

    def restore_next(self):
        """Where a version that is initialised for SnapStart stays, and where its copies go on."""
        if self._restore is None:
            return
        reason = template.why_unfit()
        if reason:
            print("SnapStart: no snapshot is kept of this version, because %s. It starts as others do." % reason)
            self.post_init_error({"errorType": "Runtime.NoSnapshot", "errorMessage": reason})
            os._exit(0)
        self._channel = self._restore(self._channel)

    def report_restore_error(self, restore_error_data):
        self.post_init_error(restore_error_data, "Runtime.AfterRestoreError")

    def wants_stream(self):
        """Whether the caller of the current event takes the answer piece by piece."""
        return self._wants_stream

    def _begin_stream(self, content_type):
        self._channel.write(frames.STREAM, content_type.encode())

    def _write_piece(self, data):
        self._channel.write(frames.CHUNK, data)

    def _write_mark(self):
        """Whatever the function has made of its output: where it is full the platform is about to read it."""
        while True:
            try:
                os.write(self._log_descriptor, frames.MARK)
                return
            except BlockingIOError:
                room = select.poll()
                room.register(self._log_descriptor, select.POLLOUT)
                room.poll()

    def _has_queue(self):
        return self._channel is not None and self._channel.has_queue

    def _used(self):
        self._used_kb = _peak_kb()
        return frames.USED.pack(self._used_kb, int((_monotonic_s() - self._began_s) * 1e6), self._has_queue())

    def wait_next_invocation(self):
        if not self._is_ready:
            self._is_ready = True
            self._channel.write(frames.READY, self._used())
        kind, body = self._channel.read_event(self._used_kb)
        self._began_s = _monotonic_s()
        deadline_ms, fields, event = frames.unpack_invoke(body)
        if kind == frames.QUEUED:
            deadline_ms += int(_wall_s() * 1000)
            self._write_mark()
        request_id, function_arn, trace_id, tenant_id, shift_s, wants_stream, client_context = fields
        self._wants_stream = bool(wants_stream)
        shifted_time.shift(float(shift_s or 0))
        return InvocationRequest(
            invoke_id=request_id,
            x_amzn_trace_id=trace_id or None,
            invoked_function_arn=function_arn,
            deadline_time_in_ms=deadline_ms,
            client_context=client_context or None,
            cognito_identity=None,
            tenant_id=tenant_id or None,
            content_type="application/json",
            event_body=event,
            invocation_id=None,
        )

    def post_invocation_result(self, invoke_id, result_data, content_type="application/json", invocation_id=None):
        data = result_data if isinstance(result_data, bytes) else result_data.encode("utf-8")
        if len(data) > RESPONSE_BYTES_MAX:
            self._channel.write(frames.ERROR, self._used(), _TOO_LARGE_TYPE, _TOO_LARGE)
        else:
            self._channel.write(frames.RESULT, self._used(), content_type.encode(), b"\0", data)

    def post_invocation_error(self, invoke_id, error_response_data, xray_fault, invocation_id=None):
        data = error_response_data.encode("utf-8")
        if len(data) > RESPONSE_BYTES_MAX:
            self._channel.write(frames.ERROR, self._used(), _TOO_LARGE_TYPE, _TOO_LARGE)
        else:  # AWS' client tells the types of INIT's errors only, so those of invocations are unknown to the platform
            self._channel.write(frames.ERROR, self._used(), b"\0", data)

    def post_init_error(self, error_response_data, error_type_override=None):
        error_type = str(error_type_override or error_response_data["errorType"]).replace("\0", "")
        body = json.dumps(error_response_data).encode()
        self._channel.write(frames.INIT_ERROR, self._used(), error_type.encode("utf-8", "replace"), b"\0", body)

    def handle_exception(self, exc, func_to_retry=None, use_backoff=False):
        raise exc

    def handle_init_error(self, exc):
        raise exc


class _Rehearsed(FrameClient):
    """Takes the runtime's answers and keeps them."""

    def __init__(self):
        FrameClient.__init__(self, None)

    def post_invocation_result(self, invoke_id, result_data, content_type="application/json", invocation_id=None):
        frames.pack(frames.RESULT, self._used() + content_type.encode() + b"\0" + result_data.encode())


def rehearse(*_):
    """Walks the way from an assignment to an answer, for nobody, and leaves no trace.

    The zygote does it, so that the interpreter has specialised the code that every child runs; a child that waits ahead of need
    does it, so that the memory which its start will write to is its own already.
    """
    root = logging.getLogger()
    handlers, level, converter = root.handlers[:], root.level, logging.Formatter.converter
    variables = dict(os.environ)
    os.environ.update(("LAMBENT_REHEARSAL_%d" % number, "x" * 32) for number in range(40))
    sink = ric.StandardLogSink()
    ric._setup_logging(ric._AWS_LAMBDA_LOG_FORMAT, "", sink)
    ric.Unbuffered(sys.stdout).write("")
    try:
        importlib.import_module("_lambent_nothing")
    except ImportError:
        pass
    scope = {}
    exec(compile("def handler(event, context):\n    return event\n", "rehearsal", "exec"), scope)
    fields = ["0" * 36, "arn:aws:lambda:us-east-1:000000000000:function:f", "Root=1", "", "", "", ""]
    frame = frames.pack_invoke(1, fields, json.dumps({"a": [1, "b", None]}).encode())
    _, _, event = frames.unpack_invoke(frame[frames.HEAD.size :])
    ric.handle_event_request(
        _Rehearsed(), scope["handler"], fields[0], event, "application/json", None, None, fields[1], 1, None, sink
    )
    root.handlers[:], root.level, logging.Formatter.converter = handlers, level, converter
    os.environ.clear()
    os.environ.update(variables)


def become(assignment, channel, log_pipe, way):
    """Turns this process into the function's runtime: its variables, streams and path; then runs it. Never returns."""
    variables = assignment["variables"]
    log_descriptor = os.dup(log_pipe)
    _take_on(variables, log_pipe, log_descriptor)
    os.environ["_LAMBDA_TELEMETRY_LOG_FD"] = str(log_descriptor)
    os.chdir(assignment["folder"])
    sys.path[:] = assignment["path"]
    sys.argv[:] = ["bootstrap", assignment["handler"]]
    if variables.get("AWS_LAMBDA_LOG_FORMAT") or variables.get("AWS_LAMBDA_LOG_LEVEL"):
        importlib.reload(ric)  # it reads these two when it is imported
    shifted_time.shift(assignment["shift_s"])
    gc.enable()
    if assignment["is_from_source"]:
        source_code.believe_sources(assignment["folder"])

    def restore(channel):
        """Waits as a template; in a copy, the channel of the environment that it has become."""
        kept = {0, 1, 2, log_descriptor}
        left = template.Left({*kept, channel.fileno()})
        channel.write(frames.READY, frames.USED.pack(_peak_kb(), 0, False))
        own, own_channel, own_pipe = template.wait(channel.connection, way.template, kept, left)
        _take_on(own["variables"], own_pipe, log_descriptor)
        shifted_time.shift(own["shift_s"])
        return own_channel

    client = FrameClient(channel, log_descriptor, restore if assignment["is_template"] else None)
    load = ric._get_handler
    ric._get_handler = lambda handler: web_app.adapted(load(handler), client.wants_stream)
    try:
        if assignment["debug_port"]:
            debugger.wait(assignment["debug_port"])
        ric.run(assignment["handler"], client)
    except SystemExit as exit_:
        _leave(exit_.code)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    except BaseException:
        traceback.print_exc()
        _leave(1)


def _take_on(variables, log_pipe, log_descriptor):
    """The variables of an environment, and its pipe for all that is written."""
    for descriptor in (1, 2, log_descriptor):
        os.dup2(log_pipe, descriptor, inheritable=descriptor != log_descriptor)
    os.close(log_pipe)
    os.environ.clear()
    os.environ.update(variables)
    time.tzset()


def _leave(code):
    """Ends the process as the interpreter would, without taking apart modules that were never ours."""
    try:
        if code is not None and not isinstance(code, int):
            print(code, file=sys.stderr)
            code = 1
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit((code or 0) & 0xFF)
