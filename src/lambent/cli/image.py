"""image: base images from this machine's Python, and builds with whatever builder there is."""

import asyncio
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from lambent.cli.client import Client
from lambent.cli.failures import CommandFailure, Refused
from lambent.cli.options import client_options, json_option
from lambent.core.config import default_cache
from lambent.core.ports import RuntimeUnavailable

BUILDERS = ("buildah", "podman", "docker")
DOCKERFILES = ("Dockerfile", "Containerfile")
_HINT = " Where RUN can start no container, set BUILDAH_ISOLATION=chroot: it then runs in a changed root."


@click.group()
def image() -> None:
    """Make container images for functions.

    \b
    lambent image base python3.12 -o oci:base    a base like AWS' own, from this machine's Python
    lambent image build -t team/app:v1 .         build a Dockerfile, and push it to the platform
    """


@image.command()
@click.argument("runtime")
@click.option("-o", "--output", metavar="oci:FOLDER", required=True, help="Where to: an OCI layout.")
@click.option("--tag", default="latest", show_default=True, help="What it is called there.")
@json_option
def base(*, runtime: str, output: str, tag: str, is_json: bool) -> None:
    """Make a base image equal in contract to AWS' for a Python RUNTIME, without a registry.

    \b
    lambent image base python3.12 -o oci:base    then, in a Dockerfile: FROM oci:base
    """
    from lambent.environments import base_images
    from lambent.environments.runtimes import Runtimes

    kind, _, folder = output.partition(":")
    if kind != "oci" or not folder:
        raise click.UsageError("-o is oci:FOLDER.")
    try:
        files = asyncio.run(Runtimes(default_cache()).installed(runtime))
    except RuntimeUnavailable as unavailable:
        raise CommandFailure(str(unavailable), unavailable.advice) from unavailable
    click.echo(f"lambent: packing {runtime} into {folder}; this takes some seconds, on slow disks a minute", err=True)
    digest = base_images.make(files, Path(folder), tag=tag)
    uri = f"{kind}:{Path(folder).absolute()}:{tag}"
    click.echo(json.dumps({"image_uri": uri, "digest": digest}) if is_json else uri)


@image.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), default=Path())
@click.option("-t", "--tag", "name", metavar="NAME[:TAG]", required=True, help="The repository, made if it is not there.")
@click.option("-f", "--file", "dockerfile", metavar="FILE", help="The Dockerfile.  [default: FOLDER/Dockerfile]")
@client_options
@json_option
def build(client: Client, *, folder: Path, name: str, dockerfile: str | None, is_json: bool) -> None:
    """Build FOLDER with buildah, podman or docker, and push it to the platform's registry.

    \b
    lambent image build -t team/app:v1 .
    aws lambda create-function --function-name app --package-type Image --code ImageUri="$(lambent image build -t app .)" …
    """
    uri = build_and_push(client, folder, name, dockerfile)
    click.echo(json.dumps({"image_uri": uri}) if is_json else uri)


def build_and_push(client: Client, folder: Path, name: str, dockerfile: str | None) -> str:
    """The address that functions are made of."""
    builder = next(filter(shutil.which, BUILDERS), None)
    if builder is None:
        raise CommandFailure("no builder was found", f"Install one of {', '.join(BUILDERS)}.")
    if dockerfile is None and not any((folder / name).exists() for name in DOCKERFILES):  # before a repository is made for it
        advice = f"Write one (docs/images.md#building), name another with -f, or name its folder: this is {folder.absolute()}."
        raise CommandFailure(f"there is no Dockerfile in {folder}", advice)
    repository, _, tag = name.partition(":")
    registry = _repository(client, repository)["registryId"]
    address = f"{urlsplit(client.url).netloc}/{registry}.dkr.ecr.{client.region}/{repository}:{tag or 'latest'}"
    told = ["-f", dockerfile] if dockerfile else []
    plain = ["--provenance=false"] if builder == "docker" else []  # AWS takes no index with attestations
    insecure = [] if builder == "docker" else ["--tls-verify=false"]
    # What the builder says goes to stderr: what the command prints is the address.
    for command in ([builder, "build", *plain, "-t", address, *told, str(folder)], [builder, "push", *insecure, address]):
        if subprocess.run(command, check=False, stdout=2).returncode:
            advice = "What it printed above says why."
            raise CommandFailure(f"{builder} {command[1]} failed", advice + (_HINT if _may_lack_containers(command) else ""))
    return address


def _may_lack_containers(command: list[str]) -> bool:
    return command[:2] in (["buildah", "build"], ["podman", "build"])


def _repository(client: Client, name: str) -> Any:
    """The repository, made where it is not there."""
    try:
        return client.ecr("CreateRepository", {"repositoryName": name})["repository"]
    except Refused as refused:
        if refused.code != "RepositoryAlreadyExistsException":
            raise
        return client.ecr("DescribeRepositories", {"repositoryNames": [name]})["repositories"][0]
