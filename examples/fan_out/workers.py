"""The work of the fan-out, and the functions that spread it."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from lambent import function

SECONDS = 0.25


@function(timeout_s=30)
def work(number: int) -> int:
    """Waits as one waits for a server, and squares."""
    time.sleep(SECONDS)
    return number * number


@function(timeout_s=60, memory_mb=512)
def in_threads(numbers: list[int]) -> int:
    """All of it in one function, a thread for each item."""
    with ThreadPoolExecutor(len(numbers)) as pool:
        return sum(pool.map(work.local, numbers))


@function(timeout_s=60)
def calling(worker: Callable[[int], int], numbers: list[int]) -> int:
    """A function that is handed another one, calls it for each item, and is paid for while it waits."""
    return sum(worker.map(numbers))


@function
def total(numbers: list[int]) -> int:
    return sum(numbers)


spread = work.map(concurrency=1000) >> total
