"""Names of executions, tokens and callbacks."""

from lambent.services.lambda_.engine.durable import names
from lambent.services.lambda_.engine.durable.names import CallbackName, Token

ARN = "arn:aws:lambda:us-east-1:111111111111:function:f:$LATEST/durable-execution/order-1/5f3a"


def test_an_arn_is_read_and_written():
    found = names.parse_execution(ARN)
    assert (found.function.name, found.version, found.name, found.id) == ("f", "$LATEST", "order-1", "5f3a")
    assert found.text == ARN


def test_an_arn_of_an_alias_names_no_execution():
    assert names.parse_execution(ARN.replace("$LATEST", "live")) is None


def test_a_token_is_read_and_written():
    token = Token("e", "i", 3)
    assert names.parse_token(token.text) == token


def test_a_callback_names_its_execution():
    name = CallbackName(names.parse_execution(ARN), "op")
    assert names.parse_callback(name.id) == name


def test_what_is_no_token_and_no_callback():
    for text in ("", "a", "bnVsbA==", "WyJhIl0=", "/w==", "e30="):
        assert names.parse_token(text) is None
        assert names.parse_callback(text) is None
