"""How a zygote and its children shut themselves in.

The zygote builds one private root (read-only system, the interpreter, /var/runtime) and lives in it, as pid 1 of a pid
namespace, so that everything it ever forked dies with it. A child adds what is its own: namespaces, /proc, /tmp, /var/task,
/opt, then gives up every privilege.
"""

import os
import resource

from _lambent import left_files, linux, seccomp

USER_ID = 1051
USER_NAME = "sbx_user1051"
HOST = "/.host"  # all of the host, for functions that are served from a folder: as CODE, and only where such are made
CODE = "/.code"  # the folder of unpacked archives: in the zygote's root only, never in a child's once it is assigned

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store")
_ETC = (
    "ca-certificates", "hosts", "host.conf", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "mime.types",
    "nsswitch.conf", "pki", "protocols", "resolv.conf", "services", "ssl", "timezone",
)  # fmt: skip
_MORE_OF = {"hosts": b"\n127.0.0.1 sandbox.localdomain sandbox\n"}  # where extensions listen to telemetry
_DEVICES = ("null", "zero", "full", "random", "urandom")
_PASSWD = "root:x:0:0:root:/root:/sbin/nologin\n%s:x:%d:%d::/home/%s:/sbin/nologin\nnobody:x:65534:65534::/:/sbin/nologin\n"
_GROUP = "root:x:0:\n%s:x:%d:\nnogroup:x:65534:\n"

_NAMESPACES = linux.CLONE_NEWNS | linux.CLONE_NEWIPC | linux.CLONE_NEWUTS
_SANDBOX_FLAGS = linux.MS_NOSUID | linux.MS_NODEV
_CORE_DUMP_BYTES_MAX = 0
_DESCRIPTORS_MAX = 1024
_PROCESSES_MAX = 1024


# ---- the zygote ------------------------------------------------------------------------------------------------------


def enter_namespaces():
    """User (unless we are root), mount and pid namespaces for the zygote; the pid namespace begins with the next fork."""
    user_id, group_id = os.geteuid(), os.getegid()
    if user_id != 0:
        linux.unshare(linux.CLONE_NEWUSER)
        _map_self(0, user_id, 0, group_id)
    linux.unshare(linux.CLONE_NEWNS | linux.CLONE_NEWPID)


def enter_root(*, mount_point, interpreter_folders, prefix, runtime_folder, code_folder, has_host=False):
    """Builds the private root on the empty folder ``mount_point`` and moves into it. Nothing else of the host stays visible.

    ``has_host``: but at HOST, until a child is told which folder of it is its own.
    """
    linux.mount(None, "/", None, linux.MS_REC | linux.MS_PRIVATE)
    linux.mount("tmpfs", mount_point, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "size=16m,mode=755")
    at = lambda path: mount_point + path  # noqa: E731
    for path in _SYSTEM:
        _show(path, at(path))
    _make_etc(at("/etc"))
    for path in interpreter_folders:
        if not any(path == shown or path.startswith(shown + "/") for shown in _SYSTEM):
            _show(path, at(path))
    _make_dev(at("/dev"))
    for path in ("/var/task", "/opt", "/tmp", "/proc", "/.old", CODE):
        os.makedirs(at(path), exist_ok=True)
    _show(runtime_folder, at("/var/runtime"))
    os.symlink(prefix, at("/var/lang"))
    linux.bind_tree(code_folder, at(CODE))
    if has_host:
        os.makedirs(at(HOST))
        linux.mount("/", at(HOST), None, linux.MS_BIND | linux.MS_REC)
    linux.mount("proc", at("/proc"), "proc", _SANDBOX_FLAGS | linux.MS_NOEXEC)
    os.chdir(mount_point)
    linux.pivot_root(".", ".old")
    os.chdir("/")
    linux.unmount("/.old")
    os.rmdir("/.old")
    linux.mount(None, "/", None, linux.MS_REMOUNT | linux.MS_BIND | linux.MS_RDONLY | _SANDBOX_FLAGS)


def _show(path, target):
    """The host's ``path`` at ``target``, read-only: a link as a link, a folder or file as a bind mount."""
    if os.path.islink(path):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.symlink(os.readlink(path), target)
    elif os.path.isdir(path):
        os.makedirs(target, exist_ok=True)
        linux.bind_tree(path, target)


