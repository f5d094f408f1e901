"""The zygote: a process that has imported the runtime and forks environments on request.

``python -I -S zygote.py <descriptor of the control socket>``. The first message is the settings; then each message is a
request, one JSON object with descriptors beside it. It ends when the platform's end of the socket closes.
"""

import gc
import json
import os
import resource
import select
import signal
import socket
import sys
import time
import types

_package = types.ModuleType("_lambent")
_package.__path__ = [os.path.dirname(os.path.abspath(__file__))]
sys.modules["_lambent"] = _package

from _lambent import frames, isolation, linux  # noqa: E402

with open(os.path.join(_package.__path__[0], "bootstrap.py"), "rb") as _file:
    _BOOTSTRAP = compile(_file.read(), "bootstrap.py", "exec")
_REQUEST_BYTES_MAX = 65536
_DESCRIPTORS_MAX = 8
_REHEARSALS = 20
_WARM_MODULES = ("base64", "datetime", "decimal", "json", "logging", "re")


def main():
    control = socket.socket(fileno=int(sys.argv[1]))
    linux.prctl(linux.PR_SET_PDEATHSIG, 9)
    settings = json.loads(control.recv(_REQUEST_BYTES_MAX))
    if not settings["is_isolated"]:
        serve(control, settings)
    try:
        isolation.enter_namespaces()
        pid = os.fork()
    except OSError as error:
        _refuse(control, error)
    if pid:
        control.close()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _, status = os.waitpid(pid, 0)
        os._exit(0 if status == 0 else 1)
    try:
        linux.prctl(linux.PR_SET_PDEATHSIG, 9)
        isolation.enter_root(**settings["root"])
    except OSError as error:
        _refuse(control, error)
    serve(control, settings)


def _refuse(control, error):
    control.send(json.dumps({"error": str(error)}).encode())
    os._exit(1)


def serve(control, settings):
    gc.disable()  # nothing that a zygote imports is ever garbage
    os.environ["AWS_EXECUTION_ENV"] = settings["execution_environment"]  # awslambdaric reads it when it is imported
    os.environ["TZ"] = ":UTC"
    time.tzset()
    if settings["is_rehearsal"]:
        reason = Zygote(control, settings, None).rehearse()
        control.send(json.dumps({"error": reason} if reason else {"rss_kb": 0}).encode())
        os._exit(0)
    sys.path.insert(0, settings["runtime_path"])
    sys.modules["runtime_client"] = None  # awslambdaric's HTTP client in C++: every fork would pay for its pages
    bootstrap = _bootstrap()
    del sys.modules["runtime_client"]
    for name in _WARM_MODULES + tuple(settings["modules"]):
        __import__(name)
    for _ in range(_REHEARSALS):
        bootstrap.rehearse()
    zygote = Zygote(control, settings, bootstrap)
    reason = zygote.rehearse() if settings["is_isolated"] else ""
    if reason:
        _refuse(control, reason)
    gc.collect()
    gc.freeze()
    rss_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    control.send(json.dumps({"rss_kb": rss_kb}).encode())
    zygote.run()


def _bootstrap():
    """bootstrap.py, run now that awslambdaric can be imported; its file is out of sight by now."""
    module = types.ModuleType("_lambent.bootstrap")
    exec(_BOOTSTRAP, module.__dict__)
    return module


