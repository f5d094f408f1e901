"""What mypy --strict says of functions: each line that is wrong is marked, and an unused mark is an error too."""

from collections.abc import AsyncIterator
from typing import Any, assert_type

from lambent import Executor, Function, function, remote
from lambent.sdk.futures import Future


@function
def double(x: int) -> int:
    return 2 * x


@function(memory_mb=512)
def join(words: list[str], *, by: str = " ") -> str:
    return by.join(words)


assert_type(double(1), int)
assert_type(double.local(1), int)
assert_type(double.submit(1), Future[int])
assert_type(double.submit(1).result(), int)
assert_type(double.send(1), str)
assert_type(double.deploy()(1), int)
assert_type(double.at("name")(1), int)
assert_type(join(["a"], by="-"), str)
assert_type(list(double.map([1])), list[int])
assert_type(remote("name"), Function[..., Any])

double("text")  # type: ignore[arg-type]
double(1, 2)  # type: ignore[call-arg]
double.submit("text")  # type: ignore[arg-type]
join(["a"], sep="-")  # type: ignore[call-arg]
join("a", by=1)  # type: ignore[arg-type]


async def coroutines() -> AsyncIterator[Any]:
    assert_type(await double.submit(1), int)
    assert_type(await double.aio(1), int)
    await double.aio("text")  # type: ignore[arg-type]
    async for piece in double.aio.stream(1):
        yield piece


with Executor(double, max_workers=4) as pool:
    assert_type(pool.submit(double, 1), Future[int])
    pool.submit(double, "text")  # type: ignore[arg-type]
