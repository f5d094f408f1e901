"""``lambent layer build``: the zip, what is told of it, how it is published, and what is said where it cannot be."""

import base64
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests import wheels

from lambent.cli import layer as command
from lambent.cli.client import Answer, Client
from lambent.cli.failures import CommandFailure
from lambent.environments import archives


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    wheels.wheel(folder, "greeting", "py3-none-any", {"greeting/__init__.py": "TEXT = 'hi'\n"})
    return wheels.requirements(folder, "greeting")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str, bytes]]:
    """What the platform was asked: service, method, path, body."""
    asked: list[tuple[str, str, str, bytes]] = []

    def rest(self: Client, service: str, method: str, path: str, *, body: bytes = b"", **_: Any) -> Answer:
        asked.append((service, method, path, body))
        told = {"LayerVersionArn": "arn:aws:lambda:us-east-1:000000000000:layer:l:7", "Version": 7}
        return Answer(201, {}, json.dumps(told).encode())

    monkeypatch.setattr(Client, "rest", rest)
    return asked


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)

    def build(*arguments: object) -> str:
        done = CliRunner().invoke(command.layer, ["build", *map(str, arguments)], catch_exceptions=False, standalone_mode=False)
        return done.stdout

    return build


def test_the_zip_holds_packages_below_python_and_is_the_same_each_time(run: Any, requirements: Path, tmp_path: Path) -> None:
    assert run("-r", requirements, "--python", "3.12", "--arch", "arm64") == "layer.zip\n"
    told = json.loads(run("-r", requirements, "--python", "3.12", "--arch", "arm64", "-o", "again.zip", "--json"))
    assert (tmp_path / "layer.zip").read_bytes() == (tmp_path / "again.zip").read_bytes()
    with zipfile.ZipFile("layer.zip") as archive:
        assert "python/greeting/__init__.py" in archive.namelist()
        assert all(name.startswith("python/") for name in archive.namelist())
    assert (told["file"], told["runtimes"], told["architecture"]) == ("again.zip", ["python3.12"], "arm64")
    assert told["unzipped_bytes"] == sum(each["bytes"] for each in told["packages"])
    assert told["unzipped_bytes_max"] == 262_144_000


def test_a_published_layer_leaves_no_zip_unless_one_is_asked_for(
    run: Any, requirements: Path, tmp_path: Path, sent: list[Any]
) -> None:
    arn = "arn:aws:lambda:us-east-1:000000000000:layer:l:7"
    assert run("-r", requirements, "--python", "3.13", "--arch", "x86_64", "--publish", "l") == f"{arn}\n"
    assert not (tmp_path / "layer.zip").exists()
    ((service, method, path, body),) = sent
    assert (service, method, path) == ("lambda", "POST", "/2018-10-31/layers/l/versions")
    asked = json.loads(body)
    assert (asked["CompatibleRuntimes"], asked["CompatibleArchitectures"]) == (["python3.13"], ["x86_64"])
    assert base64.b64decode(asked["Content"]["ZipFile"]).startswith(b"PK")
    assert run("-r", requirements, "-o", "kept.zip", "--publish", "l") == f"kept.zip\n{arn}\n"


def test_what_is_too_large_for_one_request_goes_through_a_bucket(
    run: Any, requirements: Path, sent: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "ZIPPED_BYTES_MAX", 10)
    with pytest.raises(CommandFailure) as caught:
        run("-r", requirements, "--publish", "l")
    assert "--s3-bucket" in caught.value.advice
    assert not sent
    told = json.loads(run("-r", requirements, "--publish", "l", "--s3-bucket", "b", "--json"))
    key = f"/b/layers/{told['sha256']}.zip"
    assert [(service, method) for service, method, *_ in sent] == [("s3", "PUT"), ("lambda", "POST"), ("s3", "DELETE")]
    assert (sent[0][2], sent[2][2]) == (key, key)
    assert json.loads(sent[1][3])["Content"] == {"S3Bucket": "b", "S3Key": key.removeprefix("/b/")}


def test_more_than_a_function_may_unzip_to_is_refused_with_what_is_largest(
    run: Any, requirements: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "UNZIPPED_BYTES_MAX", 20)
    with pytest.raises(CommandFailure) as caught:
        run("-r", requirements)
    assert "greeting" in caught.value.message
    assert "lambent image build" in caught.value.advice
    assert not (tmp_path / "layer.zip").exists()


def test_the_limits_are_the_platforms_own() -> None:
    from lambent.services.lambda_.engine import limits

    assert (command.ZIPPED_BYTES_MAX, archives.UNZIPPED_BYTES_MAX) == (limits.ZIPPED_BYTES_MAX, limits.UNZIPPED_BYTES_MAX)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((), "Name what the layer is to hold"),
        (("x", "--package-json", "requirements.txt"), "Name what the layer is to hold"),
        (("x", "--node", "20"), "--node is for --package-json"),
        (("--package-json", "requirements.txt", "--compile"), "are for Python packages"),
        (("--", "--index-url=http://x"), "stand in a requirements file"),
    ],
)
def test_what_does_not_go_together_is_not_understood(run: Any, tmp_path: Path, arguments: tuple[str, ...], text: str) -> None:
    import click

    (tmp_path / "requirements.txt").write_text("")
    with pytest.raises(click.UsageError, match=text):
        run(*arguments)


def test_a_zip_that_cannot_be_written_is_said(run: Any, requirements: Path) -> None:
    with pytest.raises(CommandFailure, match="cannot be written"):
        run("-r", requirements, "-o", "nowhere/layer.zip")
