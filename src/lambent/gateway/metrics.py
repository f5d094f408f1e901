"""Counts requests as they are answered, and writes everything that is counted in Prometheus' text form.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

from lambent.core.ports import Metrics

BOUNDS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 900.0)
PREFIX = "lambent_"


@dataclass(slots=True)
class _Seen:
    """Of one operation: how often each status, and how often it took how long."""

    statuses: dict[int, int] = field(default_factory=dict)
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))
    sum_s: float = 0.0


class Requests:
    """Requests by service, operation and status, and how long they took. ``observe`` is on every request's way."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], _Seen] = {}

    def observe(self, service: str, operation: str, status: int, took_s: float) -> None:
        seen = self._seen.get((service, operation))
        if seen is None:
            seen = self._seen[service, operation] = _Seen()
        seen.statuses[status] = seen.statuses.get(status, 0) + 1
        seen.buckets[bisect_left(BOUNDS_S, took_s)] += 1
        seen.sum_s += took_s

    def lines(self) -> Iterable[str]:
        yield f"# TYPE {PREFIX}requests_total counter"
        for (service, operation), seen in sorted(self._seen.items()):
            for status, count in sorted(seen.statuses.items()):
                yield f'{PREFIX}requests_total{{service="{service}",operation="{operation}",status="{status}"}} {count}'
        name = f"{PREFIX}request_seconds"
        yield f"# TYPE {name} histogram"
        for (service, operation), seen in sorted(self._seen.items()):
            labels = f'service="{service}",operation="{operation}"'
            total = 0
            for bound, count in zip((*map(str, BOUNDS_S), "+Inf"), seen.buckets, strict=True):
                total += count
                yield f'{name}_bucket{{{labels},le="{bound}"}} {total}'
            yield f"{name}_sum{{{labels}}} {seen.sum_s:.6f}"
            yield f"{name}_count{{{labels}}} {total}"


def prometheus(requests: Requests, metrics: Metrics) -> str:
    """Everything, as ``text/plain; version=0.0.4``."""
    lines = list(requests.lines())
    kind = ""
    for (name, labels), value in sorted(metrics.values.items()):
        full_name = name if name.startswith(PREFIX) else PREFIX + name
        if full_name != kind:
            kind = full_name
            lines.append(f"# TYPE {full_name} {'counter' if full_name.endswith('_total') else 'gauge'}")
        text = ",".join(f'{key}="{_escape(label)}"' for key, label in labels)
        lines.append(f"{full_name}{{{text}}} {value:g}" if text else f"{full_name} {value:g}")
    return "\n".join(lines) + "\n"


def _escape(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
