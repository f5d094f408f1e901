"""How a figure is taken and shown: medians, spread, and the ratio to a floor measured in the same run."""

import json
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One figure. ``spread`` is the interquartile range; ``goal`` says what is aimed at, such as "<= 5 ms"."""

    name: str
    median: float
    unit: str
    spread: float = 0.0
    samples: int = 1
    goal: str = ""
    floor: str = ""
    floor_median: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times the floor a duration takes, or what share of the floor a rate reaches."""
        return self.median / self.floor_median if self.floor_median else None

    @property
    def is_reached(self) -> bool | None:
        if not self.goal:
            return None
        sign, number, *_ = self.goal.split()
        return self.median <= float(number) if sign == "<=" else self.median >= float(number)

    def against(self, floor: "Measurement") -> "Measurement":
        return Measurement(self.name, self.median, self.unit, self.spread, self.samples, self.goal, floor.name, floor.median)


def of(name: str, samples: Sequence[float], unit: str, *, goal: str = "") -> Measurement:
    """The median and spread of samples that are in ``unit`` already."""
    ordered = sorted(samples)
    quarter = len(ordered) // 4
    spread = ordered[-1 - quarter] - ordered[quarter] if len(ordered) > 1 else 0.0
    return Measurement(name, statistics.median(ordered), unit, spread, len(ordered), goal)


class Stopwatch:
    """What ``timed`` fills in when its block ends."""

    ms: float = 0.0


@contextmanager
def timed() -> Iterator[Stopwatch]:
    watch = Stopwatch()
    start = time.perf_counter()
    try:
        yield watch
    finally:
        watch.ms = (time.perf_counter() - start) * 1000


def milliseconds(repeat: int, action: Callable[[], object], *, warm_up: int = 3) -> list[float]:
    for _ in range(warm_up):
        action()
    samples = []
    for _ in range(repeat):
        with timed() as watch:
            action()
        samples.append(watch.ms)
    return samples


async def milliseconds_async(repeat: int, action: Callable[[], Awaitable[object]], *, warm_up: int = 3) -> list[float]:
    for _ in range(warm_up):
        await action()
    samples = []
    for _ in range(repeat):
        with timed() as watch:
            await action()
        samples.append(watch.ms)
    return samples


def show(measurements: Sequence[Measurement]) -> str:
    """A table for people."""
    rows = [("what", "median", "spread", "n", "goal", "", "floor", "ratio")]
    for m in measurements:
        verdict = {True: "reached", False: "MISSED", None: ""}[m.is_reached]
        ratio = f"{m.ratio:.2f}x" if m.ratio is not None else ""
        rows.append((m.name, f"{m.median:,.2f} {m.unit}", f"{m.spread:,.2f}", str(m.samples), m.goal, verdict, m.floor, ratio))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def save(measurements: Sequence[Measurement]) -> Path:
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    path.write_text(json.dumps([asdict(m) for m in measurements], indent=1) + "\n")
    return path
