"""What starts programs in an environment whose runtime is not a forked Python: its runtime and its extensions.

It does what the platform orders, one JSON object a frame, and tells how that went: which program runs as which process, what an
extension wrote, how a program ended. What a runtime writes goes to the log pipe itself.
"""

import errno
import json
import os
import select
import signal
import subprocess
import threading
import time

from _lambent import debugger, frames, host

_OUTPUT_BYTES = 65536
_ERRORS = {2: "no such file or directory", 8: "exec format error", 13: "permission denied", 20: "not a directory"}


def rehearse(*_):
    """Nothing to walk through: a program is started, not forked into."""


def become(assignment, channel, log_pipe, way):
    """Follows orders to the end of the process."""
    Supervisor(assignment, channel, log_pipe).run()


class Supervisor:
    def __init__(self, assignment, channel, log_pipe):
        self._folder = assignment["folder"]
        self._is_isolated = assignment["is_isolated"]
        self._debug_port = assignment["debug_port"]
        self._channel = channel
        self._log_pipe = log_pipe
        self._null = os.open(os.devnull, os.O_RDONLY)
        self._processes = {}  # pid -> (name, Popen)
        self._outputs = {}  # descriptor -> the extension that writes to it
        self._ports = None
        self._listeners = set()  # descriptors of programs' notices
        self._waiting = None  # the order whose program's port is not free yet, and until when it may wait
        if self._is_isolated:
            from _lambent import linux, ports

            # Programs run as the same user; they are not to write into our memory, for we may do more than they.
            linux.prctl(linux.PR_SET_DUMPABLE, 0)
            self._ports = ports.Ports(self._debug_port)

    def run(self):
        wake_read, wake_write = os.pipe()
        for descriptor in (wake_read, wake_write):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._poll = select.poll()
        self._poll.register(self._channel, select.POLLIN)
        self._poll.register(wake_read, select.POLLIN)
        while True:
            while self._channel.has_frame():
                self._follow()
            for descriptor, events in self._poll.poll(None if self._waiting is None else debugger.LOOK_S * 1000):
                if descriptor == wake_read:
                    os.read(wake_read, 4096)
                    self._reap()
                elif descriptor in self._outputs:
                    self._pass_on(descriptor)
                elif descriptor in self._listeners:
                    self._translate(descriptor, events)
                else:
                    self._follow()
            self._start_waiting()

    def _follow(self):
        _, body = self._channel.read()
        order = json.loads(body)
        if "signal" in order:
            self._signal(order["name"], order["signal"])
        elif self._debug_port and not order["is_extension"]:
            self._waiting = (order, time.monotonic() + debugger.PORT_FREE_S_MAX)
            self._start_waiting()
        else:
            self._start(order)

    def _start_waiting(self):
        """A debugged program, once its port is free. Meanwhile all others are seen to."""
        if self._waiting is None:
            return
        order, end = self._waiting
        reason = debugger.why_taken(self._debug_port)
        if reason is None:
            self._waiting = None
            self._start(order)
        elif time.monotonic() > end:
            self._waiting = None
            self._tell({"name": order["name"], "error": reason})

    def _start(self, order):
        name = order["name"]
        command = next(filter(None, (_found(each, order["variables"]) for each in order["commands"])), None)
        if command is None:
            self._tell({"name": name, "error": order["missing"]})
            return
        if not os.path.isdir(self._folder):
            self._tell({"name": name, "error": "chdir %s: no such file or directory" % self._folder})
            return
        variables, kept, read = order["variables"], (), None
        if order["has_log_descriptor"]:
            descriptor = os.dup(self._log_pipe)
            os.set_inheritable(descriptor, True)
            variables["_LAMBDA_TELEMETRY_LOG_FD"] = str(descriptor)
            kept = (descriptor,)
        output = self._log_pipe
        if order["is_extension"]:
            read, output = os.pipe()
        try:
            process, listener = self._beside(
                command,
                cwd=self._folder,
                env=variables,
                stdin=self._null,
                stdout=output,
                stderr=output,
                pass_fds=kept,
                # A group of its own, so that what it sends its own group is not sent to us. Without a pid namespace the
                # group is what is ended with us.
                start_new_session=self._is_isolated,
            )
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            self._tell({"name": name, "error": "fork/exec %s: %s" % (command[0], _reason(error))})
            if read is not None:
                os.close(read)
            return
        finally:
            for descriptor in kept:
                os.close(descriptor)
            if read is not None:
                os.close(output)
        self._processes[process.pid] = (name, process)
        if listener is not None:
            self._listeners.add(listener)
            self._poll.register(listener, select.POLLIN)
        if read is not None:
            os.set_blocking(read, False)
            self._outputs[read] = name
            self._poll.register(read, select.POLLIN)
        self._tell({"name": name, "pid": process.pid})

    def _beside(self, command, **how):
        """The started program, and the descriptor of its notices or None.

        In a thread of its own: a filter is its thread's, and what that starts inherits it. So nothing has to be done between
        fork and exec, and Python starts the program without a copy of this process. Raises what Popen raises.
        """
        if self._ports is None:
            return subprocess.Popen(command, **how), None
        made = []

        def start():
            listener = None
            try:
                listener = self._ports.watch()
                made.append((subprocess.Popen(command, **how), listener))
            except BaseException as error:
                if listener is not None:
                    os.close(listener)
                made.append(error)

        thread = threading.Thread(target=start)
        try:
            thread.start()
        except RuntimeError as error:  # no thread can be made
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN)) from error
        thread.join()
        if isinstance(made[0], BaseException):
            raise made[0]
        return made[0]

    def _signal(self, name, number):
        for pid, (each, _) in self._processes.items():
            if each == name:
                try:
                    if self._is_isolated:
                        os.killpg(pid, number)
                    else:
                        os.kill(pid, number)
                except (ProcessLookupError, PermissionError):
                    pass

    def _reap(self):
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            name, process = self._processes.pop(pid, (None, None))
            if process is not None:
                process.returncode = status  # it is not to wait for itself
                for descriptor in [each for each, owner in self._outputs.items() if owner == name]:
                    self._pass_on(descriptor)
                self._tell({"name": name, "status": status, "rss_kb": host.peak_rss_kb(usage)})

    def _pass_on(self, descriptor):
        """What an extension has written, to the platform."""
        name = self._outputs[descriptor]
        while True:
            try:
                data = os.read(descriptor, _OUTPUT_BYTES)
            except BlockingIOError:
                return
            if not data:
                self._poll.unregister(descriptor)
                del self._outputs[descriptor]
                os.close(descriptor)
                return
            self._channel.write(frames.OUTPUT, name.encode(), b"\0", data)

    def _translate(self, listener, events):
        """A program binds or connects a socket: ports on the loopback are its environment's own."""
        if not events & select.POLLIN:  # all of its processes have ended
            self._poll.unregister(listener)
            self._listeners.discard(listener)
            os.close(listener)
            return
        bound = self._ports.answer(listener)
        if bound is not None:
            self._tell({"port": bound[0], "actual": bound[1]})

    def _tell(self, facts):
        self._channel.write(frames.TOLD, json.dumps(facts).encode())


def _reason(error):
    """Why a program did not start, in Go's words."""
    if isinstance(error, OSError):
        return _ERRORS.get(error.errno, os.strerror(error.errno or 0).lower())
    if isinstance(error, ValueError):
        return "invalid argument"  # an argument or a variable that holds a NUL
    return str(error)


def _found(command, variables):
    """The command with its program's path, where there is one; a plain name is looked for on PATH."""
    program = command[0]
    if "/" in program:
        return command if os.path.lexists(program) else None
    for folder in variables.get("PATH", "").split(":"):
        path = os.path.join(folder or ".", program)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return [path, *command[1:]]
    return None
