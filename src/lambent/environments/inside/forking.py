"""Forks environments on request: what a zygote does, and a function that has become the template of others.

Requests come over a control socket, each one JSON object with descriptors beside it; the ends of children are told over it.
"""

import array
import json
import os
import select
import signal
import socket

from _lambent import channel, frames, host

_ANCILLARY_BYTES = socket.CMSG_SPACE(8 * 4)  # descriptors with one message


class Control:
    """Messages to and from the platform, blocking. A stream, because not every system has sockets that keep packets."""

    def __init__(self, connection):
        self._socket = connection

    def fileno(self):
        return self._socket.fileno()

    def close(self):
        self._socket.close()

    def send(self, facts):
        self._socket.sendall(frames.pack_message(facts))

    def receive(self):
        """One message and its descriptors. Raises EOFError when the platform is gone.

        The head is read by itself, for a read that went on into the next message could meet descriptors of that one.
        """
        head, ancillary, _, _ = self._socket.recvmsg(frames.HEAD.size, _ANCILLARY_BYTES)
        if not head:
            raise EOFError
        descriptors = array.array("i", b"".join(content for _, _, content in ancillary))
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
        length, descriptor_count = frames.HEAD.unpack(head + self._exactly(frames.HEAD.size - len(head)))
        assert len(descriptors) == descriptor_count, "a descriptor was lost on the way"
        return json.loads(self._exactly(length)), list(descriptors)

    def _exactly(self, size):
        parts = []
        while size:
            data = self._socket.recv(size)
            if not data:
                raise EOFError
            parts.append(data)
            size -= len(data)
        return b"".join(parts)


class Zygote:
    """Forks children, tells the platform of their ends.

    ``runtime``: what they become: bootstrap.py, or supervisor.py where programs are started.
    """

    def __init__(self, control, way, runtime):
        self._control = control
        self._way = way
        self._runtime = runtime
        self._private = list(way.descriptors)  # descriptors that no child keeps
        self._identities = {}  # pid -> environment's id
        self._pids = {}  # environment's id -> pid

    def run(self):
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_read, False)
        os.set_blocking(wake_write, False)
        self._private += [wake_read, wake_write]
        self._watch_children(wake_write)
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

    def _watch_children(self, wake_write):
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def _serve_one(self):
        try:
            request, descriptors = self._control.receive()
        except (EOFError, ConnectionResetError):
            self._end()
        if "kill" in request:
            self._kill(request["kill"])
        else:
            self._fork(request, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)

    def _fork(self, request, descriptors):
        identity = request["spawn"]
        try:
            pid = self._way.fork()
        except OSError as error:
            self._tell({"exit": identity, "status": -1, "reason": str(error), "rss_kb": 0})
            return
        if pid == 0:
            self._become(request, descriptors)
        self._identities[pid] = identity
        self._pids[identity] = pid

    def _become(self, request, descriptors):
        """In the child: to the end of the process."""
        try:
            self._leave()
            live(request, descriptors, self._runtime, self._way)
        finally:
            os._exit(70)

    def _leave(self):
        """In a child: it is no zygote, and waits for its own children, whatever we were told to do with ours."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        self._control.close()
        for descriptor in self._private:
            os.close(descriptor)

    def _kill(self, identity):
        pid = self._pids.get(identity)
        if pid is not None:
            self._way.kill(pid)

    def _reap(self):
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._way.reaped(pid)
            identity = self._identities.pop(pid, None)
            if identity is not None:
                del self._pids[identity]
                self._tell({"exit": identity, "status": status, "rss_kb": host.peak_rss_kb(usage)})

    def _tell(self, message):
        try:
            self._control.send(message)
        except OSError:
            self._end()

    def _end(self):
        """The platform is gone, and so is everything that we have forked."""
        self._way.end()
        os._exit(0)


def live(request, descriptors, runtime, way):
    """One environment's process: isolates itself, waits to be assigned, becomes the function's runtime."""
    assigned = shut_in(request, descriptors, way, runtime.rehearse if request["is_ahead"] else None)
    if assigned is not None:
        runtime.become(*assigned, way)


def shut_in(request, descriptors, way, ready):
    """The assignment, the channel and the log pipe of a process that has isolated itself; None where that failed.

    ``ready``, if any, does what can be done before the assignment is there, given the channel and the log pipe.
    """
    connection = socket.socket(fileno=descriptors[0])
    log_pipe = descriptors[1]
    rest = descriptors[2:]
    mount_namespace = rest.pop() if request["is_reset"] else None
    own_channel = channel.Channel(connection)
    try:
        for cgroup in rest:
            os.write(cgroup, b"0")
            os.close(cgroup)
        is_reset = way.greet(connection, mount_namespace)
        if ready is not None:
            ready(own_channel, log_pipe)
        _, body = own_channel.read()
        assignment = json.loads(body)
        way.shut_in(assignment, is_reset=is_reset)
    except Exception as error:
        own_channel.write(frames.FAILED, str(error).encode())
        return None
    return assignment, own_channel, log_pipe
