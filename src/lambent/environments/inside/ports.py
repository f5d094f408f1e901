"""Ports of one environment: a socket that its programs bind to a port is bound to another one, which they do not know.

All environments share the machine's loopback, and functions are written as if it were theirs: each web server takes 8080, each
extension its fixed port. bind and connect of programs are therefore told to their supervisor (seccomp's user notification),
which makes the call in their stead: on a duplicate of the stream socket, with the port put in the other's place. Everything
else goes on as it was. Where the kernel does not let us, all of it does.
"""

import ctypes
import fcntl
import socket
import struct

from _lambent import linux, seccomp

_RECEIVE = 0xC0502100
_SEND = 0xC0182101
_NOTICE = struct.Struct("=QIIiIQ6Q")  # id, thread, flags; system call: number, architecture, instruction, arguments
_ANSWER = struct.Struct("=QqiI")  # id, value, error, flags
_CONTINUE = 1
_ADDRESS_BYTES_MAX = 128
_PORT_MIN = 1024  # below, the kernel says no by itself
_LOOPBACK_6 = bytes(15) + b"\x01"
_MAPPED = bytes(10) + b"\xff\xff"


class Ports:
    def __init__(self, kept=0):
        """``kept``: a port that is the machine's, because a debugger attaches there from outside."""
        self._kept = kept
        code = seccomp.watching_filter(linux.machine)
        self._program = seccomp.Program(len(code) // 8, code)
        self._bind = seccomp.watched(linux.machine)[0]
        self._actual = {}  # as programs know a port -> as the machine does

    def watch(self):
        """The descriptor of the notices of what this thread will start from now on, or None."""
        try:
            return linux.watch(self._program)
        except OSError:
            # An old kernel, or a container that forbids it: ports are the machine's. What the supervisor may do, they may not.
            linux.seccomp(seccomp.program_for(linux.machine))
            return None

    def answer(self, listener):
        """Answers one notice that is there; which port has been bound now, and to which, or None."""
        notice = bytearray(_NOTICE.size)
        try:
            fcntl.ioctl(listener, _RECEIVE, notice)
        except OSError:
            return None  # who waited has been killed
        identity, thread, _, number, _, _, descriptor, address, length, *_ = _NOTICE.unpack(notice)
        bound, answer = None, (0, 0, _CONTINUE)
        try:
            result = self._make(number == self._bind, thread, descriptor, address, length)
            if result is not None:
                answer, bound = (0, 0, 0), result or None
        except _Failed as failed:
            answer = (0, -failed.number, 0)
        except (OSError, ValueError):
            pass  # we may not look into it, or it is no address: the kernel knows what to say
        try:
            fcntl.ioctl(listener, _SEND, bytearray(_ANSWER.pack(identity, *answer)))
        except OSError:
            pass  # it was killed meanwhile
        return bound

    def _make(self, is_bind, thread, descriptor, address, length):
        """None: the call goes on as it is. Else it has been made, and the pair tells what was bound, () nothing."""
        raw = _read(thread, address, min(length, _ADDRESS_BYTES_MAX))
        host, port = _parse(raw)
        if port < _PORT_MIN or port == self._kept or (not is_bind and (port not in self._actual or not _is_loopback(host))):
            return None
        with socket.socket(fileno=linux.descriptor_of(_process_of(thread), descriptor)) as own:
            if own.type != socket.SOCK_STREAM:
                return None
            actual = self._actual.get(port, 0)
            _call(own, raw, actual, is_bind=is_bind)
            if not is_bind:
                return ()
            self._actual[port] = own.getsockname()[1]
            return port, self._actual[port]


class _Failed(Exception):
    """The call failed, and its caller is to know."""

    def __init__(self, number):
        Exception.__init__(self, number)
        self.number = number


def _call(own, raw, port, *, is_bind):
    address = raw[:2] + port.to_bytes(2, "big") + raw[4:]
    function = linux.libc.bind if is_bind else linux.libc.connect
    if function(own.fileno(), ctypes.c_char_p(address), len(address)) < 0:
        raise _Failed(ctypes.get_errno())


def _parse(raw):
    """The host's bytes and the port of a struct sockaddr_in or sockaddr_in6; port 0 for anything else."""
    family = int.from_bytes(raw[:2], "little")
    if family == socket.AF_INET and len(raw) >= 8:
        return raw[4:8], int.from_bytes(raw[2:4], "big")
    if family == socket.AF_INET6 and len(raw) >= 24:
        return raw[8:24], int.from_bytes(raw[2:4], "big")
    return b"", 0


def _is_loopback(host):
    if len(host) == 16 and host.startswith(_MAPPED):
        host = host[12:]
    if len(host) == 4:
        return host[0] == 127 or host == bytes(4)
    return host in (_LOOPBACK_6, bytes(16))


def _read(thread, address, length):
    with open("/proc/%d/mem" % thread, "rb", 0) as memory:
        memory.seek(address)
        return memory.read(length)


def _process_of(thread):
    with open("/proc/%d/status" % thread) as file:
        return int(file.read().partition("Tgid:")[2].split(None, 1)[0])
