"""The plugin costs a run that does not use it next to nothing. What it does for others: tests/acceptance/test_testing.py."""

import subprocess
import sys
from pathlib import Path

TESTS = """
import sys


def test_nothing_is_loaded():
    loaded = [name for name in sys.modules if name.startswith("lambent")]
    assert loaded == ["lambent", "lambent.testing", "lambent.testing.plugin"], loaded
    assert not {"botocore", "uvloop", "msgspec", "boto3"} & set(sys.modules)
"""


def test_a_run_that_uses_no_fixture_imports_nothing_of_the_platform(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:asyncio"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert "1 passed" in done.stdout, done.stdout
