"""doctor: what this machine can run and how well it isolates, with what to do about the rest."""

import asyncio
import json
import os
import platform as machine
import shutil
import socket
import sqlite3
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

import click

from lambent import __version__
from lambent.cli.options import data_option, json_option
from lambent.core.config import HOST_DEFAULT, PORT_DEFAULT, default_cache
from lambent.store import lock
from lambent.store.folder import Folder

SQLITE_VERSION_MIN = (3, 35)  # RETURNING
VERSION_1_ADVICE = "Version 1 ignores AWS_ENDPOINT_URL for some services, sqs among them: say --endpoint-url, or use version 2."


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ``level`` is ok, note (works, less well) or missing."""

    topic: str
    name: str
    level: str
    text: str
    advice: str = ""


@click.command()
@data_option
@click.option("--port", default=PORT_DEFAULT, show_default=True)
@json_option
def doctor(*, data: Path, port: int, is_json: bool) -> int:
    """Say what this machine can run, and what to install for the rest. Exits with 1 where no function could run.

    \b
    lambent doctor
    lambent doctor --port 5000 --data ~/shop/data    whether a platform could start there
    lambent doctor --json | jq -r '.findings[] | select(.level != "ok") | .name'
    """
    cache = default_cache()
    findings = [*_runtimes(cache), *_isolation(), *_platform(data, port, cache), *_tools(), _builder()]
    if is_json:
        click.echo(json.dumps({"version": __version__, "findings": [asdict(finding) for finding in findings]}, indent=2))
    else:
        click.echo(f"Lambent {__version__}, Python {machine.python_version()}, {machine.system()} {machine.release()}")
        _print(findings)
    return (
        0
        if any(finding.topic == "runtimes" and finding.level == "ok" and finding.name != "provided" for finding in findings)
        else 1
    )


def _print(findings: list[Finding]) -> None:
    marks = {"ok": ("ok", "green"), "note": ("--", "yellow"), "missing": ("no", "red")}
    topic = ""
    for finding in findings:
        if finding.topic != topic:
            topic = finding.topic
            click.echo(f"\n{click.style(topic, bold=True)}")
        mark, colour = marks[finding.level]
        click.echo(f"  {click.style(mark, fg=colour)}  {finding.name:<12} {finding.text}")
        if finding.advice:
            click.echo(f"      {'':<12} {finding.advice}")


def _runtimes(cache: Path) -> Iterator[Finding]:
    from lambent.environments.interpreters import RUNTIMES
    from lambent.environments.runtimes import Runtimes, how_to_install

    runtimes = Runtimes(cache)
    found = runtimes.discover()
    for name in RUNTIMES:
        if name not in found:
            yield Finding(
                "runtimes", name, "missing", "no interpreter found", f"install it, for example with {how_to_install(name)}"
            )
            continue
        interpreter = found[name]
        is_ready = "" if runtimes.is_installed(interpreter) else " (its packages are installed on first use)"
        yield Finding("runtimes", name, "ok", f"{interpreter.version}  {interpreter.executable}{is_ready}")
    yield from _nodes(cache)
    yield from _jvms(cache)
    yield Finding("runtimes", "provided", "ok", "provided.al2 and provided.al2023 run what the function brings")


def _nodes(cache: Path) -> Iterator[Finding]:
    from lambent.environments.languages import NODE_RUNTIMES, Languages

    languages = Languages(cache)
    for name in NODE_RUNTIMES:
        node = languages.node(name)
        version = name.removeprefix("nodejs").removesuffix(".x")
        if node is None:
            yield Finding(
                "runtimes", name, "missing", "no node found", f"install one, for example with `nvm install {version}`"
            )
        else:
            is_other = "" if str(node.major) == version else ", the newest there is"
            yield Finding("runtimes", name, "ok", f"{node.version}  {node.executable}{is_other}")


def _jvms(cache: Path) -> Iterator[Finding]:
    from lambent.environments import java, jvms
    from lambent.environments.languages import Languages

    found = Languages(cache).jvms()
    is_there = java.client_folder(cache).is_dir()
    for name in java.JAVA_RUNTIMES:
        feature = java.feature_of(name)
        jvm = jvms.choose(found, feature)
        if jvm is None:
            advice = f"install one, for example with {java.how_to_install(feature)}"
            yield Finding("runtimes", name, "missing", f"no JVM {feature} or later found", advice)
            continue
        is_other = "" if jvm.feature == feature else ", the next later there is"
        is_ready = "" if is_there else f" (AWS' client is fetched on first use, or by `{java.INSTALL}`)"
        yield Finding("runtimes", name, "ok", f"{jvm.version}  {jvm.home}{is_other}{is_ready}")


def _isolation() -> Iterator[Finding]:
    from lambent.environments.cgroups import Cgroups
    from lambent.environments.nursery import Nursery

    with tempfile.TemporaryDirectory(prefix="lambent-") as scratch:
        reason = asyncio.run(Nursery(stock=0).probe(Path(scratch)))
    if reason:
        yield Finding("isolation", "sandbox", "note", "functions run as plain processes of this user", reason)
    else:
        yield Finding("isolation", "sandbox", "ok", "namespaces, private root, no capabilities, seccomp")
    groups = Cgroups.open()
    if groups is None:
        advice = "Run as root, or in a systemd unit with Delegate=yes." if sys.platform == "linux" else ""
        yield Finding(
            "isolation", "cgroups", "note", "not writable: memory is limited by address space, CPU is not shared", advice
        )
    else:
        groups.close()
        yield Finding("isolation", "cgroups", "ok", "memory and CPU are limited for each environment")


def is_optimised() -> bool:
    """Whether the platform's own Python was optimised by a profile when it was built: it says so, or is a distribution's."""
    return sys.base_prefix == "/usr" or "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")


def _platform(data: Path, port: int, cache: Path) -> Iterator[Finding]:
    version = f"{machine.python_version()}  {sys.executable}"
    if is_optimised():
        yield Finding("platform", "python", "ok", version)
    else:
        advice = "A distribution's does all a seventh faster; pyenv: PYTHON_CONFIGURE_OPTS='--enable-optimizations --with-lto'."
        yield Finding("platform", "python", "note", f"{version}, built without optimisation by a profile", advice)
    holder = lock.holder(data)
    if holder is not None:
        yield Finding("platform", "data", "ok", f"{data} is in use by the platform of process {holder}")
    elif _is_writable(data):
        yield Finding("platform", "data", "ok", f"{data.absolute()} can be used")
    else:
        yield Finding("platform", "data", "missing", f"{data.absolute()} cannot be written", "Choose another with --data.")
    if not _is_writable(cache):
        yield Finding("platform", "cache", "missing", f"{cache} cannot be written", "Choose another with LAMBENT_CACHE.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST_DEFAULT, port))
        except OSError as error:
            if holder is not None and holder == _listener(data, port):
                yield Finding("platform", "port", "ok", f"{port} is where it listens")
            else:
                asking = f"lambent status --endpoint-url http://localhost:{port}"
                advice = f"Choose another with --port. `{asking}` tells whether it is a platform."
                yield Finding("platform", "port", "note", f"{port} is in use ({error.strerror})", advice)
        else:
            yield Finding("platform", "port", "ok", f"{port} is free")
    if sqlite3.sqlite_version_info < SQLITE_VERSION_MIN:
        advice = f"Use a Python with SQLite 3.35 or later than {sys.executable}."
        yield Finding("platform", "sqlite", "missing", sqlite3.sqlite_version, advice)
    else:
        yield Finding("platform", "sqlite", "ok", sqlite3.sqlite_version)


def _listener(data: Path, port: int) -> int | None:
    """The process that listens at this port, where it is the platform of the data directory."""
    running = Folder(data).running()
    return running.pid if running is not None and urlsplit(running.url).port == port else None


def _is_writable(folder: Path) -> bool:
    """Whether a file could be made in it, or it could itself be made."""
    existing = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    return existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)


def _tools() -> Iterator[Finding]:
    aws = shutil.which("aws") or shutil.which("aws", path=str(Path(sys.executable).parent))
    if aws is None:
        yield Finding("tools", "aws", "note", "no AWS CLI on PATH", "Optional: `pip install awscli`, or use boto3.")
        return
    done = subprocess.run([aws, "--version"], capture_output=True, text=True, check=False)
    text = (done.stdout or done.stderr).split()
    if done.returncode == 0 and text:
        yield Finding("tools", "aws", "ok", f"{text[0]}  {aws}", VERSION_1_ADVICE if text[0].startswith("aws-cli/1.") else "")
    else:
        yield Finding("tools", "aws", "note", f"{aws} does not start", "Optional: `pip install awscli`, or use boto3.")


def _builder() -> Finding:
    from lambent.cli.image import BUILDERS

    for name in BUILDERS:
        if found := shutil.which(name):
            return Finding("tools", "builder", "ok", f"`lambent image build` takes {found}")
    advice = f"Optional, for `lambent image build`: one of {', '.join(BUILDERS)}. Functions run from images without."
    return Finding("tools", "builder", "note", "no builder of container images on PATH", advice)
