"""Layers through AWS' operations: uploaded in parts, looked for, handed out by URL."""

from pathlib import Path

from lambent.core.context import Context, Scope
from lambent.core.ports import Parameters, Reply
from lambent.services.ecr import errors
from lambent.services.ecr.engine import layers, limits
from lambent.services.ecr.engine.identifiers import RepositoryName, is_digest
from lambent.services.ecr.operations.base import Base, head


class LayerOperations(Base):
    """What docker does through its own protocol, as operations."""

    async def initiate_layer_upload(self, context: Context, parameters: Parameters) -> Reply:
        upload = await self._layers.begin(await self._named(context, parameters, "InitiateLayerUpload"))
        return {"uploadId": upload, "partSize": limits.PIECE_BYTES}

    async def upload_layer_part(self, context: Context, parameters: Parameters) -> Reply:
        name, upload = await self._named(context, parameters, "UploadLayerPart"), parameters["uploadId"]
        first, last, data = parameters["partFirstByte"], parameters["partLastByte"], parameters["layerPartBlob"]
        if last - first + 1 != len(data):
            raise errors.InvalidLayerPart()
        received = await self._layers.add(name, upload, data, first_byte=first)
        return head(name) | {"uploadId": upload, "lastByteReceived": received - 1}

    async def complete_layer_upload(self, context: Context, parameters: Parameters) -> Reply:
        name, upload, digest = (
            await self._named(context, parameters, "CompleteLayerUpload"),
            parameters["uploadId"],
            parameters["layerDigests"][0],
        )
        if (await self._store.read(layers.sizes, name, [digest]))[0] is not None:
            raise errors.LayerAlreadyExists(digest=digest, name=name.name, account=name.scope.account)
        await self._layers.complete(name, upload, digest)
        return head(name) | {"uploadId": upload, "layerDigest": digest}

    async def batch_check_layer_availability(self, context: Context, parameters: Parameters) -> Reply:
        digests: list[str] = parameters["layerDigests"]
        sizes = await self._store.read(
            layers.sizes, await self._named(context, parameters, "BatchCheckLayerAvailability"), digests
        )
        found: list[dict[str, object]] = []
        failures = []
        for digest, size in zip(digests, sizes, strict=True):
            if not is_digest(digest):
                reason = "Invalid layer digest"
                failures.append({"layerDigest": digest, "failureCode": "InvalidLayerDigest", "failureReason": reason})
            elif size is None:
                found.append({"layerDigest": digest, "layerAvailability": "UNAVAILABLE"})
            else:
                found.append({"layerDigest": digest, "layerAvailability": "AVAILABLE", "layerSize": size})
        return {"layers": found, "failures": failures}

    async def get_download_url_for_layer(self, context: Context, parameters: Parameters) -> Reply:
        name, digest = await self._named(context, parameters, "GetDownloadUrlForLayer"), parameters["layerDigest"]
        await self._layers.size(name, digest)
        url = self._distribution.download_url(context, name, digest)
        return {"downloadUrl": url, "layerDigest": digest}

    @property
    def offers(self) -> dict[str, object]:
        """For the services that are built after this one."""
        return {"layer_file": self.layer_file}

    async def layer_file(self, account: str, region: str, repository: str, digest: str) -> Path:
        """``core.ports.LayerFile``."""
        try:
            await self._layers.size(RepositoryName(Scope(account, region), repository), digest)
        except errors.EcrError as error:
            raise FileNotFoundError(error.message) from error
        return self._layers.path(digest)
