"""Programs that install: their lines as they come, their failures in their own words, none of our Python's settings."""

import sys

from lambent.environments import installers


def python(code):
    return [sys.executable, "-c", code]


def test_lines_are_handed_on_and_success_says_nothing():
    lines = []
    assert installers.follow(python("print('one'); print(); print('two')"), lines.append) == []
    assert lines == ["one", "two"]


def test_a_failure_says_what_was_said(tmp_path):
    code = "import os, sys; print(os.getcwd()); print('ERROR: no', file=sys.stderr); sys.exit(1)"
    said = installers.follow(python(code), lambda _: None, folder=tmp_path)
    assert sorted(said) == sorted([str(tmp_path), "ERROR: no"])
    assert installers.errors_of(said) == "ERROR: no"
    assert installers.follow(python("raise SystemExit(3)"), lambda _: None) == ["it said nothing"]


def test_what_was_wrong_is_told_before_what_came_last():
    assert installers.errors_of(["Collecting x", "ERROR: a", "ERROR: a", "done"]) == "ERROR: a"
    assert installers.errors_of(["Collecting x", "done"]) == "done"
    assert installers.errors_of(["ERROR: Exception:", "Traceback", "OSError: x"]) == "ERROR: Exception:; OSError: x"


def test_settings_of_this_python_do_not_reach_another(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("PIP_INDEX_URL", "http://mirror")
    assert "PYTHONPATH" not in installers.variables()
    assert installers.variables()["PIP_INDEX_URL"] == "http://mirror"
