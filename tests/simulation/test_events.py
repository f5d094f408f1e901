"""Events through queues, topics, streams, mappings and asynchronous invocations, whatever fails and wherever the process dies.

A failing run tells its seed and how to replay it; what was at fault is written into seeds.txt with the seed.
``make simulate`` runs thousands.
"""

import os
import subprocess
import sys

import pytest
from tests.simulation.events.__main__ import replay_command
from tests.simulation.events.simulation import Run, Violated, simulate
from tests.simulation.seeds import kept

FIRST, COUNT, COUNT_EVERY_DAY = 1_000, 16, 8
KINDS = ("before", "after", "torn")
STRIDE, STRIDE_EVERY_DAY = 12, 36
"""Between two commits at which a run crashes; each kind begins at another."""


def run(seed: int, crashes: tuple[tuple[int, str], ...] | None = None) -> Run:
    try:
        return simulate(seed, crashes=crashes)
    except Violated as violated:
        what, trace = violated.args
        latest = "\n".join(trace[-40:])
        pytest.fail(
            f"{latest}\n\n{what}\nseed {seed}, crashes {crashes or 'its own'}; again: {replay_command(seed)}", pytrace=False
        )


@pytest.mark.parametrize("seed", kept("events"))
def test_what_once_failed_does_not_fail_again(seed):
    run(seed)


@pytest.mark.parametrize(
    "seed", [pytest.param(FIRST + n, marks=[pytest.mark.realtime] if n >= COUNT_EVERY_DAY else []) for n in range(COUNT)]
)
def test_nothing_acknowledged_is_lost_repeated_or_out_of_order(seed):
    run(seed)


@pytest.mark.parametrize("stride", [STRIDE_EVERY_DAY, pytest.param(STRIDE, marks=pytest.mark.realtime)])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_lost_wherever_the_process_dies(kind, stride):
    commit = 1 + KINDS.index(kind)
    while run(3, ((commit, kind),)).crashes:
        commit += stride
    assert commit > 3 * stride


def test_a_seed_replays_bit_for_bit_in_another_process():
    """Two of them, of which one has streams; whatever the salt of hashes."""
    seeds = [1, 2]
    code = f"from tests.simulation.events.simulation import simulate; print(*[simulate(seed).digest for seed in {seeds}])"
    told = subprocess.run([sys.executable, "-c", code], env={"PYTHONHASHSEED": "1"}, capture_output=True, text=True, check=True)
    here = [run(seed) for seed in seeds]
    assert os.environ.get("PYTHONHASHSEED") != "1", "both have one salt"
    assert told.stdout.split() == [each.digest for each in here]
    assert all(each.crashes for each in here)
