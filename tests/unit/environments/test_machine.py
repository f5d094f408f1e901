"""What the machine has."""

import resource

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


def test_there_is_a_processor():
    assert machine.processors() >= 1
