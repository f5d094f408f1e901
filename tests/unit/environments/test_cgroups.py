"""Cgroups on folders of this test's own: limits of both versions, and the sweep."""

import os
from pathlib import Path

import pytest

from lambent.environments import cgroups
from lambent.environments.cgroups import Cgroup, Cgroups


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("memory.limit_in_bytes", "cpu.shares", "memory.max", "cpu.weight", "cgroup.procs"):
        (tmp_path / name).write_text("")
    return tmp_path


def test_the_limit_leaves_room_for_tmp_in_version_1(folder):
    Cgroup({"memory": folder, "cpu": folder}, is_v2=False).limit(memory_mb=1769, ephemeral_storage_mb=512)
    assert (folder / "memory.limit_in_bytes").read_text() == str((1769 + 512 + cgroups.MEMORY_SLACK_MB) << 20)
    assert (folder / "cpu.shares").read_text() == "1024"


def test_the_limit_leaves_room_for_tmp_in_version_2(folder):
    Cgroup({"memory": folder}, is_v2=True).limit(memory_mb=3538, ephemeral_storage_mb=512)
    assert (folder / "memory.max").read_text() == str((3538 + 512 + cgroups.MEMORY_SLACK_MB) << 20)
    assert (folder / "cpu.weight").read_text() == "200"


def test_a_template_has_no_limit_and_the_weight_of_a_cpu(folder):
    for is_v2 in (False, True):
        Cgroup({"memory": folder, "cpu": folder}, is_v2=is_v2).lift()
    files = ("memory.limit_in_bytes", "cpu.shares", "memory.max", "cpu.weight")
    assert [(folder / name).read_text() for name in files] == ["-1", "1024", "max", "100"]


@pytest.mark.parametrize(
    ("memory_mb", "shares", "weight"), [(128, 74, 7), (884, 512, 50), (1769, 1024, 100), (10_240, 5928, 579)]
)
def test_cpu_is_shared_by_memory_size(folder, memory_mb, shares, weight):
    Cgroup({"memory": folder, "cpu": folder}, is_v2=False).limit(memory_mb=memory_mb, ephemeral_storage_mb=512)
    Cgroup({"memory": folder}, is_v2=True).limit(memory_mb=memory_mb, ephemeral_storage_mb=512)
    assert (folder / "cpu.shares").read_text() == str(shares)
    assert (folder / "cpu.weight").read_text() == str(weight)


@pytest.mark.parametrize("is_v2", [False, True])
def test_nobody_is_held_back_while_cpu_is_idle_so_that_init_has_all_of_it_as_on_aws(folder, is_v2):
    quotas = {"cpu.cfs_quota_us": "-1", "cpu.max": "max 100000"}
    for name, value in quotas.items():
        (folder / name).write_text(value)
    Cgroup({"memory": folder, "cpu": folder}, is_v2=is_v2).limit(memory_mb=128, ephemeral_storage_mb=512)
    assert {name: (folder / name).read_text() for name in quotas} == quotas


@pytest.mark.parametrize(("used_mb", "own_mb", "is_over"), [(100, 100, False), (600, 100, False), (600, 200, True)])
def test_what_is_in_tmp_does_not_count(folder, used_mb, own_mb, is_over):
    (folder / "memory.usage_in_bytes").write_text(str(used_mb << 20))
    (folder / "memory.stat").write_text(f"cache {(used_mb - own_mb) << 20}\nrss {own_mb << 20}\n")
    assert Cgroup({"memory": folder}, is_v2=False).is_over(128) is is_over


def test_an_out_of_memory_kill_is_told_once(folder):
    group = Cgroup({"memory": folder}, is_v2=False)
    (folder / "memory.oom_control").write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 1\n")
    assert group.was_out_of_memory()
    assert not group.was_out_of_memory()


def test_groups_of_dead_platforms_are_swept_and_those_of_living_ones_stay(tmp_path):
    living = cgroups._start_of(os.getpid())
    (tmp_path / f"lambent-{os.getpid()}-{living}-1" / "7").mkdir(parents=True)
    (tmp_path / f"lambent-{os.getpid()}-0-1" / "7").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    cgroups._sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"lambent-{os.getpid()}-{living}-1", "other"]


def test_groups_are_made_ahead_and_removed_when_done_with(tmp_path):
    groups = Cgroups({"memory": tmp_path}, is_v2=True)
    assert groups.needs_upkeep
    groups.upkeep()
    assert len(list(tmp_path.iterdir())) == cgroups.STOCK
    taken = groups.take()
    groups.give_back(taken)
    groups.upkeep()
    assert len(list(tmp_path.iterdir())) == cgroups.STOCK
