"""Runs a program where the kernel refuses some calls: ``locked_down.py <EPERM or KILL> <names, by comma> <program …>``."""

import ctypes
import os
import platform
import struct
import sys

NUMBERS = {
    "unshare": {"x86_64": 272, "aarch64": 97},
    "mount": {"x86_64": 165, "aarch64": 40},
    "pivot_root": {"x86_64": 155, "aarch64": 41},
    "setns": {"x86_64": 308, "aarch64": 268},
    "seccomp": {"x86_64": 317, "aarch64": 277},
    "prctl": {"x86_64": 157, "aarch64": 167},
}
ACTIONS = {"EPERM": 0x00050001, "KILL": 0x80000000}


class Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def refuse(names: list[str], action: str) -> None:
    """For this process and all that it will start."""
    instructions = [(0x20, 0, 0, 0)]  # load the number
    for name in names:
        instructions += [(0x15, 0, 1, NUMBERS[name][platform.machine()]), (0x06, 0, 0, ACTIONS[action])]
    instructions.append((0x06, 0, 0, 0x7FFF0000))
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in instructions)
    program = Program(len(instructions), code)
    libc = ctypes.CDLL(None, use_errno=True)
    no_new_privileges, set_seccomp, by_filter = 38, 22, 2
    zero = ctypes.c_ulong(0)
    assert libc.prctl(no_new_privileges, ctypes.c_ulong(1), zero, zero, zero) == 0
    assert libc.prctl(set_seccomp, ctypes.c_ulong(by_filter), ctypes.byref(program), zero, zero) == 0


if __name__ == "__main__":
    refuse(sys.argv[2].split(","), sys.argv[1])
    os.execvp(sys.argv[3], sys.argv[3:])
