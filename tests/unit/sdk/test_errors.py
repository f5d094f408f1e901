"""Failures of functions as exceptions here."""

import json
import pickle
import subprocess  # noqa: F401 - so that its errors are known here

import pytest

from lambent.sdk.errors import Failure, Mismatch, RemoteError, RemoteTimeout, exception_of


class OutOfStock(Exception):
    """Takes more than a message."""

    def __init__(self, book, count):
        super().__init__(f"{count} of {book}")


class Unprintable(Exception):
    def __str__(self):
        return self.detail


def raised(kind, message="why", namespace=None):
    return exception_of(Failure(kind, message), globals() if namespace is None else namespace)


@pytest.mark.parametrize(
    ("kind", "message", "expected"),
    [
        ("ValueError", "no x", ValueError),
        ("KeyError", "'id'", KeyError),
        ("FileNotFoundError", "[Errno 2] No such file or directory: 'x'", FileNotFoundError),
        ("OutOfStock", "2 of Go", OutOfStock),
        ("JSONDecodeError", "Expecting value: line 1 column 1 (char 0)", json.JSONDecodeError),
        ("CalledProcessError", "Command 'x' returned non-zero exit status 1.", RemoteError),  # it cannot be made to say so
    ],
)
def test_an_error_is_raised_as_what_it_was_where_its_type_is_known_here(kind, message, expected):
    error = raised(kind, message, globals())
    assert type(error) is expected
    remote = error if expected is RemoteError else error.__cause__
    assert isinstance(remote, RemoteError)
    assert (remote.type, remote.message) == (kind, message)
    if expected is not RemoteError:
        assert str(error) == message


def test_the_arguments_of_a_key_error_are_the_key():
    assert raised("KeyError", "'id'").args == ("id",)


@pytest.mark.parametrize(
    "kind", ["NoSuchErrorAnywhere", "Runtime.ExitError", "StopIteration", "KeyboardInterrupt", "print", "Unprintable"]
)
def test_what_is_not_known_here_or_would_do_harm_is_a_remote_error(kind):
    assert type(raised(kind)) is RemoteError


def test_a_type_that_the_module_of_the_function_names_comes_first():
    own = type("TimeoutError", (Exception,), {})
    assert type(raised("TimeoutError", "late", {"TimeoutError": own})) is own


def test_a_remote_error_shows_the_remote_stack_and_the_end_of_the_log():
    failure = Failure.of(
        {
            "errorType": "NobodysError",
            "errorMessage": "why",
            "stackTrace": ['  File "/var/task/lambent/sdk/entry.py", line 1\n', '  File "app.py"\n'],
        },
        log_tail="START\nlast words\nEND",
        request_id="r-1",
        function="app-f",
    )
    text = str(exception_of(failure, {}))
    assert (
        text
        == 'NobodysError: why\nin app-f, request r-1\nits stack:\n  File "app.py"\nthe end of its log:\nSTART\nlast words\nEND'
    )


def test_a_timeout_is_a_timeout_error():
    assert isinstance(raised("Sandbox.Timedout", "Task timed out after 3.00 seconds"), RemoteTimeout)
    plain = exception_of(Failure.of({"errorMessage": "2026 Task timed out after 3.00 seconds"}), {})
    assert isinstance(plain, TimeoutError)


@pytest.mark.parametrize("payload", [None, "text", [], {}, {"errorType": None, "trace": "one line"}, {"stackTrace": None}])
def test_any_payload_of_a_failure_can_be_read(payload):
    assert isinstance(exception_of(Failure.of(payload), {}), RemoteError)


def test_a_remote_error_can_be_pickled():
    error = pickle.loads(pickle.dumps(RemoteError(Failure("Odd", "why", ("a",)))))
    assert (error.type, error.stack_trace) == ("Odd", ("a",))


def test_a_mismatch_says_where():
    assert str(Mismatch("is odd").within("[1]").within(".books")) == "books[1]: is odd"