def _make_etc(target):
    os.makedirs(target)
    for name in _ETC:
        source = os.path.join("/etc", name)
        if os.path.isdir(source):
            os.mkdir(os.path.join(target, name))
            linux.bind_tree(source, os.path.join(target, name))
        elif os.path.isfile(source):
            with open(source, "rb") as original:
                _write(os.path.join(target, name), original.read() + _MORE_OF.get(name, b""))
    _write(os.path.join(target, "passwd"), (_PASSWD % (USER_NAME, USER_ID, USER_ID, USER_NAME)).encode())
    _write(os.path.join(target, "group"), (_GROUP % (USER_NAME, USER_ID)).encode())


def _make_dev(target):
    os.makedirs(target)
    for name in _DEVICES:
        _write(os.path.join(target, name), b"")
        linux.mount("/dev/" + name, os.path.join(target, name), None, linux.MS_BIND)
    for name, source in (("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        os.symlink("/proc/self/" + source, os.path.join(target, name))


# ---- a child ---------------------------------------------------------------------------------------------------------


def enter_sandbox(mount_namespace):
    """Namespaces and /proc of one environment. ``mount_namespace``: its runtime's predecessor's, or None.

    Returns whether it is in that one now, with the code and /tmp that are there.
    """
    is_reset = mount_namespace is not None and _enter_mounts(mount_namespace)
    if is_reset:
        linux.unshare(linux.CLONE_NEWIPC | linux.CLONE_NEWUTS)
        linux.unmount("/proc")
    else:
        linux.unshare(_NAMESPACES)
    linux.mount("proc", "/proc", "proc", _SANDBOX_FLAGS | linux.MS_NOEXEC, "hidepid=2")
    return is_reset


def _enter_mounts(mount_namespace):
    """Whether it could: a process that was killed in ``mount_code`` or before has left a half-made one."""
    own = os.open("/proc/self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
    linux.setns(mount_namespace, linux.CLONE_NEWNS)
    is_whole = not os.path.ismount(CODE)
    if not is_whole:
        linux.setns(own, linux.CLONE_NEWNS)
    os.close(own)
    return is_whole


def mount_code(*, task, opt, tmp_mb, image="", folder="", hidden=""):
    """/var/task, /opt (each a folder below the code folder, or none) and /tmp; then the code folder goes out of sight.

    With ``image`` (a folder there too) that is the root from now on, read-only as all the rest. ``folder``: one of the host's,
    in the place of ``task``; ``hidden`` is a folder below it that is not for functions.
    """
    if image:
        enter_image(os.path.join(CODE, image), tmp_mb)
        return
    if task:
        linux.bind(os.path.join(CODE, task), "/var/task")
    if opt:
        linux.bind(os.path.join(CODE, opt), "/opt")
    if folder:
        linux.bind_tree(HOST + folder, "/var/task")
        if hidden:
            linux.mount("tmpfs", os.path.join("/var/task", hidden), "tmpfs", _SANDBOX_FLAGS | linux.MS_RDONLY, "size=4k")
    if os.path.exists(HOST):
        linux.unmount(HOST)
    _mount_tmp("/tmp", tmp_mb)
    linux.unmount(CODE)


def renew_tmp(tmp_mb, modes):
    """In a copy of a template: a /tmp of its own that holds what INIT has left in the template's.

    ``modes`` as ``left_files`` found them. Returns what ``left_files.copy`` does.
    """
    before = os.open("/tmp", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    _mount_tmp("/tmp", tmp_mb)
    copied = left_files.copy("/proc/self/fd/%d" % before, "/tmp", modes)
    os.close(before)
    return copied


def working_folder():
    """The path of the folder that this process is in; /tmp if it has none any more, for there alone one goes away."""
    try:
        return os.getcwd()
    except OSError:
        return "/tmp"


def work_in(folder):
    """In a copy, whose folder is still the template's, or that of the root: the one of the same path that is its own."""
    try:
        os.chdir(folder)
    except OSError:
        os.chdir("/tmp")


def become_template(*, user_id, address_space_bytes):
    """In the place of giving up privileges: as unprivileged on the host, but free to make namespaces below its own.

    Goes on in a child, so that the pid namespace in which it forks is its own user namespace's; this process only waits. The
    number of processes is not limited here, for it would count all copies; each copy limits its own.
    """
    _become_user(user_id)
    outer_user_id, outer_group_id = os.geteuid(), os.getegid()
    linux.unshare(linux.CLONE_NEWUSER)
    _map_self(USER_ID, outer_user_id, USER_ID, outer_group_id)
    linux.unshare(_NAMESPACES | linux.CLONE_NEWPID)
    linux.spawn_pausing_process()
    # Each copy is the second process of its namespace. Were the template that of its own, the two would have one pid, and
    # OpenSSL and pools of connections, which know a fork by the pid, would not know that there was one.
    os.waitpid(_end_at_once(), 0)
    pid = os.fork()
    if pid:
        os.closerange(0, _DESCRIPTORS_MAX)
        _, status = os.waitpid(pid, 0)
        os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 70)
    linux.mount("proc", "/proc", "proc", _SANDBOX_FLAGS | linux.MS_NOEXEC, "hidepid=2")
    limit_resources(address_space_bytes, processes_max=None)
    linux.drop_capabilities(but=linux.FOR_NAMESPACES)
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    linux.prctl(linux.PR_SET_PDEATHSIG, 9)
    program = filter_program(allowed=seccomp.TEMPLATES)
    if program is not None:
        linux.seccomp(program)


def _end_at_once():
    """The pid of a child that does nothing."""
    pid = os.fork()
    if not pid:
        os._exit(0)
    return pid


def enter_image(folder, tmp_mb):
    """Moves into the root of a container image, with our /proc, /dev and names of hosts, and a /tmp that can be written to."""
    root = "/var/task"  # a place to build it at, which nobody else uses then
    linux.bind(folder, root)
    linux.mount("/proc", root + "/proc", None, linux.MS_BIND)
    linux.mount("/dev", root + "/dev", None, linux.MS_BIND | linux.MS_REC)
    _mount_tmp(root + "/tmp", tmp_mb)
    for name in ("/etc/resolv.conf", "/etc/hosts"):
        if os.path.exists(name):
            linux.bind(name, root + name)
    os.chdir(root)
    linux.pivot_root(".", ".")  # what was the root lies over the new one, and is taken away from there
    linux.unmount(".")
    os.chdir("/")


def _mount_tmp(target, tmp_mb):
    linux.mount("tmpfs", target, "tmpfs", _SANDBOX_FLAGS, "size=%dm,mode=1777,nr_inodes=%d" % (tmp_mb, tmp_mb * 256))


def give_up_privileges(*, user_id, address_space_bytes, program):
    """From here on an unprivileged user who can never be more. ``user_id``: whom to become, if we are the host's root."""
    _become_user(user_id)
    outer_user_id, outer_group_id = os.geteuid(), os.getegid()
    try:
        linux.unshare(linux.CLONE_NEWUSER)
    except OSError:
        if outer_user_id == 0:
            raise  # without the change of user above, the namespace is all that takes our privileges
    else:
        _map_self(USER_ID, outer_user_id, USER_ID, outer_group_id)
    limit_resources(address_space_bytes)
    linux.drop_capabilities()
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    linux.prctl(linux.PR_SET_PDEATHSIG, 9)
    if program is not None:
        linux.seccomp(program)


def _become_user(user_id):
    if user_id:
        os.setgroups([])
        os.setresgid(user_id, user_id, user_id)
        os.setresuid(user_id, user_id, user_id)
        linux.prctl(linux.PR_SET_DUMPABLE, 1)  # or /proc/self would not be ours


def limit_resources(address_space_bytes, processes_max=_PROCESSES_MAX):
    """Descriptors, processes, no core dumps; the address space only where no memory cgroup holds us (0: no limit)."""
    _lower(resource.RLIMIT_CORE, _CORE_DUMP_BYTES_MAX)
    _lower(resource.RLIMIT_NOFILE, _DESCRIPTORS_MAX)
    if processes_max is not None:
        _lower(resource.RLIMIT_NPROC, processes_max)
    if address_space_bytes:
        _lower(resource.RLIMIT_AS, address_space_bytes)


def _lower(kind, value):
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))


def _map_self(user_id, outer_user_id, group_id, outer_group_id):
    _write("/proc/self/setgroups", b"deny")
    _write("/proc/self/uid_map", b"%d %d 1" % (user_id, outer_user_id))
    _write("/proc/self/gid_map", b"%d %d 1" % (group_id, outer_group_id))


def _write(path, data):
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        os.write(descriptor, data)
    finally:
        os.close(descriptor)


def filter_program(*, allowed=()):
    return seccomp.program_for(linux.machine, allowed=allowed)
