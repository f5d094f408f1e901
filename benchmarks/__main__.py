"""Runs the benchmarks one after another and prints a table."""

import argparse
import importlib
import json
import os
import platform
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks import measure
from lambent.cli import doctor

ORDER = (
    "control",
    "store",
    "logs",
    "environments",
    "runtimes",
    "snapstart",
    "invokes",
    "events",
    "writes",
    "queues",
    "tables",
    "streams",
    "mappings",
    "workflows",
    "sockets",
    "http_apis",
    "followers",
    "scale",
    "sdk",
    "pipelines",
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=ORDER, help="run this one (may be given again)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    arguments = parser.parse_args()
    print(_machine(), file=sys.stderr)
    measurements = []
    for name in arguments.only or ORDER:
        print(f"… {name}", file=sys.stderr, flush=True)
        measurements += importlib.import_module(f"benchmarks.{name}").run()
    if arguments.json:
        print(json.dumps([{**asdict(m), "ratio": m.ratio, "is_reached": m.is_reached} for m in measurements], indent=1))
    else:
        print(measure.show(measurements))
    print(f"saved to {measure.save(measurements).relative_to(Path.cwd())}", file=sys.stderr)


def _machine() -> str:
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    busy = " - others are using this machine: read the ratios, not the figures" if load > cores / 2 else ""
    built = "" if doctor.is_optimised() else " (not optimised by a profile)"
    return f"{cores} cores, Python {platform.python_version()}{built}, load {load:.1f}{busy}"


if __name__ == "__main__":
    main()
