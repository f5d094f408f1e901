"""Builds go to the repository of the account that asks, by the builder that is there."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from lambent.cli import image
from lambent.cli.failures import CommandFailure, Refused


class Platform:
    """A platform that has the repository already, or not."""

    url, region = "http://localhost:4566", "eu-west-1"

    def __init__(self, *, has_repository: bool) -> None:
        self._has_repository = has_repository

    def ecr(self, operation: str, parameters: dict[str, Any]) -> Any:
        told = {"registryId": "123456789012"}
        if operation == "DescribeRepositories":
            assert parameters == {"repositoryNames": ["team/app"]}
            return {"repositories": [told]}
        if self._has_repository:
            raise Refused(400, "RepositoryAlreadyExistsException", "")
        return {"repository": told}


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    ran: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[bytes]:
        ran.append(command)
        return subprocess.CompletedProcess(command, 1 if "broken" in command else 0)

    monkeypatch.setattr(image.shutil, "which", lambda name: name if name in ("podman", "docker") else None)
    monkeypatch.setattr(image.subprocess, "run", run)
    return ran


@pytest.mark.parametrize("has_repository", [True, False])
def test_an_image_is_built_and_pushed_under_its_address(commands: list[list[str]], has_repository: bool) -> None:
    platform: Any = Platform(has_repository=has_repository)
    address = image.build_and_push(platform, Path("app"), "team/app", "Other")
    assert address == "localhost:4566/123456789012.dkr.ecr.eu-west-1/team/app:latest"
    assert commands == [
        ["podman", "build", "-t", address, "-f", "Other", "app"],
        ["podman", "push", "--tls-verify=false", address],
    ]


def test_a_build_that_fails_is_not_pushed(commands: list[list[str]]) -> None:
    platform: Any = Platform(has_repository=False)
    with pytest.raises(CommandFailure, match="podman build failed") as caught:
        image.build_and_push(platform, Path("broken"), "team/app:v1", "Dockerfile")
    assert "BUILDAH_ISOLATION=chroot" in caught.value.advice
    assert len(commands) == 1


def test_without_a_builder_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image.shutil, "which", lambda _: None)
    platform: Any = Platform(has_repository=False)
    with pytest.raises(CommandFailure) as caught:
        image.build_and_push(platform, Path("app"), "team/app", None)
    assert "buildah" in caught.value.advice


def test_a_folder_without_a_dockerfile_is_told_before_a_repository_is_made(commands: list[list[str]], tmp_path: Path) -> None:
    nothing: Any = None  # no platform is asked
    with pytest.raises(CommandFailure, match="there is no Dockerfile in") as caught:
        image.build_and_push(nothing, tmp_path, "team/app:v1", None)
    assert str(tmp_path) in caught.value.advice
    assert commands == []


def test_a_containerfile_is_a_dockerfile_too(commands: list[list[str]], tmp_path: Path) -> None:
    (tmp_path / "Containerfile").write_text("FROM scratch\n")
    image.build_and_push(Platform(has_repository=True), tmp_path, "team/app:v1", None)  # type: ignore[arg-type]
    assert commands[0][:2] == ["podman", "build"]
