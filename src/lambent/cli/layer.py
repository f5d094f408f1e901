"""layer: builds the zip of a layer from the packages that it is to hold, for the machine that functions run on."""

import base64
import json
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click
from msgspec import Struct

from lambent.cli.client import Client
from lambent.cli.failures import CommandFailure
from lambent.cli.options import client_options, json_option
from lambent.core.config import default_cache
from lambent.environments import layer_zips, node_packages, wheels
from lambent.environments.archives import UNZIPPED_BYTES_MAX
from lambent.environments.installers import InstallationFailed
from lambent.environments.interpreters import MINORS, RUNTIMES, Interpreter
from lambent.environments.languages import NODE_RUNTIMES
from lambent.environments.layer_zips import Packed, Part
from lambent.environments.wheels import Target

ZIPPED_BYTES_MAX = 52_428_800  # of a request; services/lambda_ answers so
OUTPUT_DEFAULT = Path("layer.zip")
PARTS_SHOWN = 12
_ARM = ("aarch64", "arm64")
_PYTHONS = tuple(name.removeprefix("python") for name in RUNTIMES)
_NODES = tuple(name.removeprefix("nodejs").removesuffix(".x") for name in NODE_RUNTIMES)


class Recipe(Struct, frozen=True):
    """What a layer is built from, and for which functions. ``node`` is a major version, or empty for all of them."""

    requirements: tuple[str, ...]  # as pip's arguments
    package_json: Path | None
    python: str
    node: str
    architecture: str
    is_compiled: bool

    @property
    def runtimes(self) -> list[str]:
        if self.package_json is None:
            return [f"python{self.python}"]
        return [f"nodejs{self.node}.x"] if self.node else list(NODE_RUNTIMES)


@click.group()
def layer() -> None:
    """Build layers.

    \b
    lambent layer build -r requirements.txt      the packages as layer.zip, for this machine's kind of processor
    lambent layer build pandas --publish pandas  and publish it
    """


@layer.command()
@click.argument("requirements", nargs=-1)
@click.option(
    "-r",
    "--requirements",
    "files",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Python packages: a requirements file. May be repeated.",
)
@click.option(
    "--package-json",
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Node packages: what this file's dependencies name, fetched with npm.",
)
@click.option("--python", type=click.Choice(_PYTHONS), help="The functions' Python.  [default: the platform's own]")
@click.option("--node", type=click.Choice(_NODES), help="Put them where only this Node looks.  [default: where all do]")
@click.option(
    "--arch", type=click.Choice(list(wheels.MACHINES)), help="The functions' architecture.  [default: this machine's]"
)
@click.option("--compile", "is_compiled", is_flag=True, help="Compile Python ahead: larger, and cold starts are shorter.")
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="The zip.  [default: layer.zip]"
)
@click.option(
    "--publish", "name", metavar="NAME", help="Publish it as the next version of this layer. Keeps no zip without -o."
)
@click.option("--s3-bucket", "bucket", metavar="BUCKET", help="Publish by way of this bucket, as what is over 50 MB must.")
@json_option
@client_options
def build(
    client: Client,
    *,
    requirements: tuple[str, ...],
    files: tuple[Path, ...],
    package_json: Path | None,
    python: str | None,
    node: str | None,
    arch: str | None,
    is_compiled: bool,
    output: Path | None,
    name: str | None,
    bucket: str | None,
    is_json: bool,
) -> None:
    """Build the zip of a layer: Python REQUIREMENTS (as pip has them), or what a package.json needs.

    Only wheels for Amazon Linux are taken, by uv or pip, whichever is there; nothing is built on this machine. The same
    packages give the same bytes.

    \b
    lambent layer build -r requirements.txt --python 3.12 --arch arm64
    lambent layer build 'pandas<3' pyarrow --compile --publish analytics
    lambent layer build --package-json package.json --node 22 -o node.zip
    """
    asked = (*(part for file in files for part in ("-r", str(file))), *requirements)
    if bool(asked) == (package_json is not None):
        raise click.UsageError("Name what the layer is to hold: -r requirements.txt, requirements, or --package-json FILE.")
    if package_json is not None and (python or is_compiled):
        raise click.UsageError("--python and --compile are for Python packages.")
    if package_json is None and node:
        raise click.UsageError("--node is for --package-json.")
    if any(each.startswith("-") for each in requirements):
        raise click.UsageError("Options of pip stand in a requirements file, not on the command line.")
    recipe = Recipe(asked, package_json, python or _own_python(), node or "", arch or _own_architecture(), is_compiled)
    with tempfile.TemporaryDirectory(prefix="lambent-layer-") as work:
        target = output or (Path(work) / OUTPUT_DEFAULT if name else OUTPUT_DEFAULT)
        packed, parts = make(recipe, Path(work), target)
        told = _told(recipe, packed, parts, is_kept=bool(output or not name))
        if not is_json:
            _show(told)
        if name:
            told |= publish(client, recipe, packed, name, bucket)
    if is_json:
        click.echo(json.dumps(told, indent=2))
    elif name:
        click.echo(told["layer_version_arn"])


def make(recipe: Recipe, work: Path, target: Path) -> tuple[Packed, list[Part]]:
    """The zip at ``target``. Raises CommandFailure, and then leaves nothing there."""
    content = work / "content"
    try:
        packages = _install(recipe, work, content)
        parts = layer_zips.parts(content, packages)
        _check_size(parts)
        return layer_zips.pack(content, target), parts
    except InstallationFailed as failure:
        raise CommandFailure(failure.message, failure.advice) from failure
    except OSError as error:
        advice = "Choose another place with -o, or make room: what is unpacked on the way needs some in the temporary folder."
        raise CommandFailure(f"the layer cannot be written: {error.strerror or error} ({error.filename})", advice) from error


