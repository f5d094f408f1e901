"""Handlers that are web applications, in real environments."""

import json

from tests.unit.environments.inside.events import payload_2

ASGI = """
import json, logging, os
visits = []
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        message = await receive()
        print("lifespan startup")
        scope["state"]["started"] = os.getpid()
        if os.environ.get("FAILS"):
            try:
                raise_it()
            except ConnectionError as error:
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                raise
        await send({"type": "lifespan.startup.complete"})
        await receive()
        print("lifespan shutdown")
        await send({"type": "lifespan.shutdown.complete"})
        return
    message = await receive()
    if scope["path"] == "/fails":
        raise KeyError("lost")
    if scope["path"] == "/terminates":
        import signal
        signal.raise_signal(signal.SIGTERM)
    visits.append(scope["path"])
    body = json.dumps([visits, scope["state"]["started"] == os.getpid(), message["body"].decode()]).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": body})

def raise_it():
    raise ConnectionError("no database")
"""


async def test_an_application_starts_once_and_answers_events(house):
    spec = house.spec(ASGI, handler="app.app")
    answers = [await house.call(spec, payload_2("POST", path, body="hi")) for path in ("/a", "/b")]
    assert [json.loads(answer["body"]) for answer in answers] == [[["/a"], True, "hi"], [["/a", "/b"], True, "hi"]]
    assert "".join(house.sink.messages()).count("lifespan startup") == 1
    answer = await house.call(spec, payload_2("GET", "/fails"))
    assert (answer["statusCode"], answer["body"]) == (500, "Internal Server Error")
    assert any(line.startswith("[ERROR]") and "KeyError: 'lost'" in line for line in house.sink.messages())


async def test_an_application_that_cannot_start_fails_the_init_and_says_where(house):
    error = await house.fail(house.spec(ASGI, handler="app.app", variables={"FAILS": "1"}), payload_2())
    assert (error["errorType"], error["errorMessage"]) == ("ConnectionError", "no database")
    assert "raise_it" in error["stackTrace"][-1]


async def test_an_application_is_told_of_the_end_of_its_process(house):
    outcome = await house.invoke(house.spec(ASGI, handler="app.app"), payload_2("GET", "/terminates"))
    assert outcome.function_error == "Unhandled"
    assert "lifespan shutdown" in "".join(house.sink.messages())


async def test_a_wsgi_application_answers_events(house):
    code = (
        "def application(environ, start_response):\n"
        "    start_response('200 OK', [('Content-Type', 'text/plain')])\n"
        "    return [environ['PATH_INFO'].encode()]\n"
    )
    answer = await house.call(house.spec(code, handler="app.application"), payload_2("GET", "/a%20b"))
    assert (answer["statusCode"], answer["body"]) == (200, "/a b")
