"""Selection expressions give what they name."""

import pytest

from lambent.services.apigateway.engine.http.expressions import BadExpression, compile_value
from lambent.wire.http import Response

BODY = b'{"a":{"b":[1,"two"]},"t":"text","n":null,"f":1.5}'
RESPONSE = Response(200, [("X-Answer", "yes")], b'{"id":7}')


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$request.header.X-A", "1,2"),
        ("$request.header.missing", None),
        ("$request.querystring.q", "x,y"),
        ("$request.querystring.Q", None),
        ("$request.path", "/items/1"),
        ("$request.path.id", "1"),
        ("$request.body", BODY.decode()),
        ("$request.body.t", "text"),
        ("$request.body.a", '{"b":[1,"two"]}'),
        ("$request.body.a.b[1]", "two"),
        ("$request.body.f", "1.5"),
        ("$request.body.n", None),
        ("$request.body.zzz", None),
        ("$context.stage", "prod"),
        ("$stageVariables.v", "value"),
        ("${request.path.id}", "1"),
        ("${request.path.id}-${stageVariables.v}!", "1-value!"),
        ("a ${request.header.missing} b", "a  b"),
        ("$response.header.x-answer", "yes"),
        ("$response.body.id", "7"),
        ("static", "static"),
        ("$5", "$5"),
        ("", ""),
    ],
)
def test_the_value_is_that_of_the_request(exchange, text, value):
    asked = exchange(path="/prod/items/1?q=x&q=y", headers={"X-A": "1,2"}, body=BODY)

    assert compile_value(text)(asked, RESPONSE) == value


@pytest.mark.parametrize(
    "text",
    ["$request.nothing.x", "$request.body..a", "$request.body[?(@.a)]", "$request.body.a[", "$response.x", "${nothing.x}"],
)
def test_what_is_no_expression_is_refused(text):
    with pytest.raises(BadExpression):
        compile_value(text)


def test_there_is_nothing_of_a_response_before_it_is_there(exchange):
    assert compile_value("$response.body.id")(exchange(), None) is None
    assert compile_value("$response.header.x")(exchange(), None) is None