class Zygote:
    """Forks children, tells the platform of their ends."""

    def __init__(self, control, settings, bootstrap):
        self._control = control
        self._is_isolated = settings["is_isolated"]
        self._rehearsal_user_id = settings["rehearsal_user_id"]
        self._bootstrap = bootstrap
        self._program = isolation.filter_program() if self._is_isolated else None
        self._pid_namespace = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC) if self._is_isolated else -1
        self._private = [self._pid_namespace] if self._is_isolated else []  # descriptors that no child keeps
        self._children = {}  # pid -> (environment's id, pid of its namespace's init or 0)
        self._inits = {}  # pid -> its stack
        self._pids = {}  # environment's id -> pid

    def run(self):
        wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._private += [wake_read, wake_write]
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(wake_read, select.POLLIN)
        while True:
            for descriptor, _ in poll.poll():
                if descriptor == wake_read:
                    os.read(wake_read, 4096)
                    self._reap()
                else:
                    self._serve_one()

    def _serve_one(self):
        message, descriptors, _, _ = socket.recv_fds(self._control, _REQUEST_BYTES_MAX, _DESCRIPTORS_MAX)
        if not message:
            self._end()
        request = json.loads(message)
        if "kill" in request:
            self._kill(request["kill"])
        else:
            self._fork(request, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)

    def _fork(self, request, descriptors):
        identity = request["spawn"]
        init, stack = 0, None
        try:
            if self._is_isolated:
                linux.unshare(linux.CLONE_NEWPID)
                try:
                    init, stack = linux.spawn_pausing_process()
                    pid = os.fork()
                    if pid == 0:
                        self._become(request, descriptors)
                finally:
                    linux.setns(self._pid_namespace, linux.CLONE_NEWPID)
            else:
                pid = os.fork()
                if pid == 0:
                    self._become(request, descriptors)
        except OSError as error:
            if init:
                self._inits[init] = stack
                os.kill(init, signal.SIGKILL)
            self._tell({"exit": identity, "status": -1, "reason": str(error), "rss_kb": 0})
            return
        self._children[pid] = (identity, init)
        self._pids[identity] = pid
        if init:
            self._inits[init] = stack

    def _become(self, request, descriptors):
        """In the child: to the end of the process."""
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            self._control.close()
            for descriptor in self._private:
                os.close(descriptor)
            live(request, descriptors, self._bootstrap, self._is_isolated, self._program)
        finally:
            os._exit(70)

    def _kill(self, identity):
        pid = self._pids.get(identity)
        if pid is not None:
            self._kill_all(pid, self._children[pid][1])

    def _kill_all(self, pid, init):
        """The runtime and all that it started: with its namespace's init, or without one its process group."""
        try:
            if init:
                os.kill(init, signal.SIGKILL)
            else:
                os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def _reap(self):
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            stack = self._inits.pop(pid, None)
            if stack is not None:
                linux.recycle(stack)
            elif pid in self._children:
                identity, init = self._children.pop(pid)
                del self._pids[identity]
                self._kill_all(pid, init)
                self._tell({"exit": identity, "status": status, "rss_kb": usage.ru_maxrss})

    def _tell(self, message):
        try:
            self._control.send(json.dumps(message).encode())
        except OSError:
            self._end()

    def _end(self):
        """The platform is gone. As pid 1 of a namespace our end is everybody's; without one we kill each."""
        for pid, (_, init) in self._children.items():
            self._kill_all(pid, init)
        os._exit(0)

    def rehearse(self):
        """Does once, in a child, all that a child does to shut itself in; returns what failed, or nothing."""
        read, write = os.pipe()
        linux.unshare(linux.CLONE_NEWPID)
        try:
            init, stack = linux.spawn_pausing_process()
            pid = os.fork()
            if pid == 0:
                try:
                    os.setsid()
                    isolation.enter_sandbox(None)
                    isolation.mount_code(task="", opt="", tmp_mb=1)
                    isolation.give_up_privileges(user_id=self._rehearsal_user_id, address_space_bytes=0, program=self._program)
                    os.write(write, b"ok")
                except BaseException as error:
                    os.write(write, str(error).encode())
                finally:
                    os._exit(0)
        finally:
            linux.setns(self._pid_namespace, linux.CLONE_NEWPID)
        os.close(write)
        answer = os.read(read, 4096).decode()
        os.close(read)
        os.waitpid(pid, 0)
        os.kill(init, signal.SIGKILL)
        os.waitpid(init, 0)
        linux.recycle(stack)
        return "" if answer == "ok" else (answer or "a rehearsal child died")


def live(request, descriptors, bootstrap, is_isolated, program):
    """One environment's process: isolates itself, waits to be assigned, becomes the function's runtime."""
    connection = socket.socket(fileno=descriptors[0])
    log_pipe = descriptors[1]
    rest = descriptors[2:]
    mount_namespace = rest.pop() if request["is_reset"] else None
    channel = bootstrap.Channel(connection)
    try:
        for cgroup in rest:
            os.write(cgroup, b"0")
            os.close(cgroup)
        _isolate_and_greet(connection, is_isolated, mount_namespace)
        if request["is_ahead"]:
            bootstrap.rehearse()
        _, body = channel.read()
        assignment = json.loads(body)
        if is_isolated:
            if mount_namespace is None:
                isolation.mount_code(**assignment["mounts"])
            isolation.give_up_privileges(program=program, **assignment["limits"])
        else:
            isolation.limit_resources(assignment["limits"]["address_space_bytes"])
            linux.prctl(linux.PR_SET_PDEATHSIG, 9)
    except Exception as error:
        channel.write(frames.FAILED, str(error).encode())
        return
    bootstrap.become(assignment, channel, log_pipe)


def _isolate_and_greet(connection, is_isolated, mount_namespace):
    if not is_isolated:
        connection.send(frames.pack(frames.HELLO, b""))
        return
    isolation.enter_sandbox(mount_namespace)
    own = os.open("/proc/self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
    socket.send_fds(connection, [frames.pack(frames.HELLO, b"")], [own])
    os.close(own)
    if mount_namespace is not None:
        os.close(mount_namespace)


if __name__ == "__main__":
    try:
        main()
    except (BrokenPipeError, ConnectionResetError):
        os._exit(1)  # the platform has gone while we were starting
