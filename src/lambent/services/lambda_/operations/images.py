"""Takes in the images that functions are made of: from the platform's registry, or from this machine's disk.

A function keeps links to the layers of its image, so that it outlives the image in the registry at no cost of disk.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import BinaryIO

from msgspec import structs

from lambent.core.context import Context, Scope
from lambent.core.errors import ServiceError
from lambent.core.ports import Caller, LayerFile
from lambent.environments import zstd
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import image_uris
from lambent.services.lambda_.engine.image_uris import LocalImage, RegistryImage
from lambent.services.lambda_.engine.images import ARCHITECTURES, CONFIG_BYTES_MAX, Image, Parts, image_of, parts_of
from lambent.services.lambda_.engine.settings import Code
from lambent.services.lambda_.operations import local_images
from lambent.store.blobs import Blobs

_SERVICE = "lambda.amazonaws.com"
_CHUNK_BYTES = 1 << 20


class Images:
    """``is_local_allowed``: whether callers may name files of this machine, which they are then taken to own."""

    def __init__(self, *, blobs: Blobs, call: Caller, layer_file: LayerFile, is_local_allowed: bool) -> None:
        self._blobs = blobs
        self._call = call
        self._layer_file = layer_file
        self._is_local_allowed = is_local_allowed

    async def fetch(self, context: Context, function_name: str, uri: str, architecture: str) -> tuple[Code, Image]:
        """To be called while ``Archives.keeping``. Raises the errors of images: what AWS finds wrong with them."""
        source = image_uris.parse(uri, Scope(context.account, context.region))
        if isinstance(source, LocalImage) and self._is_local_allowed:
            return await self._from_disk(source, uri, architecture)
        if isinstance(source, RegistryImage):
            return await self._from_registry(context, function_name, source, uri)
        raise errors.ImageNotValid(uri=uri)

    async def _from_registry(self, context: Context, function_name: str, source: RegistryImage, uri: str) -> tuple[Code, Image]:
        account, region = source.scope.account, source.scope.region
        wanted = {"imageDigest": source.digest} if source.digest else {"imageTag": source.tag}
        parameters = {"registryId": account, "repositoryName": source.repository, "imageIds": [wanted]}
        asking = [structs.replace(context, region=region)]
        if account != context.account:  # what another account keeps has to let both in: who asks, and Lambda for its functions
            source_arn = f"arn:aws:lambda:{context.region}:{context.account}:function:{function_name}"
            asking.append(structs.replace(asking[0].on_behalf_of(_SERVICE), account=account, source_arn=source_arn))
        try:
            for each in asking:
                reply = await self._call(each, "ecr", "BatchGetImage", parameters)
        except ServiceError as error:
            if error.code == "AccessDeniedException":
                raise errors.ImageForbidden() from error
            raise errors.ImageMissing(uri=uri) from error
        if not reply["images"]:
            raise errors.ImageMissing(uri=uri)
        manifest = reply["images"][0]["imageManifest"].encode()
        parts = _readable(manifest, uri)
        try:
            for sha256 in (parts.config, *parts.layers):
                file = await self._layer_file(account, region, source.repository, f"sha256:{sha256}")
                await self._blobs.adopt(file, sha256)
        except FileNotFoundError as error:
            raise errors.ImageMissing(uri=uri) from error
        if self._blobs.path(parts.config).stat().st_size > CONFIG_BYTES_MAX:
            raise errors.ImageUnsupported(uri=uri)
        config = b"".join([chunk async for chunk in self._blobs.open(parts.config)])
        kept = await self._blobs.put(manifest)
        image = image_of(parts, config, uri=uri, resolved_uri=f"{source.address}@sha256:{kept.sha256}")
        return Code(kept.sha256, 0, 0), image

    async def _from_disk(self, source: LocalImage, uri: str, architecture: str) -> tuple[Code, Image]:
        found = await asyncio.to_thread(local_images.read, source, ARCHITECTURES[architecture])
        if found is None:
            raise errors.ImageMissing(uri=uri)
        parts = _readable(found.manifest, uri)
        if hashlib.sha256(found.config).hexdigest() != parts.config or set(found.layers) != set(parts.layers):
            raise errors.ImageNotValid(uri=uri)
        for sha256, open_layer in found.layers.items():
            if self._blobs.path(sha256).is_file():
                continue
            blob = await self._blobs.put(_chunks(open_layer()))
            if blob.sha256 != sha256:
                raise errors.ImageNotValid(uri=uri)
        await self._blobs.put(found.config)
        kept = await self._blobs.put(found.manifest)
        image = image_of(parts, found.config, uri=uri, resolved_uri=f"{source.address}@sha256:{kept.sha256}")
        return Code(kept.sha256, 0, 0), image


def _readable(manifest: bytes, uri: str) -> Parts:
    """What it names. Raises ImageUnsupported, ImageNeedsZstd."""
    parts = parts_of(manifest, uri)
    if parts.is_zstd and not zstd.is_here():
        raise errors.ImageNeedsZstd(uri=uri)
    return parts


async def _chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK_BYTES):
            yield chunk
