"""The control process: start to ready, what it weighs and what it burns when nothing happens."""

import time

from benchmarks import measure, platforms
from benchmarks.measure import Measurement

IDLE_S = 5.0


def run() -> list[Measurement]:
    ready, resident, idle = [], [], []
    with platforms.platform():
        pass  # the first one compiles the modules
    for number in range(5):
        with platforms.platform() as platform:
            ready.append(platform.ready_ms / 1000)
            if number == 0:
                time.sleep(1)
                before = platforms.cpu_seconds(platform.process.pid)
                time.sleep(IDLE_S)
                idle.append((platforms.cpu_seconds(platform.process.pid) - before) / IDLE_S * 100)
            resident.append(platforms.resident_mb(platform.process.pid))
    return [
        measure.of("start to ready", ready, "s", goal="<= 0.5 s"),
        measure.of("idle memory of the control process", resident, "MB", goal="<= 80 MB"),
        measure.of("idle CPU of the control process", idle, "%", goal="<= 0.2 %"),
    ]
