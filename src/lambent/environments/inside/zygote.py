"""The zygote: a process that has imported the runtime and forks environments on request.

``python -I -S zygote.py <descriptor of the control socket>``. The first message is the settings; then each message is a
request, one JSON object with descriptors beside it. It ends when the platform's end of the socket closes. ``sandboxed.py`` or
``plain.py`` is how it forks; which of the two is chosen once, by the settings.
"""

import gc
import os
import resource
import signal
import socket
import sys
import time
import types

_package = types.ModuleType("_lambent")
_package.__path__ = [os.path.dirname(os.path.abspath(__file__))]
sys.modules["_lambent"] = _package

# bootstrap.py wants some of them, when no file is seen any more.
from _lambent import (  # noqa: E402, F401
    asgi,
    channel,
    debugger,
    forking,
    frames,
    host,
    shifted_time,
    source_code,
    supervisor,
    template,
    web_app,
    wsgi,
)


def _compiled(name):
    """By this name awslambdaric leaves its frames out of the tracebacks of functions, as it does with its own."""
    with open(os.path.join(_package.__path__[0], name), "rb") as file:
        return compile(file.read(), "/var/runtime/bootstrap.py", "exec")


_MARSHALLER, _BOOTSTRAP = _compiled("marshaller.py"), _compiled("bootstrap.py")
_REHEARSALS = 20
_WARM_MODULES = ("awslambdaric.lambda_literals", "base64", "datetime", "decimal", "json", "logging", "re")


def main():
    control = forking.Control(socket.socket(fileno=int(sys.argv[1])))
    settings, _ = control.receive()
    try:
        way = _way(settings)
        pid = way.enter()
    except OSError as error:
        _refuse(control, error.strerror or error)
    if pid:
        control.close()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _, status = os.waitpid(pid, 0)
        os._exit(0 if status == 0 else 1)
    serve(control, settings, way)


def _way(settings):
    """Each is imported only where it is wanted: one of them needs Linux."""
    if settings["is_isolated"]:
        from _lambent import sandboxed

        return sandboxed.Sandboxed(settings)
    from _lambent import plain

    return plain.Plain()


def _refuse(control, reason):
    control.send({"error": str(reason)})
    os._exit(1)


def serve(control, settings, way):
    gc.disable()  # nothing that a zygote imports is ever garbage
    os.environ["AWS_EXECUTION_ENV"] = settings["execution_environment"]  # awslambdaric reads it when it is imported
    os.environ["TZ"] = ":UTC"
    time.tzset()
    if settings["is_rehearsal"]:
        reason = way.rehearse()
        control.send({"error": reason} if reason else {"rss_kb": 0})
        os._exit(0)
    runtime = supervisor if settings["is_bare"] else _bootstrap(settings)
    reason = way.rehearse()
    if reason:
        _refuse(control, reason)
    gc.collect()
    gc.freeze()
    control.send({"rss_kb": host.peak_rss_kb(resource.getrusage(resource.RUSAGE_SELF))})
    forking.Zygote(control, way, runtime).run()


def _bootstrap(settings):
    """bootstrap.py, run now that awslambdaric can be imported; its file is out of sight by now."""
    sys.path.insert(0, settings["runtime_path"])
    sys.modules["runtime_client"] = None  # awslambdaric's HTTP client in C++: every fork would pay for its pages
    marshaller, module = types.ModuleType("_lambent.marshaller"), types.ModuleType("_lambent.bootstrap")
    exec(_MARSHALLER, marshaller.__dict__)
    sys.modules["_lambent.marshaller"] = marshaller
    exec(_BOOTSTRAP, module.__dict__)
    del sys.modules["runtime_client"]
    for name in _WARM_MODULES + tuple(settings["modules"]):
        __import__(name)
    for _ in range(_REHEARSALS):
        module.rehearse()
    return module


if __name__ == "__main__":
    try:
        main()
    except (BrokenPipeError, ConnectionResetError, EOFError):
        os._exit(1)  # the platform has gone while we were starting
