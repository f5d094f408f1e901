"""Runs simulations for long: ``python -m tests.simulation.events --seeds 2000``, or one again: ``--seed 17``."""

import argparse
import itertools
import os
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.events.simulation import Violated, simulate

from lambent.core.clock import monotonic_s

PROGRESS_S = 10.0
AHEAD = 4  # seeds that wait for each worker


def replay_command(seed: int) -> str:
    return f".venv/bin/python -m tests.simulation.events --seed {seed}"


def tried(seed: int) -> tuple[int, Counter[str], str]:
    """The seed, what was counted, and what was violated."""
    try:
        run = simulate(seed)
    except Violated as violated:
        return seed, Counter(), violated.args[0]
    except Exception as error:  # a mistake of the simulation itself, which is no reason to stop the others
        return seed, Counter(), f"{type(error).__name__}: {error}"
    return seed, Counter(run.counts, crashes=run.crashes, commits=run.commits), ""


def run_many(first: int, count: int | None, seconds: float | None, workers: int) -> int:
    """Returns how many failed."""
    began_s = told_s = monotonic_s()
    seeds = itertools.count(first) if count is None else iter(range(first, first + count))
    totals: Counter[str] = Counter()
    done, failed = 0, []
    with ProcessPoolExecutor(workers) as pool:
        for seed, counts, violations in _in_order(pool, seeds, workers * AHEAD, began_s + (seconds or float("inf"))):
            done += 1
            totals += counts
            if violations:
                failed.append(seed)
                print(f"seed {seed}: {violations}\n  again, with all that happened: {replay_command(seed)}", flush=True)
            if monotonic_s() - told_s >= PROGRESS_S:
                told_s = monotonic_s()
                print(f"{done} seeds, {len(failed)} failed, {told_s - began_s:.0f} s", flush=True)
    print(f"{done} seeds, {len(failed)} failed {failed or ''} in {monotonic_s() - began_s:.0f} s: {_told(totals)}")
    return len(failed)


def _in_order(
    pool: ProcessPoolExecutor, seeds: Iterator[int], ahead: int, until_s: float
) -> Iterator[tuple[int, Counter[str], str]]:
    waiting = [pool.submit(tried, seed) for seed in itertools.islice(seeds, ahead)]
    while waiting:
        yield waiting.pop(0).result()
        if monotonic_s() < until_s:
            waiting += [pool.submit(tried, seed) for seed in itertools.islice(seeds, 1)]


def _told(totals: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(totals.items()))


def run_one(seed: int) -> int:
    try:
        run = simulate(seed)
    except Violated as violated:
        print(*violated.args[1], "", violated.args[0], sep="\n")
        return 1
    print(*run.trace, f"seed {seed}: {run.commits} commits, {run.crashes} crashes, digest {run.digest}", sep="\n")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.events", description=__doc__)
    parser.add_argument("--seed", type=int, help="run this one, and print all that happens")
    parser.add_argument("--first", type=int, default=0, help="the first of many")
    parser.add_argument("--seeds", type=int, help="how many")
    parser.add_argument("--seconds", type=float, help="begin no more after so long")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    if given.seed is not None:
        return run_one(given.seed)
    return min(1, run_many(given.first, given.seeds, given.seconds, given.workers))


if __name__ == "__main__":
    sys.exit(main())
