"""Reads images that lie on this machine: OCI layouts, as folders or tars, and what ``docker save`` writes. Blocks."""

import hashlib
import json
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

from msgspec import Struct

from lambent.environments import zstd
from lambent.services.lambda_.engine import images
from lambent.services.lambda_.engine.image_uris import LocalImage

_REFERENCE = "org.opencontainers.image.ref.name"
_CHUNK_BYTES = 1 << 20
_MAGICS = {b"\x1f\x8b": images.LAYERS[3], zstd.MAGIC: images.ZSTD_LAYERS[1]}


class Files(Protocol):
    """The files of a layout by name. Raises OSError or KeyError for what is not there."""

    def open(self, name: str) -> BinaryIO: ...


class Found(Struct, frozen=True):
    """``layers`` open the bytes of each, the lowest first, by the digest that they must have."""

    manifest: bytes
    config: bytes
    layers: Mapping[str, Callable[[], BinaryIO]]


class _Folder:
    def __init__(self, path: Path) -> None:
        self._path = path

    def open(self, name: str) -> BinaryIO:
        return (self._path / name).open("rb")


class _Tar:
    def __init__(self, path: Path) -> None:
        self._tar = tarfile.open(path, mode="r:")  # noqa: SIM115 - as long as its files are read

    def open(self, name: str) -> BinaryIO:
        file = self._tar.extractfile(name)
        if file is None:
            raise KeyError(name)
        return cast(BinaryIO, file)


def read(image: LocalImage, architecture: str) -> Found | None:
    """The image for ``architecture`` ("amd64"); None where there is none."""
    try:
        path = Path(image.path)
        if image.kind == "docker-archive":
            return _saved(_Tar(path), image.reference)
        return _laid_out(_Folder(path) if image.kind == "oci" else _Tar(path), image.reference, architecture)
    except (OSError, KeyError, TypeError, ValueError, AttributeError, RecursionError, tarfile.TarError):
        return None


def _laid_out(files: Files, reference: str, architecture: str) -> Found | None:
    """https://github.com/opencontainers/image-spec/blob/main/image-layout.md"""
    index = json.loads(files.open("index.json").read())
    named = [each for each in index["manifests"] if reference in ("", (each.get("annotations") or {}).get(_REFERENCE))]
    chosen = _chosen(named, architecture)
    if chosen is None:
        return None
    body = files.open(_place(chosen["digest"])).read()
    if (json.loads(body).get("mediaType") or chosen.get("mediaType")) in images.INDEXES:
        inner = _chosen(json.loads(body)["manifests"], architecture)
        if inner is None:
            return None
        body = files.open(_place(inner["digest"])).read()
    manifest = json.loads(body)
    layers = {_digits(each["digest"]): _opener(files, _place(each["digest"])) for each in manifest["layers"]}
    return Found(body, files.open(_place(manifest["config"]["digest"])).read(), layers)


def _chosen(manifests: list[dict[str, Any]], architecture: str) -> dict[str, Any] | None:
    """Of several the one for the architecture, and of those the last that was written."""
    fitting = [each for each in manifests if (each.get("platform") or {}).get("architecture", architecture) == architecture]
    return fitting[-1] if fitting else None


def _saved(files: Files, reference: str) -> Found | None:
    """What ``docker save`` wrote has no manifest of its own: it is made here, the same each time."""
    saved = json.loads(files.open("manifest.json").read())
    named = [each for each in saved if not reference or any(_is_called(tag, reference) for tag in each.get("RepoTags") or ())]
    if not named:
        return None
    config = files.open(named[0]["Config"]).read()
    told = [{"mediaType": images.CONFIGS[1], "size": len(config), "digest": f"sha256:{hashlib.sha256(config).hexdigest()}"}]
    layers = {}
    for name in named[0]["Layers"]:
        digest, size, kind = _measured(files.open(name))
        told.append({"mediaType": kind, "size": size, "digest": f"sha256:{digest}"})
        layers[digest] = _opener(files, name)
    body = {"schemaVersion": 2, "mediaType": images.MANIFESTS[1], "config": told[0], "layers": told[1:]}
    return Found(json.dumps(body, separators=(",", ":")).encode(), config, layers)


def _is_called(tag: str, reference: str) -> bool:
    """``app:v1`` is short for ``docker.io/library/app:v1``."""
    return tag == reference or tag.endswith(f"/{reference}")


def _measured(file: BinaryIO) -> tuple[str, int, str]:
    """Digest, bytes and media type of a layer."""
    sha256, size, kind = hashlib.sha256(), 0, images.LAYERS[2]
    while chunk := file.read(_CHUNK_BYTES):
        if not size:
            kind = next((named for magic, named in _MAGICS.items() if chunk.startswith(magic)), kind)
        size += len(chunk)
        sha256.update(chunk)
    return sha256.hexdigest(), size, kind


def _opener(files: Files, name: str) -> Callable[[], BinaryIO]:
    return lambda: files.open(name)


def _digits(digest: str) -> str:
    algorithm, _, digits = digest.partition(":")
    if algorithm != "sha256" or not digits.isalnum():
        raise ValueError(digest)
    return digits


def _place(digest: str) -> str:
    return f"blobs/sha256/{_digits(digest)}"
