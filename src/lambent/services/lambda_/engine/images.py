"""What a function takes of a container image, and what it may say of it. Pure."""

import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from lambent.services.lambda_ import errors

MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
LAYERS = (
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.docker.image.rootfs.diff.tar",
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
)
ZSTD_LAYERS = (
    "application/vnd.oci.image.layer.v1.tar+zstd",
    "application/vnd.docker.image.rootfs.diff.tar.zstd",
)
"""AWS does not take these."""
CONFIGS = (
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
)
CONFIG_BYTES_MAX = 4_194_304  # of a configuration: what registries take of a manifest
LIST_ITEMS_MAX = 1_500
ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}
"""By AWS' names, those of images."""


class ImageConfig(Struct, frozen=True):
    """What a function says in place of its image; None is not said."""

    entry_point: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    working_folder: str | None = None


class Image(Struct, frozen=True):
    """An image as a function took it: it stays usable after the image was deleted. Digests are sha256 in hexadecimal digits."""

    uri: str
    resolved_uri: str
    config: str
    layers: tuple[str, ...]  # the lowest first
    entry_point: tuple[str, ...]
    command: tuple[str, ...]
    working_folder: str
    variables: dict[str, str]

    @property
    def archives(self) -> frozenset[str]:
        return frozenset({self.config, *self.layers})


class Parts(Struct, frozen=True):
    """What a manifest names."""

    config: str
    layers: tuple[str, ...]
    is_zstd: bool = False  # some layer is


def parts_of(manifest: bytes, uri: str) -> Parts:
    """Raises ImageUnsupported."""
    try:
        body = json.loads(manifest)
        kind = body.get("mediaType") or MANIFESTS[0]
        is_known = kind in MANIFESTS and body["config"]["mediaType"] in CONFIGS
        if not is_known or any(each["mediaType"] not in (*LAYERS, *ZSTD_LAYERS) for each in body["layers"]):
            raise errors.ImageUnsupported(uri=uri)
        if not all(type(each["size"]) is int and each["size"] >= 0 for each in body["layers"]):
            raise errors.ImageUnsupported(uri=uri)
        is_zstd = any(each["mediaType"] in ZSTD_LAYERS for each in body["layers"])
        return Parts(_sha256(body["config"]), tuple(map(_sha256, body["layers"])), is_zstd)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise errors.ImageUnsupported(uri=uri) from error


def image_of(parts: Parts, config: bytes, *, uri: str, resolved_uri: str) -> Image:
    """Raises ImageUnsupported."""
    try:
        told: dict[str, Any] = json.loads(config).get("config") or {}
        variables = dict(each.partition("=")[::2] for each in _texts(told.get("Env")))
        return Image(
            uri=uri,
            resolved_uri=resolved_uri,
            config=parts.config,
            layers=parts.layers,
            entry_point=_texts(told.get("Entrypoint")),
            command=_texts(told.get("Cmd")),
            working_folder=_texts([told.get("WorkingDir") or "/"])[0],
            variables={name: value for name, value in variables.items() if name},
        )
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise errors.ImageUnsupported(uri=uri) from error


def _texts(given: object) -> tuple[str, ...]:
    """A list of texts that a program can be given. Raises TypeError and ValueError for what is none."""
    if given is None:
        return ()
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise TypeError("no list of texts")
    if any("\0" in each for each in given):
        raise ValueError("no argument of a program holds a NUL")
    for each in given:
        each.encode()  # half of a surrogate pair is no text
    return tuple(given)


def config_of(given: Mapping[str, Any]) -> ImageConfig | None:
    """AWS' ImageConfig; None where nothing is said."""
    entry_point, command = given.get("EntryPoint"), given.get("Command")
    said = ImageConfig(
        tuple(entry_point) if entry_point else None,
        tuple(command) if command else None,
        given.get("WorkingDirectory") or None,
    )
    return said if said != ImageConfig() else None


def _sha256(descriptor: Mapping[str, Any]) -> str:
    algorithm, _, digits = str(descriptor["digest"]).partition(":")
    if algorithm != "sha256" or len(digits) != 64 or not set(digits) <= set("0123456789abcdef"):
        raise ValueError(digits)
    return digits
