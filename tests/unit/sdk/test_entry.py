"""What runs inside a deployed function, called as the runtime calls it."""

import importlib
import json
import sys
from types import SimpleNamespace

import pytest
from tests.projects import imported

from lambent.sdk.functions import Function

APP = """
    import dataclasses
    import pydantic
    from lambent import function

    class Order(pydantic.BaseModel):
        number: int
        books: list[str] = []

    @function
    def take(order: Order) -> Order:
        return order.model_copy(update={"number": order.number + 1})

    @function
    def add(a: int, b: int = 10) -> int:
        return a + b

    @function
    async def later(x):
        return x

    @function
    def count(n):
        yield from range(n)

    @function
    async def count_later(n):
        for number in range(n):
            yield number

    @function
    def words(event):
        yield "a"
        yield "b"

    @function
    def handler(handed):
        return handed.name, handed

    class Group:
        @staticmethod
        def inner(x):
            return [x]
"""
CONTEXT = SimpleNamespace(invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:f", client_context=None)
WANTS_PIECES = SimpleNamespace(
    invoked_function_arn=CONTEXT.invoked_function_arn, client_context=SimpleNamespace(custom={"lambent:stream": "1"})
)


@pytest.fixture
def entry(tmp_path, monkeypatch):
    """``entry("add")``: the handler of a function that is deployed as ``add``."""
    monkeypatch.setenv("AWS_REGION", "us-east-1")

    def handler_of(name):
        monkeypatch.setenv("LAMBENT_FUNCTION", f"app_of_entry:{name}")
        monkeypatch.delitem(sys.modules, "lambent.sdk.entry", raising=False)
        return importlib.import_module("lambent.sdk.entry").handler

    with imported(tmp_path, {"app_of_entry.py": APP}, "app_of_entry"):
        yield handler_of
    sys.modules.pop("lambent.sdk.entry", None)


@pytest.fixture
def streaming(monkeypatch):
    """A runtime that takes iterators."""
    monkeypatch.setitem(sys.modules, "awslambdaric.lambda_runtime_marshaller", SimpleNamespace(takes_iterators=True))


def test_a_pydantic_model_is_made_of_an_event_and_becomes_an_answer(entry):
    assert entry("take")({"number": 1, "books": ["a"]}, CONTEXT) == {"number": 2, "books": ["a"]}


def test_several_arguments_come_in_an_object_and_defaults_are_the_functions(entry):
    assert entry("add")({"a": 1}, CONTEXT) == 11
    with pytest.raises(TypeError, match=r"add\(\) missing 1 required arguments: 'a'"):
        entry("add")({}, CONTEXT)


def test_coroutines_are_run(entry):
    assert entry("later")(5, CONTEXT) == 5


def test_a_name_may_lead_into_a_class_and_need_not_be_decorated(entry):
    assert entry("Group.inner")(5, CONTEXT) == [5]


@pytest.mark.parametrize("name", ["count", "count_later"])
def test_pieces_are_a_list_for_who_does_not_ask_for_pieces_or_where_the_runtime_takes_none(entry, monkeypatch, name):
    assert entry(name)(3, CONTEXT) == [0, 1, 2]
    monkeypatch.delitem(sys.modules, "awslambdaric.lambda_runtime_marshaller", raising=False)
    assert entry(name)(3, WANTS_PIECES) == [0, 1, 2]


@pytest.mark.parametrize("name", ["count", "count_later"])
def test_pieces_are_lines_for_who_asks(entry, streaming, name):
    assert list(entry(name)(2, WANTS_PIECES)) == [b'{"lambent:stream":1}\n', b"0\n", b"1\n"]


def test_a_web_request_gets_pieces_as_they_are(entry, streaming):
    assert list(entry("words")({"requestContext": {"http": {"method": "GET"}}}, CONTEXT)) == ["a", "b"]


def test_a_function_that_is_handed_over_is_callable_and_goes_back_as_its_arn(entry):
    arn = "arn:aws:lambda:us-east-1:123456789012:function:other"
    assert entry("handler")({"lambent:function": arn}, CONTEXT) == ["other", {"lambent:function": arn}]


def test_a_large_answer_goes_through_s3_and_a_reference_is_looked_up(entry, aws):
    handler = entry("later")
    text = "x" * 6_300_000
    answer = handler(text, CONTEXT)
    assert answer["lambent:s3"]["bucket"] == "lambent-123456789012-us-east-1"
    kept = aws.parameters("put_object")
    assert (kept["Key"], json.loads(kept["Body"])) == (answer["lambent:s3"]["key"], text)
    aws.answers["get_object"] = [{"Body": SimpleNamespace(read=lambda: b'"kept"')}]
    assert handler(answer, CONTEXT) == "kept"
    assert "delete_object" not in aws.names()  # the event may be tried again


def test_an_answer_is_as_large_as_the_runtime_writes_it(entry, aws):
    handler = entry("later")
    assert isinstance(handler([1] * 2_000_000, CONTEXT), list)  # 6 MB with the spaces that AWS' runtime writes
    assert aws.names() == []
    assert "lambent:s3" in handler([1] * 2_200_000, CONTEXT)  # 4.4 MB without them, 6.6 MB with


def test_a_reference_to_any_other_bucket_is_a_plain_value(entry, aws):
    other = {"lambent:s3": {"bucket": "lambent-999999999999-us-east-1", "key": "values/x"}}
    assert entry("later")(other, CONTEXT) == other
    assert aws.names() == []


@pytest.mark.parametrize(
    ("name", "message"), [("", "not module:qualname"), ("no_such", "has no function no_such"), ("APP", "has no function APP")]
)
def test_a_function_that_is_not_there_is_told_in_init(entry, monkeypatch, name, message):
    with pytest.raises(LookupError, match=message):
        entry(name)


def test_what_is_loaded_is_the_handle_that_the_module_has(entry):
    entry("add")
    loaded = sys.modules["lambent.sdk.entry"]._function
    assert isinstance(loaded, Function)
    assert loaded is sys.modules["app_of_entry"].add
