"""ASGI applications as handlers: one loop, one lifespan, and what uvicorn would have answered."""

import asyncio
import contextlib
import json
import logging

import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route
from tests.unit.environments.inside.events import payload_2


@pytest.fixture
def make(inside, monkeypatch):
    """A handler of an application; its loop is closed at the end, and the process' signals and exits stay the test's."""
    asgi, handlers = inside("asgi"), []
    monkeypatch.setattr(asgi.atexit, "register", lambda function: None)
    monkeypatch.setattr(asgi.signal, "signal", lambda *_: None)
    monkeypatch.setattr(asgi, "_event_loop", asyncio.new_event_loop)

    def made(app, streams=False, **options):
        handlers.append(asgi.AsgiApp(app, lambda: streams, **options))
        handlers[-1].start()
        return handlers[-1]

    yield made
    for handler in handlers:
        handler.stop()
        handler._loop.close()


def answering(*messages):
    async def app(scope, receive, send):
        assert scope["type"] == "http"
        for message in messages:
            await send(message)

    return app


START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}


def body(data, more_body=False):
    return {"type": "http.response.body", "body": data, "more_body": more_body}


def test_an_application_sees_the_request_and_its_answer_is_the_functions(make):
    async def echo(request):
        told = {name: request.scope[name] for name in ("root_path", "path", "scheme", "http_version", "method")}
        told |= {"client": request.client.host, "raw": request.scope["raw_path"].decode(), "query": str(request.query_params)}
        told |= {"body": (await request.body()).decode(), "cookie": request.cookies["a"]}
        told |= {
            "url": str(request.url),
            "event": request.scope["aws.event"]["version"],
            "context": request.scope["aws.context"],
        }
        return JSONResponse(told, status_code=201, headers={"x-a": "1"})

    handler = make(Starlette(routes=[Route("/items/{name:path}", echo, methods=["POST"])]))
    event = payload_2("POST", "/prod/items/a%20b", stage="prod", query="q=1", body="hi", cookies=["a=1"])
    answer = handler(event, "context")
    assert (answer["statusCode"], answer["headers"]["x-a"]) == (201, "1")
    assert json.loads(answer["body"]) == {
        "root_path": "/prod",
        "path": "/prod/items/a b",
        "raw": "/prod/items/a%20b",
        "scheme": "https",
        "http_version": "1.1",
        "method": "POST",
        "client": "192.0.2.7",
        "query": "q=1",
        "body": "hi",
        "cookie": "1",
        "url": "https://api.example.com/prod/items/a b?q=1",
        "event": "2.0",
        "context": "context",
    }


def test_the_lifespan_starts_once_and_keeps_its_state(make):
    told = []

    @contextlib.asynccontextmanager
    async def lifespan(app):
        told.append("start")
        yield {"loop": asyncio.get_running_loop(), "visits": []}
        told.append("end")

    async def visit(request):
        request.state.visits.append(1)
        assert request.state.loop is asyncio.get_running_loop()
        return PlainTextResponse(str(len(request.state.visits)))

    handler = make(Starlette(routes=[Route("/", visit)], lifespan=lifespan))
    assert [handler(payload_2(), None)["body"] for _ in range(3)] == ["1", "2", "3"]
    handler.stop()
    assert told == ["start", "end"]


def test_what_a_request_adds_to_the_state_is_not_the_next_ones(make):
    async def app(scope, receive, send):
        assert "secret" not in scope["state"]
        scope["state"]["secret"] = 1
        await answering(START, body(b""))(scope, receive, send)

    handler = make(only_http(app))
    assert [handler(payload_2(), None)["statusCode"] for _ in range(2)] == [200, 200]


def only_http(app):
    async def run(scope, receive, send):
        if scope["type"] == "lifespan":
            raise RuntimeError("unknown")
        await app(scope, receive, send)

    return run


def test_what_an_application_raises_at_its_start_is_raised(make):
    @contextlib.asynccontextmanager
    async def lifespan(app):
        raise ConnectionError("no database")
        yield

    with pytest.raises(ConnectionError, match="no database") as raised:
        make(Starlette(lifespan=lifespan))
    assert raised.traceback[-1].name == "lifespan"


