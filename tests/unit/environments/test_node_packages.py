"""Packages of node: what npm puts into a layer, and what is said where it cannot."""

import json
import shutil
import tarfile
from pathlib import Path

import pytest

from lambent.environments import node_packages
from lambent.environments.installers import InstallationFailed

has_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def package(folder: Path, name: str, **told: object) -> str:
    """A packed package; returns how a package.json names it."""
    made = folder / name / "package"
    made.mkdir(parents=True)
    (made / "package.json").write_text(json.dumps({"name": name, "version": "1.0.0", **told}))
    (made / "index.js").write_text("module.exports = 1;\n")
    with tarfile.open(folder / f"{name}.tgz", "w:gz") as tar:
        tar.add(made, "package")
    return f"file:{folder / name}.tgz"


def described(folder: Path, **parts: object) -> Path:
    path = folder / "package.json"
    path.write_text(json.dumps({"name": "app", "version": "1.0.0", **parts}))
    return path


@has_npm
@pytest.mark.slow
def test_dependencies_are_installed_for_the_other_machine_without_what_development_needs(tmp_path, work):
    arm, other = package(tmp_path, "arm", cpu=["arm64"], os=["linux"]), package(tmp_path, "other", cpu=["x64"])
    scripts = {"postinstall": f"touch {tmp_path}/ran"}
    path = described(
        tmp_path,
        dependencies={"plain": package(tmp_path, "plain", scripts=scripts)},
        optionalDependencies={"arm": arm, "other": other},
        devDependencies={"dev": package(tmp_path, "dev")},
    )
    foreign = "arm64" if not node_packages._is_here("arm64") else "x86_64"
    node_packages.install(path, foreign, tmp_path / "nodejs", work=work)
    names = {each.name for each in (tmp_path / "nodejs" / "node_modules").iterdir()}
    assert names == {"plain", "arm" if foreign == "arm64" else "other"}
    assert not (tmp_path / "ran").exists(), "for another machine no package's script runs"


@has_npm
def test_a_package_json_without_dependencies_makes_no_layer(tmp_path, work):
    with pytest.raises(InstallationFailed, match="names no dependencies"):
        node_packages.install(described(tmp_path), "x86_64", tmp_path / "nodejs", work=work)


@has_npm
@pytest.mark.parametrize(
    ("dependencies", "text", "advice"),
    [({"mine": "file:../mine"}, "from a folder beside it", "npm pack"), ({"x": "file:/nowhere.tgz"}, "npm could not", "above")],
)
def test_what_cannot_be_installed_is_said_with_a_next_step(tmp_path, work, dependencies, text, advice):
    with pytest.raises(InstallationFailed) as caught:
        node_packages.install(described(tmp_path, dependencies=dependencies), "x86_64", tmp_path / "nodejs", work=work)
    assert text in caught.value.message
    assert advice in caught.value.advice


@has_npm
def test_a_package_json_that_is_no_json_is_refused(tmp_path, work):
    (tmp_path / "package.json").write_text("{")
    with pytest.raises(InstallationFailed, match="cannot be read"):
        node_packages.install(tmp_path / "package.json", "x86_64", tmp_path / "nodejs", work=work)


def test_without_npm_it_says_what_to_install(tmp_path, work, monkeypatch):
    monkeypatch.setattr(node_packages.shutil, "which", lambda _: None)
    with pytest.raises(InstallationFailed) as caught:
        node_packages.install(described(tmp_path), "x86_64", tmp_path / "nodejs", work=work)
    assert "npm" in caught.value.advice