def publish(client: Client, recipe: Recipe, packed: Packed, name: str, bucket: str | None) -> dict[str, Any]:
    """A new version of the layer ``name``. Raises CommandFailure."""
    if packed.zipped_bytes > ZIPPED_BYTES_MAX and not bucket:
        raise CommandFailure(
            f"the zip has {_mb(packed.zipped_bytes)}, and {_mb(ZIPPED_BYTES_MAX)} is what may be sent at once",
            "Name a bucket to send it through: --s3-bucket NAME (make one with `aws s3 mb s3://NAME`).",
        )
    data = packed.path.read_bytes()
    content: dict[str, str] = {"ZipFile": base64.b64encode(data).decode()}
    key = f"layers/{packed.sha256}.zip"
    if bucket:
        client.rest("s3", "PUT", f"/{quote(bucket, safe='')}/{key}", body=data)
        content = {"S3Bucket": bucket, "S3Key": key}
    asked = {"Content": content, "CompatibleRuntimes": recipe.runtimes, "CompatibleArchitectures": [recipe.architecture]}
    path = f"/2018-10-31/layers/{quote(name, safe='')}/versions"
    try:
        told = client.rest("lambda", "POST", path, body=json.dumps(asked).encode()).json()
    finally:
        if bucket:
            client.rest("s3", "DELETE", f"/{quote(bucket, safe='')}/{key}")
    return {"layer_version_arn": told["LayerVersionArn"], "version": told["Version"]}


def _install(recipe: Recipe, work: Path, content: Path) -> Path:
    """Fills ``content`` as /opt is to be; returns where in it the packages lie."""
    if recipe.package_json is not None:
        home = content / "nodejs" / (f"node{recipe.node}" if recipe.node else "")
        (work / "npm").mkdir()
        node_packages.install(recipe.package_json, recipe.architecture, home, work=work / "npm", say=_say)
        return home / "node_modules"
    found = _pythons()
    target = Target(f"python{recipe.python}", recipe.architecture)
    packages = content / "python"
    wheels.install(target, recipe.requirements, packages, found=found, say=_say)
    if recipe.is_compiled:
        if target.runtime not in found:
            raise InstallationFailed(
                f"no Python {recipe.python} was found on this machine, and only it can compile for itself",
                f"Install it, for example with `uv python install {recipe.python}`, or build without --compile.",
            )
        _say("compiling")
        wheels.compile_ahead(found[target.runtime], packages, shown_as="/opt/python")
    return packages


def _pythons() -> dict[str, Interpreter]:
    from lambent.environments.runtimes import Runtimes

    return Runtimes(default_cache()).discover()


def _check_size(parts: list[Part]) -> None:
    size = sum(part.bytes for part in parts)
    if size >= UNZIPPED_BYTES_MAX:
        largest = ", ".join(f"{part.name} {_mb(part.bytes)}" for part in parts[:3])
        raise CommandFailure(
            f"it unzips to {_mb(size)}, and a function with its layers may have {_mb(UNZIPPED_BYTES_MAX)} (largest: {largest})",
            "Leave out what is not needed (boto3 is in the runtime), or make a container image, which may have 10 GB "
            "(`lambent image build`).",
        )


def _told(recipe: Recipe, packed: Packed, parts: list[Part], *, is_kept: bool) -> dict[str, Any]:
    return {
        "file": str(packed.path) if is_kept else None,
        "sha256": packed.sha256,
        "runtimes": recipe.runtimes,
        "architecture": recipe.architecture,
        "zipped_bytes": packed.zipped_bytes,
        "unzipped_bytes": packed.unzipped_bytes,
        "unzipped_bytes_max": UNZIPPED_BYTES_MAX,
        "packages": [{"name": part.name, "bytes": part.bytes} for part in parts],
    }


def _show(told: dict[str, Any]) -> None:
    parts: list[dict[str, Any]] = told["packages"]
    for part in parts[:PARTS_SHOWN]:
        click.echo(f"  {_mb(part['bytes']):>10}  {part['name']}", err=True)
    rest = parts[PARTS_SHOWN:]
    if rest:
        click.echo(f"  {_mb(sum(part['bytes'] for part in rest)):>10}  {len(rest)} others", err=True)
    share = told["unzipped_bytes"] * 100 // UNZIPPED_BYTES_MAX
    click.echo(
        f"  {_mb(told['unzipped_bytes']):>10}  unzipped, {share} % of the {_mb(UNZIPPED_BYTES_MAX)} that a function with its "
        f"layers may have; {_mb(told['zipped_bytes'])} zipped",
        err=True,
    )
    if told["file"]:
        click.echo(told["file"])


def _say(line: str) -> None:
    """Progress goes to stderr: what the command prints is the zip's path, the version's ARN, or JSON."""
    click.echo(click.style(line, dim=True), err=True)


def _mb(size: int) -> str:
    """As AWS counts them: 250 MB are 262,144,000 bytes."""
    if size < 1_048_576 // 10:
        return f"{size / 1_024:.1f} KB"
    return f"{size / 1_048_576:.1f} MB" if size % 1_048_576 else f"{size // 1_048_576} MB"


def _own_python() -> str:
    minor = min(max(sys.version_info[1], MINORS[0]), MINORS[-1])
    return f"3.{minor}"


def _own_architecture() -> str:
    return "arm64" if platform.machine().lower() in _ARM else "x86_64"