def test_an_application_that_says_that_it_cannot_start_does_not(make):
    async def app(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    with pytest.raises(Exception, match="no database") as raised:
        make(app)
    assert raised.type.__name__ == "LifespanStartupFailed"


def test_an_application_that_knows_no_lifespan_starts(make):
    assert make(answering(START, body(b"hi")))(payload_2(), None)["body"] == "hi"


def test_background_tasks_end_before_the_answer(make):
    done = []

    async def work():
        await asyncio.sleep(0)
        done.append(1)

    async def page(request):
        return PlainTextResponse("hi", background=BackgroundTask(work))

    assert make(Starlette(routes=[Route("/", page)]))(payload_2(), None)["body"] == "hi"
    assert done == [1]


def test_an_exception_is_an_answer_as_uvicorn_gives_and_a_traceback_in_the_log(make, caplog):
    async def app(scope, receive, send):
        raise KeyError("lost")

    answer = make(only_http(app))(payload_2(), None)
    assert answer == {
        "statusCode": 500,
        "headers": {"content-type": "text/plain; charset=utf-8", "content-length": "21"},
        "body": "Internal Server Error",
        "isBase64Encoded": False,
    }
    assert [record.getMessage() for record in caplog.records] == ["Exception in ASGI application\n"]
    assert "KeyError: 'lost'" in caplog.text


def test_an_exception_after_the_answer_is_only_logged(make, caplog):
    async def app(scope, receive, send):
        await answering(START, body(b"hi"))(scope, receive, send)
        raise KeyError("late")

    assert make(only_http(app))(payload_2(), None)["body"] == "hi"
    assert "KeyError: 'late'" in caplog.text


@pytest.mark.parametrize(
    ("messages", "text"),
    [
        ((), "returned without starting response"),
        ((START,), "returned without completing response"),
        ((START, body(b"a", more_body=True)), "returned without completing response"),
        ((body(b"a"),), "Expected ASGI message 'http.response.start'"),
        ((START, START), "Expected ASGI message 'http.response.body'"),
    ],
)
def test_half_an_answer_is_none(make, caplog, messages, text):
    assert make(answering(*messages))(payload_2(), None)["statusCode"] == 500
    assert text in caplog.text


def test_an_event_of_another_kind_fails_with_the_application(make):
    async def app(scope, receive, send):
        raise KeyError("retry")

    with caplog_of_errors_off(), pytest.raises(KeyError, match="retry"):
        make(only_http(app))({"Records": []}, None)


@contextlib.contextmanager
def caplog_of_errors_off():
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


def test_head_is_answered_without_a_body_and_with_its_length(make):
    headers = [(b"content-length", b"2"), (b"content-type", b"text/plain")]
    app = answering({**START, "headers": headers}, body(b"hi"))
    answer = make(only_http(app))(payload_2("HEAD"), None)
    assert (answer["body"], answer["headers"]["content-length"]) == ("", "2")


def test_nobody_goes_away_before_the_answer_is_complete(make):
    told = []

    async def app(scope, receive, send):
        assert (await receive())["type"] == "http.request"
        listener = asyncio.ensure_future(receive())
        await send(START)
        await asyncio.sleep(0)
        told.append(listener.done())
        await send(body(b"hi"))
        told.append((await listener)["type"])
        told.append((await receive())["type"])

    assert make(only_http(app))(payload_2(), None)["body"] == "hi"
    assert told == [False, "http.disconnect", "http.disconnect"]


def test_an_application_of_asgi_2_is_called_in_two_steps(make):
    class App:
        def __init__(self, scope):
            self.scope = scope

        async def __call__(self, receive, send):
            await answering(START, body(self.scope["path"].encode()))(self.scope, receive, send)

    assert make(App, is_in_two_steps=True)(payload_2(path="/old"), None)["body"] == "/old"


def test_a_stream_comes_piece_by_piece_while_the_application_waits(make):
    written = []

    async def pieces():
        for number in range(3):
            written.append(number)
            yield f"data: {number}\n\n"

    async def page(request):
        return StreamingResponse(pieces(), media_type="text/event-stream")

    stream = make(Starlette(routes=[Route("/", page)]), streams=True)(payload_2(), None)
    prelude = next(stream)
    assert (prelude["statusCode"], prelude["headers"]["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert (next(stream), written) == (b"data: 0\n\n", [0])
    assert (next(stream), written) == (b"data: 1\n\n", [0, 1])
    assert list(stream) == [b"data: 2\n\n"]


def test_pieces_of_tasks_that_send_at_once_all_come_at_once(make):
    has_gone_on = asyncio.Event()

    async def app(scope, receive, send):
        await send(START)
        await asyncio.gather(send(body(b"a", more_body=True)), send(body(b"b", more_body=True)))
        await has_gone_on.wait()
        await send(body(b"c"))

    handler = make(only_http(app), streams=True)
    handler._loop.call_later(5, has_gone_on.set)  # where a piece waited for the next one, the test would, too
    stream = handler(payload_2(), None)

    assert [next(stream) for _ in range(3)][1:] == [b"a", b"b"]
    assert not has_gone_on.is_set()
    has_gone_on.set()
    assert list(stream) == [b"c"]


def test_a_stream_ends_after_the_background_tasks(make):
    done = []

    async def page(request):
        return PlainTextResponse("hi", background=BackgroundTask(done.append, 1))

    stream = make(Starlette(routes=[Route("/", page)]), streams=True)(payload_2(), None)
    next(stream)
    assert list(stream) == [b"hi"]
    assert done == [1]


def test_a_stream_that_breaks_off_raises_what_the_application_raised(make, caplog):
    async def app(scope, receive, send):
        await send(START)
        await send(body(b"a", more_body=True))
        raise KeyError("broken")

    stream = make(only_http(app), streams=True)(payload_2(), None)
    assert (next(stream)["statusCode"], next(stream)) == (200, b"a")
    with pytest.raises(KeyError, match="broken"):
        next(stream)


def test_a_stream_of_an_application_that_never_starts_is_a_500(make, caplog):
    async def app(scope, receive, send):
        raise KeyError("early")

    prelude, piece = make(only_http(app), streams=True)(payload_2(), None)
    assert (prelude["statusCode"], piece) == (500, b"Internal Server Error")


async def cancels_itself(scope, receive, send):
    assert scope["type"] == "http"
    asyncio.current_task().cancel()
    await asyncio.sleep(0)


def test_an_application_that_cancels_its_own_task_ends_its_request_and_not_the_process(make, caplog):
    handler = make(cancels_itself)
    assert handler(payload_2(), None)["statusCode"] == 500
    with pytest.raises(RuntimeError, match="cancelled"):
        handler({"Records": []}, None)
    assert "Exception in ASGI application" in caplog.text


def test_a_stream_whose_application_cancels_its_own_task_breaks_off(make, caplog):
    async def app(scope, receive, send):
        assert scope["type"] == "http"
        await send(START)
        await send(body(b"a", more_body=True))
        await cancels_itself(scope, receive, send)

    pieces = make(app, streams=True)(payload_2(), None)
    assert [next(pieces), next(pieces)][1] == b"a"
    with pytest.raises(RuntimeError, match="cancelled"):
        next(pieces)
