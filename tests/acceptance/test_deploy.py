"""lambent deploy and undeploy as people use them, with the example and with what goes wrong."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests import warm

EXAMPLE = Path(__file__).parents[2] / "examples" / "sdk_hello"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    from lambent.testing import LocalPlatform

    with LocalPlatform() as platform:
        yield platform.url


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The example, in a folder of this test's own."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "hello", ignore=shutil.ignore_patterns("__pycache__")))


@pytest.fixture
def run(folder: Path, url: str, account: str) -> Run:
    """Runs a command in that folder, in a shell in which ``eval "$(lambent env)"`` was run."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    aws = {"AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "us-east-1"}

    def run(*command: str, given: str = "", variables: dict[str, str] = aws) -> "subprocess.CompletedProcess[str]":
        program = [warm.command("lambent")] if command[0] == "lambent" else [sys.executable]
        return subprocess.run(
            [*program, *command[1:]],
            cwd=folder,
            env=kept | variables,
            input=given,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


def answered(done: "subprocess.CompletedProcess[str]") -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_file_is_deployed_with_its_plan_printed_first_and_a_second_time_there_is_nothing_to_do(run, url):
    done = run("lambent", "deploy", "app.py")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"Deploying to {url}, us-east-1:\n  + app-greet   create\n      code")
    assert "app-guests created in " in done.stderr
    assert answered(run("lambent", "invoke", "app-greet", '{"name": "Ada", "language": "de"}')) == "Servus, Ada"
    again = run("lambent", "deploy", "app.py")
    assert again.stdout == f"Up to date at {url}, us-east-1:\n  = app-greet   unchanged\n  = app-guests  unchanged\n"


def test_a_plan_changes_nothing(run, url):
    done = run("lambent", "deploy", "app.py", "--plan")
    assert done.stdout.startswith(f"Plan for {url}, us-east-1:\n  + app-greet")
    assert json.loads(run("lambent", "functions", "--json").stdout) == []


def test_what_differs_is_told_and_updated(run, folder):
    assert run("lambent", "deploy", "app.py").returncode == 0
    path = folder / "app.py"
    path.write_text(path.read_text().replace("memory_mb=256", "memory_mb=512"))
    told = answered(run("lambent", "deploy", "app.py", "--plan", "--json"))
    greet = next(thing for thing in told["things"] if thing["name"] == "app-greet")
    assert greet["action"] == "update"
    assert {"what": "memory", "before": "256 MB", "after": "512 MB"} in greet["differences"]
    assert run("lambent", "deploy", "app.py").returncode == 0
    listed = json.loads(run("lambent", "functions", "--json").stdout)
    assert {each["FunctionName"]: each["MemorySize"] for each in listed} == {"app-greet": 512, "app-guests": 128}


def test_one_function_of_a_file_can_be_deployed_and_the_outcome_read_by_a_program(run, account):
    told = answered(run("lambent", "deploy", "app.py:greet", "--json"))
    arn = f"arn:aws:lambda:us-east-1:{account}:function:app-greet"
    assert [(each["name"], each["action"], each["arn"]) for each in told["things"]] == [("app-greet", "create", arn)]
    assert told["applied"] is True


def test_the_example_runs_as_a_script_and_finds_what_the_command_deployed(run):
    done = run("python", "app.py")
    assert done.stdout == "Hello, Ada\nCiao, Ada\n['Hello, Bob', 'Hello, Cleo']\n", done.stderr
    assert "unchanged" in run("lambent", "deploy", "app.py").stdout


def test_a_folder_is_deployed_without_running_what_defines_nothing(run, folder):
    (folder / "tool.py").write_text("raise SystemExit('I delete everything')")
    (folder / "test_app.py").write_text("from lambent import function\nraise SystemExit('I am a test')")
    (folder / "shop").mkdir()
    (folder / "shop/__init__.py").touch()
    (folder / "shop/orders.py").write_text("from lambent import function\n@function\ndef place(order): return order\n")
    told = answered(run("lambent", "deploy", ".", "--json"))
    assert sorted(each["name"] for each in told["things"]) == ["app-greet", "app-guests", "shop-orders-place"]
    assert answered(run("lambent", "invoke", "shop-orders-place", "7")) == 7
    assert answered(run("lambent", "deploy", "shop.orders", "--json"))["things"][0]["action"] == "unchanged"


def test_undeploying_asks_and_deletes(run):
    assert run("lambent", "deploy", "app.py").returncode == 0
    done = run("lambent", "undeploy", "app.py")
    assert (done.returncode, done.stderr.splitlines()[0]) == (1, "lambent: nobody is here to be asked")
    assert run("lambent", "undeploy", "app.py", "--yes").returncode == 0
    assert json.loads(run("lambent", "functions", "--json").stdout) == []
    assert run("lambent", "undeploy", "app.py").stdout.startswith("Nothing of it is deployed at ")


DEFINES = "from lambent import function\n@function\ndef f(): pass"
NO_LAYER = "arn:aws:lambda:us-east-1:000000000000:layer:no:1"


@pytest.mark.parametrize(
    ("text", "argument", "message", "advice"),
    [
        ("", "missing.py", "there is no file missing.py", "This is "),
        ("", "no.such.module", "there is neither a file nor a module no.such.module", "This is "),
        ("x = 1", "app.py", "app defines nothing to deploy", "Put @function above a function: from lambent import function"),
        (
            "import nowhere_at_all",
            "app.py",
            "app.py cannot be imported: ModuleNotFoundError: No module named",
            "Install nowhere",
        ),
        ("def broken(:", "app.py", "app.py cannot be imported: SyntaxError: invalid syntax (line 1 of", ""),
        ("from lambent import function\nfunction(len)()", "app.py", "(line 2 of", ""),
        ("import sys; sys.exit(3)", "app.py", "app.py cannot be imported: SystemExit: 3 (line 1 of", "if __name__ =="),
        (DEFINES, "app.py:g", "app.py:g: there is no g to deploy", "There are: f"),
        (DEFINES.replace("@function", "@function(memory=1)"), "app.py", "did you mean memory_mb?", ""),
        ("from lambent import function\nf = function(name='f')(lambda: 1)", "app.py:f", "f: <lambda> is a lambda", ""),
        (DEFINES.replace("@function", f"@function(layers=['{NO_LAYER}'])"), "app.py", "app-f: ", ""),
    ],
)
def test_what_goes_wrong_is_one_line_with_the_next_step(run, folder, text, argument, message, advice):
    (folder / "app.py").write_text(text)
    done = run("lambent", "deploy", argument)
    assert done.returncode == 1
    said = done.stderr.splitlines()
    assert said[0].startswith("lambent: ")
    assert message in said[0]
    assert advice in "\n".join(said[1:])
    assert "Traceback" not in done.stderr


def test_without_a_platform_nothing_goes_to_aws_by_accident(run):
    done = run("lambent", "deploy", "app.py", variables={"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x"})
    if done.returncode == 0:
        pytest.skip("a platform runs at the default address of this machine")
    assert done.returncode == 3
    assert "deploy to AWS with --aws" in done.stderr


def test_aws_is_asked_only_when_it_is_named_and_goes_with_no_endpoint(run):
    done = run("lambent", "deploy", "app.py", "--aws", "--endpoint-url", "http://localhost:1")
    assert done.returncode == 2
    assert "--aws and --profile go with neither --endpoint-url, --data nor --account" in done.stderr


def test_help_shows_examples(run):
    said = run("lambent", "deploy", "--help").stdout
    assert "  lambent deploy app.py:double          one function of it\n" in said
