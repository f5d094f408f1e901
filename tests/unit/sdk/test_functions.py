"""Functions as values: names, handles, calls in this process, and what type checkers see."""

import asyncio
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from lambent import function, remote
from lambent.sdk.errors import NotDeployed
from lambent.sdk.functions import Function, default_name, handle_of
from lambent.sdk.settings import SettingsError

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:f:live"
TYPED = Path(__file__).parent / "typed_functions.py"


@function
def double(x: int) -> int:
    """Twice."""
    return 2 * x


@function(memory_mb=512, name="named")
def named(x: int, y: int = 1) -> int:
    return x + y


def test_undeployed_it_is_the_python_function():
    assert double(21) == 42
    assert double.local(2) == 4
    assert (double.__name__, double.__doc__) == ("double", "Twice.")
    assert inspect.signature(double) == inspect.signature(double.plain)
    assert not double.is_deployed
    assert named.settings.memory_mb == 512


def test_undeployed_calls_run_in_threads_here():
    assert double.submit(3).result(10) == 6
    assert [future.result(10) for future in map(double.submit, range(3))] == [0, 2, 4]
    assert len(double.send(1)) == 36
    assert list(double.stream(4)) == [8]
    assert list(double.map(range(3))) == [0, 2, 4]


def test_a_coroutine_function_is_one():
    @function
    async def later(x):
        return x

    assert asyncio.run(later(5)) == 5
    assert later.submit(5).result(10) == 5


def test_its_name_is_made_of_module_and_function():
    assert double.name == "tests-unit-sdk-test_functions-double"
    assert named.name == "named"
    long = type("Long", (), {"__module__": "m", "__qualname__": "x" * 80})
    assert len(default_name(long)) == 64
    assert default_name(long) != default_name(type("Long", (), {"__module__": "m", "__qualname__": "x" * 81}))


def test_a_program_that_runs_is_named_after_its_file(monkeypatch):
    monkeypatch.setattr(sys.modules["__main__"], "__file__", "/somewhere/my app.py", raising=False)
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None)
    here = type("Here", (), {"__module__": "__main__", "__qualname__": "f"})
    assert default_name(here) == "my-app-f"


def test_settings_that_no_function_can_have_are_refused_where_they_are_written():
    with pytest.raises(SettingsError, match="did you mean memory_mb"):
        function(memory=512)
    with pytest.raises(TypeError, match="stands above a function"):
        function(5)


def test_a_handle_of_what_is_deployed_is_another_and_leaves_the_function_alone(monkeypatch):
    handle = double.at(ARN)
    assert (handle.name, handle.deployment.arn, handle.deployment.region) == ("f", ARN, "eu-west-1")
    assert handle.is_deployed
    assert not double.is_deployed
    assert handle.local(2) == 4
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert double.at().deployment.arn == double.name
    with pytest.raises(ValueError, match="is not the ARN of a function"):
        double.at("arn:aws:s3:::bucket")


def test_what_is_known_by_its_name_only_does_not_run_here():
    books = remote(ARN, returns=list[int])
    assert repr(books) == f"<function f at {ARN}>"
    assert books.decode([1]) == [1]
    with pytest.raises(NotDeployed, match="f is known here by its name only"):
        books.local(1)


def test_a_function_that_is_defined_here_arrives_with_its_signature():
    arrived = handle_of(f"arn:aws:lambda:eu-west-1:123456789012:function:{double.name}")
    assert arrived.plain is double.plain
    assert handle_of(ARN).deployment.arn == ARN


def test_payloads_are_encoded_and_decoded_by_the_hints():
    assert named.encode((1,), {"y": 2}) == {"x": 1, "y": 2}
    assert double.encode((1,), {}) == 1
    assert named.arguments({"x": 5}) == ((5, 1), {})
    assert double.decode(4) == 4
    assert isinstance(double.piece_decoder.decode(1), int)


def test_type_checkers_see_the_decorated_functions_signature():
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", "/dev/null", str(TYPED)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=TYPED.parents[3], env={"MYPYPATH": "src"})
    assert done.stdout == "", done.stdout + done.stderr
    assert done.returncode == 0


def test_importing_lambent_imports_nothing_of_the_sdk():
    script = (
        "import sys, lambent; assert not [n for n in sys.modules if n.startswith(('lambent.sdk', 'boto'))]; lambent.Function"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_function_needs_neither_boto3_nor_the_platform_until_it_is_called_remotely():
    script = (
        "import sys; from lambent import function; f = function(lambda x: x); f(1); f.submit(1).result();"
        "assert not [n for n in sys.modules if n.startswith(('boto', 'msgspec', 'lambent.core'))]"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_function_is_a_step():
    assert isinstance(double, Function)
    assert (double >> named.plain)(3) == 7
