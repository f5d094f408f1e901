"""Runtimes in sandboxes: each in namespaces of its own, below a zygote that lives in a private root. Linux only."""

import os
import signal
import socket

from _lambent import frames, isolation, left_files, linux, ports, seccomp  # noqa: F401  ports for supervisor.py, from where no file can be read


class Sandboxed:
    """Forks isolated processes and ends them. ``plain.py`` has the same methods."""

    def __init__(self, settings):
        self.descriptors = []  # that no child keeps
        self._root = settings["root"]
        self._rehearsal_user_id = settings["rehearsal_user_id"]
        self._program = isolation.filter_program(allowed=(seccomp.SUPERVISORS,) if settings["is_bare"] else ())
        self._pid_namespace = -1
        self.template = None  # how it forks, once it is the template of others
        self._inits = {}  # a runtime's pid -> the pid of its namespace's init
        self._stacks = {}  # an init's pid -> its stack

    def enter(self):
        """Goes on in the child that it forks, as pid 1 of a namespace in the private root. Raises OSError.

        The answer is the child's pid for the parent, which has nothing left to do, and 0 for the child.
        """
        linux.prctl(linux.PR_SET_PDEATHSIG, 9)
        isolation.enter_namespaces()
        pid = os.fork()
        if pid == 0:
            linux.prctl(linux.PR_SET_PDEATHSIG, 9)
            isolation.enter_root(**self._root)
            self._pid_namespace = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
            self.descriptors.append(self._pid_namespace)
        return pid

    def fork(self):
        """The child's pid, 0 in the child."""
        linux.unshare(linux.CLONE_NEWPID)
        init, pid = 0, -1
        try:
            init, stack = linux.spawn_pausing_process()
            self._stacks[init] = stack
            pid = os.fork()
        finally:
            if pid != 0:
                linux.setns(self._pid_namespace, linux.CLONE_NEWPID)
            if pid < 0 and init:
                os.kill(init, signal.SIGKILL)
        if pid == 0:
            return 0
        self._inits[pid] = init
        return pid

    def kill(self, pid):
        """A runtime and all that it started: they end with their namespace's init."""
        try:
            os.kill(self._inits[pid], signal.SIGKILL)
        except ProcessLookupError:
            pass

    def reaped(self, pid):
        """After a child was waited for, a runtime or an init: ends what a runtime left behind."""
        stack = self._stacks.pop(pid, None)
        if stack is not None:
            linux.recycle(stack)
        elif pid in self._inits:
            self.kill(pid)
            del self._inits[pid]

    def end(self):
        """Nothing to do: our end, as pid 1 of a namespace, is everybody's."""

    def rehearse(self):
        """Does once, in a child, all that a child does to shut itself in; returns what failed, or nothing."""
        linux.unshare(linux.CLONE_NEWPID)
        try:
            init, stack = linux.spawn_pausing_process()
            read, write = os.pipe()  # not before: the init would hold its end open, and a child killed here be waited for
            pid = os.fork()
            if pid == 0:
                self._rehearse_in_child(write)
        finally:
            linux.setns(self._pid_namespace, linux.CLONE_NEWPID)
        os.close(write)
        answer = os.read(read, 4096).decode()
        os.close(read)
        _, status = os.waitpid(pid, 0)
        os.kill(init, signal.SIGKILL)
        os.waitpid(init, 0)
        linux.recycle(stack)
        return "" if answer == "ok" else (answer or "a rehearsal ended with status %d" % status)

    def _rehearse_in_child(self, write):
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

    # ---- in a child --------------------------------------------------------------------------------------------------

    def greet(self, connection, mount_namespace):
        """Whether it finds the code and /tmp of its predecessor."""
        is_reset = isolation.enter_sandbox(mount_namespace)
        _say_hello(connection, mount_namespace)
        return is_reset

    def shut_in(self, assignment, *, is_reset):
        if not is_reset:
            isolation.mount_code(**assignment["mounts"])
        if assignment["is_template"]:
            isolation.become_template(**assignment["limits"])
            self.template = OfTemplate(self._program, assignment)
        else:
            isolation.give_up_privileges(program=self._program, **assignment["limits"])


def _say_hello(connection, mount_namespace):
    """Hands over the mount namespace, in which the process that follows this one after a reset finds its /tmp."""
    own = os.open("/proc/self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
    socket.send_fds(connection, [frames.pack(frames.HELLO, b"")], [own])
    os.close(own)
    if mount_namespace is not None:
        os.close(mount_namespace)


class OfTemplate(Sandboxed):
    """How a template forks: within its own user namespace, below its own pid namespace.

    Whose code a copy will run is known from the start, so that it shuts itself in before it is assigned.
    """

    def __init__(self, program, assignment):
        self._program = program
        self._tmp_mb = assignment["mounts"]["tmp_mb"]
        # It is the template's user already, and never the host's root.
        self._limits = assignment["limits"] | {"user_id": 0}
        self._pid_namespace = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        self.descriptors = [self._pid_namespace]
        self.template = None
        self.lost = []  # in a copy: what is not there or not as it was, and why
        self._modes = {}
        self._closed = []
        self._inits = {}
        self._stacks = {}

    def begin(self):
        """INIT is over, and nobody writes to /tmp any more."""
        self._modes = left_files.open_up("/tmp")

    def close_up(self):
        """In a copy: it has opened all that it has open in its /tmp."""
        left_files.close_up("/tmp", self._closed)

    def greet(self, connection, mount_namespace):
        folder = isolation.working_folder()
        is_reset = isolation.enter_sandbox(mount_namespace)
        if not is_reset:
            self.lost, self._closed = isolation.renew_tmp(self._tmp_mb, self._modes)
        isolation.work_in(folder)
        _say_hello(connection, mount_namespace)  # not before: it would be reset into the template's /tmp
        isolation.give_up_privileges(program=self._program, **self._limits)
        return is_reset

    def shut_in(self, assignment, *, is_reset):
        """It has shut itself in already."""
