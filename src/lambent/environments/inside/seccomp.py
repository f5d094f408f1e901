"""The system calls a function may not make: they answer EPERM (ENOSYS where libc has a harmless second way)."""

import ctypes
import struct

_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000
_USER_NOTIF = 0x7FC00000
_KILL_PROCESS = 0x80000000
_EPERM = 1
_ENOSYS = 38

_LOAD_WORD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_JUMP_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_JUMP_SET = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_JUMP_AT_LEAST = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_RETURN = 0x06

SUPERVISORS = "pidfd_getfd"  # that a supervisor needs
TEMPLATES = ("unshare", "setns", "mount", "umount2")  # what a template needs to fork into namespaces

_NUMBER_AT, _MACHINE_AT, _ARGUMENT_0_AT, _ARGUMENT_2_AT = 0, 4, 16, 32
_UNIX_ADDRESS_BYTES = 110  # struct sockaddr_un, whole: as libc has it, which asks for nscd whenever a user is looked up
_X32_BIT = 0x40000000
_NAMESPACES = 0x7E020000  # every CLONE_NEW* flag that clone(2) takes

# name: (x86_64, aarch64)
_DENIED = {
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "mount_setattr": (442, 442), "open_tree_attr": (467, 467),
    "unshare": (272, 97), "setns": (308, 268),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "process_madvise": (440, 440), "pidfd_getfd": (438, 438),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89), "quotactl": (179, 60), "quotactl_fd": (443, 443),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171), "clock_adjtime": (305, 266),
    "sethostname": (170, 161), "setdomainname": (171, 162), "syslog": (103, 116), "vhangup": (153, 58),
    "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264), "lookup_dcookie": (212, 18), "fanotify_init": (300, 262),
    "personality": (135, 92), "iopl": (172, None), "ioperm": (173, None), "modify_ldt": (154, None), "nfsservctl": (180, 42),
    "uselib": (134, None), "ustat": (136, None), "sysfs": (139, None), "_sysctl": (156, None),
    "mbind": (237, 235), "set_mempolicy": (238, 237), "migrate_pages": (256, 238), "move_pages": (279, 239),
}  # fmt: skip
_CLONE = {"x86_64": 56, "aarch64": 220}
_CLONE3 = 435
_WATCHED = {"x86_64": (49, 42), "aarch64": (200, 203)}  # bind, connect
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}


def _instruction(code, value, when_true=0, when_false=0):
    return struct.pack("=HBBI", code, when_true, when_false, value)


def filter_for(machine, *, allowed=()):
    """The filter as bytes of BPF instructions, for ``platform.machine()``; None where the machine's numbers are not known."""
    if machine not in _MACHINES:
        return None
    column, architecture = _MACHINES[machine]
    denied = sorted(numbers[column] for name, numbers in _DENIED.items() if numbers[column] is not None and name not in allowed)
    program = [
        _instruction(_LOAD_WORD, _MACHINE_AT),
        _instruction(_JUMP_EQUAL, architecture, 1, 0),
        _instruction(_RETURN, _KILL_PROCESS),
        _instruction(_LOAD_WORD, _NUMBER_AT),
        _instruction(_JUMP_AT_LEAST, _X32_BIT, 0, 1),
        _instruction(_RETURN, _ERRNO | _ENOSYS),
        _instruction(_JUMP_EQUAL, _CLONE3, 0, 1),  # its flags stand in memory where no filter sees them
        _instruction(_RETURN, _ERRNO | _ENOSYS),
        _instruction(_JUMP_EQUAL, _CLONE[machine], 0, 4),
        _instruction(_LOAD_WORD, _ARGUMENT_0_AT),
        _instruction(_JUMP_SET, _NAMESPACES, 0, 1),
        _instruction(_RETURN, _ERRNO | _EPERM),
        _instruction(_RETURN, _ALLOW),
    ]
    return b"".join(program + _refuse(denied))


def watched(machine):
    """The numbers of bind and connect."""
    return _WATCHED[machine]


def watching_filter(machine):
    """A further filter, for programs below a supervisor: it is told of bind and connect; what it alone may do is refused."""
    column, architecture = _MACHINES[machine]
    bind, connect = _WATCHED[machine]
    program = [
        _instruction(_LOAD_WORD, _MACHINE_AT),
        _instruction(_JUMP_EQUAL, architecture, 1, 0),
        _instruction(_RETURN, _ALLOW),  # the first filter ends who comes this way
        _instruction(_LOAD_WORD, _NUMBER_AT),
        _instruction(_JUMP_EQUAL, bind, 3, 0),
        _instruction(_JUMP_EQUAL, connect, 0, 3),
        # Of connect alone: libc asks for nscd, by an address as long as this. Who pretends that reaches no more than others do.
        _instruction(_LOAD_WORD, _ARGUMENT_2_AT),
        _instruction(_JUMP_EQUAL, _UNIX_ADDRESS_BYTES, 3, 0),
        _instruction(_RETURN, _USER_NOTIF),
        _instruction(_JUMP_EQUAL, _DENIED[SUPERVISORS][column], 0, 1),
        _instruction(_RETURN, _ERRNO | _EPERM),
        _instruction(_RETURN, _ALLOW),
    ]
    return b"".join(program)


def _refuse(numbers):
    """EPERM for these sorted numbers, by halving: the kernel tries a new filter on every system call that there is."""
    if len(numbers) == 1:
        return [
            _instruction(_JUMP_EQUAL, numbers[0], 0, 1),
            _instruction(_RETURN, _ERRNO | _EPERM),
            _instruction(_RETURN, _ALLOW),
        ]
    middle = len(numbers) // 2
    below, above = _refuse(numbers[:middle]), _refuse(numbers[middle:])
    return [_instruction(_JUMP_AT_LEAST, numbers[middle], len(below), 0), *below, *above]


class Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def program_for(machine, *, allowed=()):
    code = filter_for(machine, allowed=allowed)
    return None if code is None else Program(len(code) // 8, code)
