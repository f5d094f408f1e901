"""Layers that lambent dev makes: what a requirements.txt asks for, and the debugger."""

import base64
import hashlib
import io
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from lambent.cli.dev.api import Api
from lambent.cli.failures import CommandFailure
from lambent.core.config import default_cache
from lambent.core.ports import RuntimeUnavailable
from lambent.environments.runtimes import Runtimes

IN_REQUEST_BYTES_MAX = 50 * 1024 * 1024  # a larger zip goes by way of a bucket, as on AWS
_PYTHON_FOLDER = "python"
DEBUGGER = "lambent-dev-debugpy"  # the layer's name
_UNWANTED = ("__pycache__",)


class NotInstalled(CommandFailure):
    """Packages could not be installed."""


def layer_of_requirements(
    api: Api, *, function: str, runtime: str, file: Path, account: str, on_install: Callable[[], None]
) -> tuple[str, bool]:
    """The ARN of a layer with what the file asks for, and whether it was made now; ``on_install`` is called before that.

    Raises NotInstalled.
    """
    digest = hashlib.sha256(f"{runtime}\n".encode() + file.read_bytes()).hexdigest()
    name, description = f"{function}-requirements", f"{file.name} {digest[:16]} for {runtime}"
    known = api.find_layer(name, description)
    if known:
        return known, False
    on_install()
    with tempfile.TemporaryDirectory(prefix="lambent-") as scratch:
        target = Path(scratch) / _PYTHON_FOLDER
        try:
            Runtimes(default_cache()).fetch_requirements(runtime, file, target)
        except RuntimeUnavailable as unavailable:
            raise NotInstalled(unavailable.advice) from unavailable
        target.mkdir(exist_ok=True)  # a file of comments asks for nothing
        content = zipped(target, below=_PYTHON_FOLDER)
    return publish(api, name, description, content, account=account), True


def layer_of_debugger(api: Api, folder: Path, version: str, *, account: str) -> str:
    """The ARN of a layer with debugpy, as it is installed in ``folder``."""
    name, description = DEBUGGER, f"debugpy {version}"
    return api.find_layer(name, description) or publish(
        api, name, description, zipped(folder, below=f"{_PYTHON_FOLDER}/{folder.name}", but=_UNWANTED), account=account
    )


def publish(api: Api, name: str, description: str, content: bytes, *, account: str) -> str:
    if len(content) <= IN_REQUEST_BYTES_MAX:
        return api.publish_layer(name, description, {"ZipFile": base64.b64encode(content).decode()})
    bucket, key = f"lambent-dev-{account}", f"{name}.zip"
    api.put_object(bucket, key, content)
    try:
        return api.publish_layer(name, description, {"S3Bucket": bucket, "S3Key": key})
    finally:
        api.delete_object(bucket, key)


def zipped(folder: Path, *, below: str, but: tuple[str, ...] = ()) -> bytes:
    """All files of the folder. ``below``: where they stand in the zip; ``but``: folders that are left out."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1, strict_timestamps=False) as archive:
        archive.mkdir(below)
        for path in sorted(folder.rglob("*")):
            inner = path.relative_to(folder)
            if path.is_file() and not set(but) & set(inner.parts):
                archive.write(path, f"{below}/{inner}")
    return content.getvalue()
