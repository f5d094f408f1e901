"""WSGI applications as handlers."""

import flask
import pytest
from tests.unit.environments.inside.events import payload_1, payload_2


@pytest.fixture
def make(inside):
    return lambda app, streams=False: inside("wsgi").WsgiApp(app, lambda: streams)


def test_an_application_sees_the_request_and_its_answer_is_the_functions(make):
    app = flask.Flask("app")

    @app.post("/items/<path:name>")
    def echo(name):
        request = flask.request
        response = flask.jsonify(
            name=name,
            root=request.script_root,
            url=request.url,
            body=request.get_data(as_text=True),
            cookie=request.cookies["a"],
            remote=request.remote_addr,
            many=request.args.getlist("q"),
            event=request.environ["aws.event"]["version"],
            header=request.headers["X-Many"],
        )
        response.set_cookie("b", "2")
        response.set_cookie("c", "3")
        return response, 201

    event = payload_2("POST", "/prod/items/a%20é", stage="prod", query="q=1&q=2", body="hi", cookies=["a=1"])
    event["headers"] |= {"x-many": "1,2", "content-type": "text/plain"}
    answer = make(app)(event, None)
    assert (answer["statusCode"], answer["cookies"]) == (201, ["b=2; Path=/", "c=3; Path=/"])
    assert flask.json.loads(answer["body"]) == {
        "name": "a é",
        "root": "/prod",
        "url": "https://api.example.com/prod/items/a%20é?q=1&q=2",
        "body": "hi",
        "cookie": "1",
        "remote": "192.0.2.7",
        "many": ["1", "2"],
        "event": "2.0",
        "header": "1,2",
    }


def test_headers_that_come_several_times_are_joined(make):
    def app(environ, start_response):
        start_response("200 OK", [])
        return [environ["HTTP_X_MANY"].encode()]

    assert make(app)(payload_1(headers={"X-Many": ["1", "2"]}), None)["body"] == "1,2"


def test_a_header_with_an_underscore_does_not_pass_for_the_one_with_a_hyphen(make):
    def app(environ, start_response):
        start_response("200 OK", [])
        return [environ["HTTP_X_FORWARDED_FOR"].encode()]

    event = payload_2(headers={"x_forwarded_for": "10.0.0.1", "x-forwarded-for": "192.0.2.7"})
    assert make(app)(event, None)["body"] == "192.0.2.7"


def test_what_an_application_returned_is_closed(make):
    closed = []

    class Body:
        def __iter__(self):
            return iter([b"a", b"b"])

        def close(self):
            closed.append(1)

    def app(environ, start_response):
        start_response("200 OK", [("content-type", "text/plain")])
        return Body()

    assert make(app)(payload_2(), None)["body"] == "ab"
    assert closed == [1]


def test_what_is_written_comes_before_what_is_returned(make):
    def app(environ, start_response):
        write = start_response("200 OK", [("content-type", "text/plain")])
        write(b"a")
        return [b"b"]

    assert make(app)(payload_2(), None)["body"] == "ab"


def test_an_application_may_change_its_mind_before_the_first_byte(make):
    def app(environ, start_response):
        start_response("200 OK", [])
        start_response("404 Not Found", [], (ValueError, ValueError(), None))
        return []

    assert make(app)(payload_2(), None)["statusCode"] == 404


def test_an_exception_is_a_500_and_a_traceback_in_the_log(make, caplog):
    def app(environ, start_response):
        raise KeyError("lost")

    answer = make(app)(payload_2(), None)
    assert (answer["statusCode"], answer["body"]) == (500, "Internal Server Error")
    assert "KeyError: 'lost'" in caplog.text


def test_an_answer_without_a_status_is_a_500(make, caplog):
    assert make(lambda environ, start_response: [b"a"])(payload_2(), None)["statusCode"] == 500
    assert "before it called start_response" in caplog.text


def test_an_event_of_another_kind_fails_with_the_application(make):
    def app(environ, start_response):
        raise KeyError("retry")

    with pytest.raises(KeyError, match="retry"):
        make(app)({"Records": []}, None)


def test_head_is_answered_without_a_body(make):
    def app(environ, start_response):
        start_response("200 OK", [("content-length", "2")])
        return [b"hi"]

    answer = make(app)(payload_2("HEAD"), None)
    assert (answer["body"], answer["headers"]["content-length"]) == ("", "2")


def test_a_stream_comes_piece_by_piece(make):
    written = []

    def app(environ, start_response):
        start_response("201 Created", [("content-type", "text/event-stream")])
        for number in range(2):
            written.append(number)
            yield b"%d" % number

    stream = make(app, streams=True)(payload_2(), None)
    assert next(stream) == {"statusCode": 201, "headers": {"content-type": "text/event-stream"}, "cookies": []}
    assert (next(stream), written) == (b"0", [0])
    assert list(stream) == [b"1"]
