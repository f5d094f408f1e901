"""Deployed functions are called as functions: through a running platform, with boto3's configuration as for AWS."""

import asyncio
import concurrent.futures
import json
import os
import threading
from collections.abc import Iterator
from datetime import date

import pytest
from tests.projects import imported

from lambent import Executor, NotDeployed, NotSendable, RemoteError, RemoteTimeout, deploy, remote
from lambent.sdk import large

APP = """
import asyncio
import dataclasses
import datetime
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator

from lambent import function


@dataclasses.dataclass
class Book:
    id: int
    name: str
    bought: datetime.date | None = None


class OutOfStock(Exception):
    pass


@function
def double(x: int) -> int:
    return 2 * x


@function
def inc(x: int) -> int:
    return x + 1


@function
def rename(book: Book, name: str, *, upper: bool = False) -> Book:
    return dataclasses.replace(book, name=name.upper() if upper else name)




@function
def fail(kind: str) -> None:
    print("last words")
    if kind == "secret":
        raise type("OnlyThere", (Exception,), {})("of a type that is only there")
    raise {"value": ValueError, "key": KeyError, "own": OutOfStock}[kind](kind)


@function(timeout_s=1)
def sleepy() -> None:
    time.sleep(30)


@function
def twice(f: Callable[[int], int], x: int) -> int:
    return f(f(x))


@function
def itself(f: Callable) -> Callable:
    return f


@function
def count_to(n: int) -> Iterator[Book]:
    for number in range(n):
        yield Book(number, f"book {number}")


@function
def break_off() -> Iterator[int]:
    yield 1
    raise ValueError("in the middle")


@function
async def later(x: int) -> int:
    await asyncio.sleep(0)
    return x


@function(memory_mb=512)
def repeat(text: str, times: int) -> str:
    return text * times


@function(memory_mb=512)
def length(text: str) -> int:
    return len(text)


@function
def stay(number: int) -> tuple[float, float]:
    entered = time.time()
    time.sleep(0.5)
    return entered, time.time()


@function
def nothing():
    return None
"""


@pytest.fixture(scope="module")
def app(platform, tmp_path_factory) -> Iterator[object]:
    """All of it, deployed once, into an account of this module's."""
    variables = {
        "AWS_ENDPOINT_URL": platform.url,
        "AWS_ACCESS_KEY_ID": f"{os.getpid():012d}",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }
    patch = pytest.MonkeyPatch()
    for name, value in variables.items():
        patch.setenv(name, value)
    patch.delenv("AWS_PROFILE", raising=False)
    with imported(tmp_path_factory.mktemp("calls"), {"shop.py": APP}, "shop") as module:
        deploy(module, echo=None)
        yield module
    patch.undo()


def test_a_deployed_function_is_called_as_it_is_written(app):
    assert app.double(21) == 42
    assert app.double.is_deployed
    assert app.nothing() is None


def test_arguments_and_results_are_what_type_hints_say(app):
    book = app.Book(1, "Scala", date(2026, 1, 2))
    assert app.rename(book, "Go", upper=True) == app.Book(1, "GO", date(2026, 1, 2))


def test_futures_overlap_and_can_be_awaited(app):
    stays = [future.result(60) for future in [app.stay.submit(number) for number in range(4)]]
    assert any(one is not other and one[0] < other[1] and other[0] < one[1] for one in stays for other in stays)
    assert sum(app.double.map(range(10))) == 90

    async def together():
        return await asyncio.gather(*(app.double.submit(number) for number in range(5)), app.double.aio(21), app.later(7))

    assert asyncio.run(together()) == [0, 2, 4, 6, 8, 42, 7]


def test_results_of_many_calls_come_in_order(app):
    assert list(app.double.map(range(300))) == [2 * number for number in range(300)]
    assert sorted(app.double.map(range(50), order="completion", concurrency=8)) == [2 * number for number in range(50)]


@pytest.mark.parametrize(("kind", "error"), [("value", ValueError), ("key", KeyError), ("own", "OutOfStock")])
def test_what_a_function_raises_is_raised_here_with_its_stack_and_the_end_of_its_log(app, kind, error):
    expected = getattr(app, error) if isinstance(error, str) else error
    with pytest.raises(expected) as caught:
        app.fail(kind)
    assert type(caught.value) is expected
    assert caught.value.args == (kind,)
    remote_error = caught.value.__cause__
    assert isinstance(remote_error, RemoteError)
    assert 'shop.py", line' in "".join(remote_error.stack_trace)
    assert "last words" in remote_error.log_tail
    assert "last words" in str(remote_error)


def test_a_type_that_is_only_there_is_a_remote_error(app):
    with pytest.raises(RemoteError, match="of a type that is only there") as caught:
        app.fail("secret")
    assert caught.value.type == "OnlyThere"
    assert caught.value.request_id


