"""Installs what a package.json names, with npm, for another machine than this: optional parts are chosen for that one."""

import json
import platform
import shutil
import sys
from pathlib import Path

from lambent.environments import installers
from lambent.environments.installers import InstallationFailed, Say

MACHINES = {"x86_64": "x64", "arm64": "arm64"}
"""By AWS' names of architectures, those of npm."""
_BESIDE = ("package-lock.json", "npm-shrinkwrap.json", ".npmrc")
_LOCKS = _BESIDE[:2]
_HERE = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


def install(package_json: Path, architecture: str, folder: Path, *, work: Path, say: Say = lambda _: None) -> None:
    """Puts ``node_modules`` of what ``package_json`` needs, without what only its development needs, into ``folder``.

    ``work``: an empty folder to do it in. Raises InstallationFailed. Blocks.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise InstallationFailed(
            "npm was not found on this machine", "Install Node.js with npm, for example `apt install npm`."
        )
    _copy(package_json, work)
    has_lock = any((work / name).is_file() for name in _LOCKS)
    command = [npm, "ci" if has_lock else "install", "--omit=dev", "--no-audit", "--no-fund", "--no-update-notifier"]
    command += ["--os=linux", f"--cpu={MACHINES[architecture]}", "--libc=glibc", "--install-links"]
    if not _is_here(architecture):
        # What a package does after its installation, it would do for this machine.
        command.append("--ignore-scripts")
        say(f"note: scripts of packages do not run, for they would run as on this machine, not on {architecture}")
    say(f"npm: packages for linux on {architecture}")
    said = installers.follow(command, say, folder=work)
    if said:
        raise InstallationFailed(f"npm could not install: {installers.errors_of(said)}", _advice(said))
    if not (work / "node_modules").is_dir():
        raise InstallationFailed(f"{package_json} names no dependencies", "Name at least one that the layer is to hold.")
    (work / "node_modules" / ".package-lock.json").unlink(missing_ok=True)  # npm's own note, which has no use there
    folder.mkdir(parents=True)
    shutil.move(work / "node_modules", folder / "node_modules")


def _copy(package_json: Path, work: Path) -> None:
    """With what stands beside it and pins versions or holds npm's settings; but no packages, which may be anywhere."""
    try:
        described = json.loads(package_json.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InstallationFailed(
            f"{package_json} cannot be read: {error}", "It is to be JSON, as `npm init` writes it."
        ) from error
    needed = described.get("dependencies") if isinstance(described, dict) else None
    beside = [name for name, where in (needed or {}).items() if _is_beside(str(where))]
    if beside:
        raise InstallationFailed(
            f"{package_json} takes {', '.join(beside)} from a folder beside it",
            "Pack it with `npm pack` and name that file by its whole path (file:/…), or publish it.",
        )
    shutil.copyfile(package_json, work / "package.json")
    for name in _BESIDE:
        if (package_json.parent / name).is_file():
            shutil.copyfile(package_json.parent / name, work / name)


def _is_beside(where: str) -> bool:
    return where.startswith(("link:", "workspace:")) or (where.startswith("file:") and not where.startswith("file:/"))


def _is_here(architecture: str) -> bool:
    return sys.platform == "linux" and _HERE.get(platform.machine().lower()) == architecture


def _advice(said: list[str]) -> str:
    text = "\n".join(said)
    if any(sign in text for sign in ("ENOTFOUND", "ECONNREFUSED", "EAI_AGAIN", "ETIMEDOUT", "ECONNRESET", "EINTEGRITY")):
        return "Packages come from a registry: connect the machine, or point npm at a mirror (`npm config set registry URL`)."
    if "EUSAGE" in text or "can only install packages when" in text:
        return "package-lock.json does not fit package.json: run `npm install` beside it, and build again."
    return "What it printed above says why."
