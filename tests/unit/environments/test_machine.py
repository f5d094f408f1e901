"""What the machine has."""

import os
import resource
import subprocess
import sys

from lambent.environments import machine


def test_the_memory_is_that_of_the_machine():
    with open("/proc/meminfo") as told:
        total_kb = int(told.readline().split()[1])
    assert abs(machine.memory_mb() - total_kb // 1024) <= 1


def test_descriptors_are_allowed_up_to_the_hard_limit():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, before[1]), before[1]))
        machine.raise_descriptor_limit()
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == before[1]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_process_that_is_looking_at_itself_runs_and_one_that_is_not_there_does_not():
    assert machine.is_running(os.getpid())
    assert not machine.is_running(4_100_000)


def test_waits_are_counted():
    before = machine.waits(os.getpid())
    ours, theirs = os.pipe()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=theirs) as child:
        os.close(theirs)
        child.stdin.close()
        os.read(ours, 1)  # ends with the child
        os.close(ours)
    assert machine.waits(os.getpid()) > before
    assert machine.waits(4_100_000) is None


def test_there_is_a_processor():
    assert machine.processors() >= 1