def test_a_timeout_there_is_a_timeout_error_here(app):
    with pytest.raises(RemoteTimeout, match="timed out after 1"):
        app.sleepy()


def test_arguments_that_do_not_fit_are_type_errors_on_either_side(app):
    with pytest.raises(TypeError, match="missing a required argument: 'name'"):
        app.rename(app.Book(1, "x"))
    with pytest.raises(TypeError, match="book: 5 is no object, as a Book is"):
        app.rename(5, "x")
    with pytest.raises(NotSendable, match="a value of type object has no JSON form"):
        app.double(object())


def test_a_function_handed_to_a_function_arrives_callable_and_comes_back(app):
    assert app.twice(app.double, 3) == 12
    back = app.itself(app.inc)
    assert back(1) == 2
    assert back.deployment.arn == app.inc.deployment.arn
    with pytest.raises(NotDeployed):
        app.twice(type(app.double)(app.double.plain), 3)


def test_large_arguments_and_results_go_through_s3_and_are_not_left_there(app, monkeypatch):
    text = "x" * (large.CALL_BYTES_MAX + 1)
    assert app.length(text) == len(text)
    assert app.repeat("y", times=large.ANSWER_BYTES_MAX + 1) == "y" * (large.ANSWER_BYTES_MAX + 1)
    target = app.length.deployment.target
    store = large.Store(target, target.account)

    def left():
        return target.client("s3").list_objects_v2(Bucket=store.bucket, Prefix="values/").get("KeyCount", 0)

    done = threading.Event()  # what was sent is deleted behind the caller's back
    for _ in range(200):
        if left() == 0:
            break
        done.wait(0.05)
    assert left() == 0


def test_a_reference_to_another_bucket_is_a_plain_value(app):
    with pytest.raises(Exception, match=r"missing 2 required arguments: 'text', 'times'"):
        remote(app.repeat.deployment.arn)({"lambent:s3": {"bucket": "someone-elses", "key": "values/x"}})


def test_pieces_of_a_generator_come_as_what_its_hint_says(app):
    assert list(app.count_to.stream(3)) == [app.Book(number, f"book {number}") for number in range(3)]
    assert list(app.count_to(2)) == [app.Book(0, "book 0"), app.Book(1, "book 1")]
    assert list(app.double.stream(4)) == [8]


def test_what_a_generator_raises_comes_after_its_pieces(app):
    pieces = app.break_off.stream()
    assert next(pieces) == 1
    with pytest.raises(ValueError, match="in the middle"):
        next(pieces)


async def test_pieces_can_be_followed_without_blocking(app):
    assert [piece.id async for piece in app.count_to.aio.stream(3)] == [0, 1, 2]


def test_an_event_is_taken_at_once_and_has_a_request_id(app):
    assert len(app.double.send(1)) == 36
    assert len(asyncio.run(app.double.aio.send(1))) == 36


def test_any_client_calls_it_with_plain_json(app):
    client = app.double.deployment.client()
    answer = client.invoke(FunctionName="shop-rename", Payload=b'{"book":{"id":1,"name":"a"},"name":"b"}')
    assert json.loads(answer["Payload"].read()) == {"id": 1, "name": "b", "bought": None}
    failed = client.invoke(FunctionName="shop-fail", Payload=b'"value"')
    assert json.loads(failed["Payload"].read())["errorType"] == "ValueError"


def test_a_handle_of_what_was_deployed_elsewhere(app):
    fresh = type(app.double)(app.double.plain)
    assert fresh.at("shop-double")(4) == 8
    assert fresh.at(app.double.deployment.arn)(5) == 10
    assert remote("shop-rename", returns=app.Book)(book={"id": 1, "name": "a"}, name="b") == app.Book(1, "b")
    assert not fresh.is_deployed


def test_what_lambda_refuses_is_raised_as_boto3_raises_it(app):
    client = app.double.deployment.client()
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="Function not found"):
        app.double.at("nowhere")(1)


def work(executor, items):
    """As it was written for a pool of processes."""
    with executor as pool:
        futures = [pool.submit(pow_of, item) for item in items]
        assert concurrent.futures.wait(futures).not_done == set()
        return [*pool.map(pow_of, items, timeout=60, chunksize=4)], [future.result() for future in futures]


pow_of = None


def test_code_for_a_pool_of_processes_runs_with_one_line_changed(app, monkeypatch):
    monkeypatch.setitem(globals(), "pow_of", app.double.plain)
    here = work(concurrent.futures.ThreadPoolExecutor(max_workers=4), range(20))
    there = work(Executor(app.double, max_workers=4), range(20))
    assert there == here
    monkeypatch.setitem(globals(), "pow_of", app.double)
    assert work(Executor(), range(20)) == here


def test_an_executor_refuses_what_is_not_deployed(app):
    with Executor() as pool, pytest.raises(NotDeployed, match="write @function above it"):
        pool.submit(app.double.plain, 1)
