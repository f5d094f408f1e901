"""What `lambent layer build` refuses before any code of a package runs: requirements that have to be built."""

from pathlib import Path

import pytest

from lambent.environments.buildless import built


@pytest.mark.parametrize(
    "line",
    [
        "-e ./project",
        "--editable=./project",
        "./project",
        "./project[extra]",
        "name @ git+https://host/repository",
        "git+ssh://git@host/repository@v1#egg=name",
        "https://host/name-1.0.tar.gz#sha256=00",
        "name @ https://host/archive/main.zip ; python_version > '3'",
        "old/name-1.0.tar.gz",
        "name-1.0.zip",
        "--no-binary :all:",
        "--no-binary=name",
    ],
)
def test_source_code_is_built(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "project").mkdir()
    outer, inner = tmp_path / "requirements.txt", tmp_path / "more" / "inner.txt"
    inner.parent.mkdir()
    outer.write_text("humanize\n-r more/inner.txt\n-r requirements.txt\n")
    inner.write_bytes(f"{line}  # as it is\n".encode("utf-16"))
    assert list(built(["-r", str(outer)])) == [line]


@pytest.mark.parametrize(
    "line",
    [
        "pandas<3",
        "boto3[crt] >= 1.40 ; python_version < '3.12'",
        "project",
        "name @ https://host/name-1.0-py3-none-any.whl#sha256=00",
        "./wheels/name-1.0-py3-none-any.whl",
        "file:///wheels/name-1.0-py3-none-any.whl",
        "--find-links https://host/folder/",
        "--find-links ./project",
        "--only-binary :all:",
        "-c constraints.txt",
        "# -e ./project",
        "name==1.0 \\\n    --hash=sha256:00",
    ],
)
def test_wheels_and_names_are_not(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "project").mkdir()
    (tmp_path / "requirements.txt").write_text(line)
    assert list(built(["-r", "requirements.txt", "humanize"])) == []


@pytest.mark.parametrize("form", ["-r{}", "-r {}", "--requirement={}", "--requirement {}"])
def test_a_file_is_looked_into_however_an_argument_names_it(form: str, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("-e ./project\n")
    assert list(built([form.format(tmp_path / "requirements.txt")])) == ["-e ./project"]
