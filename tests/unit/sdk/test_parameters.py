"""Arguments as a payload and back."""

from dataclasses import dataclass

import pytest

from lambent.sdk.parameters import AnyParameters, Parameters


@dataclass
class Book:
    id: int


def none():
    pass


def one(x, /):
    return x


def one_with_default(x=3):
    return x


def one_named(*, book: Book):
    return book


def several(book: Book, count: int = 1, *rest: Book, flag=False, **more: Book):
    return book, count, rest, flag, more


def many(*items: int):
    return items


@pytest.mark.parametrize(
    ("function", "args", "kwargs", "payload"),
    [
        (none, (), {}, None),
        (one, (5,), {}, 5),
        (one, ([1, 2],), {}, [1, 2]),
        (one_with_default, (), {}, 3),
        (one_with_default, (), {"x": 4}, 4),
        (one_named, (), {"book": Book(1)}, Book(1)),
        (several, (Book(1),), {}, {"book": Book(1)}),
        (several, (Book(1), 2, Book(3)), {"flag": True}, {"book": Book(1), "count": 2, "rest": (Book(3),), "flag": True}),
        (several, (Book(1),), {"other": Book(2)}, {"book": Book(1), "other": Book(2)}),
        (many, (1, 2), {}, {"items": (1, 2)}),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_arguments_are_a_payload_that_gives_them_back(function, args, kwargs, payload):
    from lambent.sdk.values import to_json

    parameters = Parameters(function)
    sent = parameters.payload(args, kwargs)
    assert sent == payload
    positional, named = parameters.arguments(to_json(sent))
    assert function(*positional, **named) == function(*args, **kwargs)


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ([1], r"several\(\) takes an object with book, count, rest, flag, more, not list"),
        ({}, r"several\(\) missing 1 required arguments: 'book'"),
        ({"book": 5}, "book: 5 is no object, as a Book is"),
        ({"book": {"id": 1}, "other": 3}, "other: 3 is no object"),
    ],
)
def test_a_payload_that_does_not_fit_is_a_type_error_that_says_why(payload, message):
    with pytest.raises(TypeError, match=message):
        Parameters(several).arguments(payload)


def test_an_argument_that_is_not_known_is_told():
    def two(a, b):
        return a, b

    with pytest.raises(TypeError, match=r"two\(\) got an unexpected argument 'c'"):
        Parameters(two).arguments({"a": 1, "b": 2, "c": 3})


def test_a_call_with_wrong_arguments_fails_before_it_is_sent():
    with pytest.raises(TypeError, match=r"several\(\): missing a required argument: 'book'"):
        Parameters(several).payload((), {})


def test_an_event_means_nothing_to_a_function_without_parameters():
    assert Parameters(none).arguments({"source": "aws.events"}) == ((), {})


def test_of_a_function_known_by_name_only_one_value_or_named_ones_are_sent():
    parameters = AnyParameters("books")
    assert parameters.payload(([1],), {}) == [1]
    assert parameters.payload((), {"a": 1}) == {"a": 1}
    assert parameters.payload((), {}) is None
    with pytest.raises(TypeError, match="known here by its name only"):
        parameters.payload((1, 2), {})
