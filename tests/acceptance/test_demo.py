"""The main job on real input: what ``make demo`` shows, shorter. It fetches a package, so it needs an index."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

DEMO = (sys.executable, "-m", "lambent.cli.main", "demo")


def demo(folder: Path, *options: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Runs it with ``folder`` for its temporary files."""
    return subprocess.run(
        [*DEMO, *options],
        env=dict(os.environ) | {"TMPDIR": str(folder)} | variables,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.slow
def test_the_demo_does_the_main_job_and_leaves_nothing_behind(tmp_path):
    done = demo(tmp_path, "--burst", "40", "--json")
    told = json.loads(done.stdout)
    assert told["ok"], told["failure"]
    assert done.returncode == 0
    steps = {step["name"]: step for step in told["steps"]}
    assert all(step["duration_ms"] > 0 for step in told["steps"])
    assert "1,234,567" in steps["invoke it, cold"]["detail"]
    assert "REPORT RequestId" in steps["invoke it, cold"]["log"]
    assert "Good morning, Grace" in steps["update the code, not the layer"]["detail"]
    assert steps["burst of 40, each 1 s long"]["detail"].startswith("40 answers")
    assert "Good morning, Katherine" in steps["invoke it again"]["detail"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_demo_that_cannot_go_on_says_why_and_cleans_up(tmp_path):
    blocked = tmp_path / "a file where the cache should be"
    blocked.touch()
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    done = demo(temporary, "--burst", "1", LAMBENT_CACHE=str(blocked))
    assert done.returncode == 1
    assert "failed:" in done.stderr
    assert list(temporary.iterdir()) == []
