"""Reads manifests: what an image is made of. Pure.

https://github.com/opencontainers/image-spec/blob/main/manifest.md and image-index.md; Docker's
schema 2 is the same with media types of its own.
"""

import hashlib
import json
from typing import Any

from msgspec import Struct

from lambent.services.ecr import errors
from lambent.services.ecr.engine import limits
from lambent.services.ecr.engine.identifiers import is_digest

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
INDEXES = (OCI_INDEX, DOCKER_LIST)
KINDS = (OCI_MANIFEST, DOCKER_MANIFEST, *INDEXES)
EMPTY_CONFIG = "application/vnd.oci.empty.v1+json"


class Manifest(Struct, frozen=True):
    """``layers`` are digests with their bytes, the configuration's first; ``images`` are digests, of an index only."""

    text: str
    digest: str
    media_type: str
    layers: dict[str, int]
    images: tuple[str, ...]
    subject: str
    artifact_type: str
    annotations: dict[str, str]


def parse(text: str, media_type: str = "") -> Manifest:
    """``media_type``: as the client told it, where it did. Raises InvalidParameter."""
    try:
        if len(text.encode()) > limits.MANIFEST_BYTES_MAX:
            raise _invalid()
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _invalid() from error
    if not isinstance(body, dict) or body.get("schemaVersion") != 2:
        raise _invalid()
    kind = str(
        body.get("mediaType") or media_type.partition(";")[0].strip() or (OCI_INDEX if "manifests" in body else OCI_MANIFEST)
    )
    if kind not in KINDS:
        raise _invalid()
    try:
        return _read(text, kind, body)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _invalid() from error


def _read(text: str, kind: str, body: dict[str, Any]) -> Manifest:
    layers: dict[str, int] = {}
    images: tuple[str, ...] = ()
    if kind in INDEXES:
        images = tuple(_digest(each) for each in body["manifests"])
    else:
        for each in (body["config"], *body["layers"]):
            layers[_digest(each)] = _size(each)
    subject = _digest(body["subject"]) if body.get("subject") else ""
    artifact_type = str(body.get("artifactType") or (body.get("config") or {}).get("mediaType") or "")
    annotations = {str(key): str(value) for key, value in (body.get("annotations") or {}).items()}
    digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    return Manifest(text, digest, kind, layers, images, subject, artifact_type, annotations)


def _digest(descriptor: dict[str, Any]) -> str:
    digest = str(descriptor["digest"])
    if not is_digest(digest):
        raise ValueError(digest)
    return digest


def _size(descriptor: dict[str, Any]) -> int:
    size = descriptor["size"]
    if type(size) is not int or not 0 <= size <= limits.LAYER_BYTES_MAX:
        raise ValueError(size)
    return size


def _invalid() -> errors.InvalidParameter:
    return errors.InvalidParameter(member="imageManifest", must="Invalid JSON syntax")
