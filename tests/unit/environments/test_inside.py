"""What runs inside a sandbox: for the oldest interpreter, from the standard library, and a filter that the kernel takes."""

import ast
import struct
import sys
import types
from pathlib import Path

import pytest
from tests import trees

import lambent.environments

INSIDE = Path(lambent.environments.__file__).parent / "inside"
FILES = sorted(INSIDE.glob("*.py"))


@pytest.fixture
def seccomp() -> types.ModuleType:
    module = types.ModuleType("seccomp")
    exec((INSIDE / "seccomp.py").read_text(), module.__dict__)
    return module


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_oldest_interpreter_can_read_it(path):
    trees.parse(path.read_text(), feature_version=(3, 9))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_it_imports_only_what_is_there(path):
    allowed = {*sys.stdlib_module_names, "awslambdaric", "_lambent"}
    for node in ast.walk(trees.parse(path.read_text())):
        if isinstance(node, ast.Import):
            assert {alias.name.partition(".")[0] for alias in node.names} <= allowed
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").partition(".")[0] in allowed


def run(program: bytes, *, number: int, architecture: int, argument: int = 0, third: int = 16) -> int:
    """What the filter answers: a tiny interpreter of the five instructions it uses. ``third``: of the call's arguments."""
    data = {0: number, 4: architecture, 16: argument, 32: third}
    accumulator, at = 0, 0
    instructions = list(struct.iter_unpack("=HBBI", program))
    while True:
        code, when_true, when_false, value = instructions[at]
        at += 1
        if code == 0x20:
            accumulator = data[value]
        elif code == 0x06:
            return int(value)
        else:
            holds = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}[code]
            at += when_true if holds else when_false


EPERM, ENOSYS, ALLOW, KILL = 0x00050001, 0x00050026, 0x7FFF0000, 0x80000000


@pytest.mark.parametrize(("machine", "column", "architecture"), [("x86_64", 0, 0xC000003E), ("aarch64", 1, 0xC00000B7)])
def test_the_filter_refuses_exactly_what_is_listed(seccomp, machine, column, architecture):
    program = seccomp.filter_for(machine)
    denied = {numbers[column] for numbers in seccomp._DENIED.values()} - {None}
    for number in range(600):
        if number in (435, seccomp._CLONE[machine]):
            continue
        expected = EPERM if number in denied else ALLOW
        assert run(program, number=number, architecture=architecture) == expected, number


def test_clone_may_make_threads_but_no_namespaces(seccomp):
    program = seccomp.filter_for("x86_64")
    assert run(program, number=56, architecture=0xC000003E, argument=0x003D0F00) == ALLOW
    assert run(program, number=56, architecture=0xC000003E, argument=0x10000011) == EPERM
    assert run(program, number=435, architecture=0xC000003E) == ENOSYS


def test_programs_tell_of_their_ports_and_may_not_do_what_their_supervisor_may(seccomp):
    program, wider = seccomp.watching_filter("x86_64"), seccomp.filter_for("x86_64", allowed=("pidfd_getfd",))
    answers = {number: run(program, number=number, architecture=0xC000003E) for number in (42, 49, 438, 1)}
    assert answers == {42: 0x7FC00000, 49: 0x7FC00000, 438: EPERM, 1: ALLOW}
    assert run(wider, number=438, architecture=0xC000003E) == ALLOW
    assert run(wider, number=101, architecture=0xC000003E) == EPERM


def test_a_connect_to_a_unix_socket_is_nothing_to_tell_of_and_every_bind_is_told(seccomp):
    program, notified = seccomp.watching_filter("x86_64"), 0x7FC00000
    lengths = {16: notified, 28: notified, 110: ALLOW}  # sockaddr_in, sockaddr_in6, sockaddr_un
    bind, connect = 49, 42
    assert {each: run(program, number=connect, architecture=0xC000003E, third=each) for each in lengths} == lengths
    assert {run(program, number=bind, architecture=0xC000003E, third=each) for each in lengths} == {notified}
    assert run(program, number=438, architecture=0xC000003E, third=110) == EPERM


def test_other_ways_into_the_kernel_are_closed(seccomp):
    program = seccomp.filter_for("x86_64")
    assert run(program, number=165 | 0x40000000, architecture=0xC000003E) == ENOSYS
    assert run(program, number=21, architecture=0x40000003) == KILL
    assert seccomp.filter_for("riscv64") is None
