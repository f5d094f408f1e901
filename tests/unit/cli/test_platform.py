"""Lines that a shell is to run."""

import subprocess

import pytest

from lambent.cli.platform import shell_lines

AWKWARD = {"AWS_ENDPOINT_URL": "http://localhost:4566", "AWS_SECRET_ACCESS_KEY": "a$b 'c\" d`e"}


def test_a_posix_shell_takes_the_values_as_they_are():
    script = shell_lines(AWKWARD, "posix") + 'printf %s "$AWS_SECRET_ACCESS_KEY"'
    assert (
        subprocess.run(["sh", "-c", script], capture_output=True, check=True).stdout.decode()
        == AWKWARD["AWS_SECRET_ACCESS_KEY"]
    )


def test_a_session_token_of_somewhere_else_is_removed():
    script = "AWS_SESSION_TOKEN=old\n" + shell_lines({"A": "b"}, "posix") + 'printf %s "${AWS_SESSION_TOKEN-none}"'
    assert subprocess.run(["sh", "-c", script], capture_output=True, check=True).stdout == b"none"


@pytest.mark.parametrize(
    ("shell", "line"),
    [("fish", "set -gx A b"), ("powershell", "$env:A = 'b'"), ("posix", "export A=b")],
)
def test_each_shell_has_its_own_words(shell, line):
    assert shell_lines({"A": "b"}, shell).splitlines()[0] == line


@pytest.mark.parametrize(("shell", "quoted"), [("powershell", "'it''s $x'"), ("fish", "'it\\'s $x \\\\'")])
def test_quotes_are_written_as_each_shell_wants_them(shell, quoted):
    value = "it's $x" if shell == "powershell" else "it's $x \\"
    assert quoted in shell_lines({"A": value}, shell).splitlines()[0]
