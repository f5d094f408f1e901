"""The system calls that Python has no name for, through ctypes. Each raises OSError with what was tried."""

import ctypes
import errno
import os
import platform

libc = ctypes.CDLL(None, use_errno=True)

CLONE_VM = 0x00000100
CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18
MNT_DETACH = 2

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_CAPSET = {"x86_64": 126, "aarch64": 91}
_SIGCHLD = 17
_STACK_BYTES = 16384

machine = platform.machine()

_mount = libc.mount
_mount.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p)
_umount2 = libc.umount2
_umount2.argtypes = (ctypes.c_char_p, ctypes.c_int)
_unshare = libc.unshare
_setns = libc.setns
_prctl = libc.prctl
_prctl.argtypes = (ctypes.c_int, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_ulong)
_syscall = libc.syscall
_clone = libc.clone
_clone.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


def _check(result, what):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, "%s: %s" % (what, os.strerror(number)))
    return result


def mount(source, target, kind, flags, data=None):
    """mount(2); texts are paths or None."""
    as_bytes = lambda text: None if text is None else os.fsencode(text)  # noqa: E731
    _check(_mount(as_bytes(source), as_bytes(target), as_bytes(kind), flags, as_bytes(data)), "mount " + target)


def bind(source, target):
    """Binds one folder; the bind keeps the flags of the mount it is taken from (ours are read-only already)."""
    mount(source, target, None, MS_BIND)


class _MountAttributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "user_namespace")]


def bind_tree(source, target):
    """Binds a folder or file with all that is mounted below it, read-only, without set-user-id programs.

    Recursive, because in a user namespace a part of a tree with mounts of its own may not be bound without them.
    """
    mount(source, target, None, MS_BIND | MS_REC)
    at_cwd, recursive, mount_setattr = -100, 0x8000, 442
    read_only = _MountAttributes(MS_RDONLY | MS_NOSUID, 0, 0, 0)
    if _syscall(mount_setattr, at_cwd, os.fsencode(target), recursive, ctypes.byref(read_only), ctypes.sizeof(read_only)) == 0:
        return
    kept = {2: MS_NOSUID, 4: MS_NODEV, 8: MS_NOEXEC, 1024: 1024, 2048: 2048, 4096: 1 << 21}  # ST_* of statvfs: MS_*
    flags = os.statvfs(target).f_flag
    locked = sum(flag for bit, flag in kept.items() if flags & bit)
    mount(None, target, None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | locked)


def unmount(target):
    _check(_umount2(os.fsencode(target), MNT_DETACH), "umount " + target)


def unshare(flags):
    _check(_unshare(flags), "unshare %#x" % flags)


def setns(descriptor, flags):
    _check(_setns(descriptor, flags), "setns %#x" % flags)


def prctl(option, value=0):
    return _check(_prctl(option, value, 0, 0, 0), "prctl %d" % option)


def pivot_root(new_root, old_root):
    if machine not in _PIVOT_ROOT:
        raise OSError(errno.ENOSYS, "no system call numbers are known for " + machine)
    _check(_syscall(_PIVOT_ROOT[machine], os.fsencode(new_root), os.fsencode(old_root)), "pivot_root")


class _CapHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


_NO_CAPABILITIES = (ctypes.c_uint32 * 6)()
_CAP_HEADER = _CapHeader(0x20080522, 0)
FOR_NAMESPACES = (18, 21)  # CAP_SYS_CHROOT, CAP_SYS_ADMIN


def drop_capabilities(*, but=()):
    """Empties every set: bounding and ambient first, for they ask for a capability that the last step takes away."""
    number = 0
    while number in but or _prctl(PR_CAPBSET_DROP, number, 0, 0, 0) == 0:
        number += 1
    _prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    kept = sum(1 << number for number in but)
    capabilities = (ctypes.c_uint32 * 6)(kept, kept) if kept else _NO_CAPABILITIES
    _check(_syscall(_CAPSET[machine], ctypes.byref(_CAP_HEADER), ctypes.byref(capabilities)), "capset")


def seccomp(program):
    """Installs a filter (a ctypes sock_fprog). SPEC_ALLOW: no mitigation that costs each later system call."""
    set_mode_filter, spec_allow = 1, 4
    _check(_syscall(_SECCOMP[machine], set_mode_filter, spec_allow, ctypes.byref(program)), "seccomp")


def watch(program):
    """Installs a filter whose notices are read from the descriptor that it answers. What is under way waits for its answer."""
    set_mode_filter, spec_allow, new_listener, wait_killable = 1, 4, 8, 32
    flags = spec_allow | new_listener
    result = _syscall(_SECCOMP[machine], set_mode_filter, flags | wait_killable, ctypes.byref(program))
    if result < 0:  # before Linux 5.19 a signal interrupts who waits
        result = _syscall(_SECCOMP[machine], set_mode_filter, flags, ctypes.byref(program))
    return _check(result, "seccomp")


def descriptor_of(pid, number):
    """A duplicate of another process' descriptor."""
    pidfd_open, pidfd_getfd = 434, 438
    process = _check(_syscall(pidfd_open, pid, 0), "pidfd_open")
    try:
        return _check(_syscall(pidfd_getfd, process, number, 0), "pidfd_getfd")
    finally:
        os.close(process)


_pause = ctypes.cast(libc.pause, ctypes.c_void_p)
_stacks = []


def spawn_pausing_process():
    """A process that shares our memory and only waits to be killed: as pid 1 of a new pid namespace it costs no page tables.

    It runs libc's pause() on a stack of its own; it must never be sent a signal that is handled.
    """
    stack = _stacks.pop() if _stacks else ctypes.create_string_buffer(_STACK_BYTES)
    top = (ctypes.addressof(stack) + _STACK_BYTES) & ~15
    pid = _check(_clone(_pause, top, CLONE_VM | _SIGCHLD, None), "clone")
    return pid, stack


def recycle(stack):
    """Gives back the stack of a process that spawn_pausing_process made, once it was waited for."""
    _stacks.append(stack)
