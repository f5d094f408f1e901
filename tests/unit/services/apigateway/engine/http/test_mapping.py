"""Parameter mappings change requests and answers as AWS documents them."""

import pytest

from lambent.services.apigateway.engine.http import mapping
from lambent.wire.http import Response


def mapped(exchange, parameters):
    return mapping.map_request(mapping.compile_steps(parameters), exchange)


@pytest.mark.parametrize(
    ("parameters", "headers"),
    [
        ({"append:header.X-B": "new"}, {"x-a": "1", "x-b": "new"}),
        ({"append:header.x-a": "2"}, {"x-a": "1,2"}),
        ({"overwrite:header.X-A": "2"}, {"x-a": "2"}),
        ({"remove:header.x-a": "''"}, {}),
        ({"append:header.x-b": "$request.header.x-a", "remove:header.x-a": ""}, {"x-b": "1"}),
        ({"append:header.x-b": "$request.header.missing"}, {"x-a": "1"}),
        ({"overwrite:header.Authorization": "stolen", "append:header.x-amz-date": "x"}, {"x-a": "1"}),
        ({"QueueUrl": "of an operation"}, {"x-a": "1"}),
    ],
)
def test_headers_are_added_replaced_and_removed(exchange, parameters, headers):
    outgoing = mapped(exchange(headers={"X-A": "1"}), parameters)

    assert outgoing.request.headers == headers
    joined: dict[str, list[str]] = {}
    for name, value in outgoing.request.header_lines:
        joined.setdefault(name.decode().lower(), []).append(value.decode())
    assert {name: ",".join(values) for name, values in joined.items()} == headers


def test_a_visitor_cannot_take_away_what_a_mapping_puts_in(exchange):
    outgoing = mapped(exchange(headers={"Connection": "close, X-User", "X-User": "me"}), {"overwrite:header.x-user": "ann"})

    assert outgoing.request.headers == {"x-user": "ann"}
    assert [tuple(line) for line in outgoing.request.header_lines] == [(b"x-user", b"ann")]


@pytest.mark.parametrize(
    ("parameters", "query"),
    [
        ({"append:querystring.b": "x y"}, "a=1&a=2&b=x+y"),
        ({"append:querystring.a": "3"}, "a=1&a=2&a=3"),
        ({"overwrite:querystring.a": "$request.path.id"}, "a=1"),
        ({"remove:querystring.a": ""}, ""),
        ({"append:header.x": "1"}, "a=1&a=2"),
    ],
)
def test_parameters_of_the_query_too(exchange, parameters, query):
    assert mapped(exchange(path="/prod/items/1?a=1&a=2"), parameters).request.query == query


def test_a_path_is_overwritten(exchange):
    outgoing = mapped(exchange(), {"overwrite:path": "/new/$5 ${request.path.id}"})

    assert outgoing.path == "/new/$5 1"
    assert outgoing.request.path == "/new/$5%201"


def answered(exchange, status, by_status):
    steps = {key: mapping.compile_steps(parameters) for key, parameters in by_status.items()}
    return mapping.map_response(steps, exchange, Response(status, [("X-A", "1")], b'{"id":7}'))


def test_an_answer_gets_what_its_status_says(exchange):
    by_status = {
        "500": {"append:header.header1": "$context.requestId", "overwrite:statuscode": "403"},
        "404": {"append:header.error": "$stageVariables.v"},
        "2XX": {"overwrite:header.x-a": "$response.body.id"},
    }

    failed, missing, fine = (answered(exchange(), status, by_status) for status in (500, 404, 201))

    assert (failed.status, failed.header("header1")) == (403, "JKJaXmPLvHcESHA=")
    assert (missing.status, missing.header("error")) == (404, "value")
    assert (fine.status, fine.headers) == (201, [("x-a", "7")])


@pytest.mark.parametrize("status", ["x", "99", "600", ""])
def test_what_is_no_status_leaves_it_as_it_was(exchange, status):
    assert answered(exchange(), 200, {"200": {"overwrite:statuscode": status}}).status == 200


def test_a_value_with_a_line_break_begins_no_header(exchange):
    steps = mapping.compile_steps({"append:header.x-b": "$response.body.evil"})
    response = Response(200, [], b'{"evil": "a\\r\\nSet-Cookie: x"}')

    assert mapping.map_response({"200": steps}, exchange(), response).headers == []
    asked = exchange(body=b'{"evil": "a\\nb"}')
    assert mapped(asked, {"append:header.x-b": "$request.body.evil"}).request.headers == {}
