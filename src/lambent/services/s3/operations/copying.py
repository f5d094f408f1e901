"""CopyObject and UploadPartCopy: bytes that go from object to object without leaving the platform."""

from dataclasses import replace

from lambent.core import ids
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.s3 import errors
from lambent.services.s3.bodies import OBJECT_BYTES_MAX, Expected, Reading
from lambent.services.s3.engine import conditions, names, objects, uploads
from lambent.services.s3.engine.objects import Found, Stored
from lambent.services.s3.operations import replies, requests
from lambent.services.s3.operations.objects import ObjectOperations
from lambent.services.s3.operations.requests import CopySource
from lambent.services.s3.tables.objects import Description, ObjectVersion
from lambent.services.s3.tables.uploads import Part


class CopyOperations(ObjectOperations):
    async def copy_object(self, context: Context, parameters: Parameters) -> Reply:
        requests.check_owner(context, parameters)
        names.check_key(parameters["Key"])
        source = requests.copy_source(parameters)
        found = await self._source(context, source, parameters)
        if found.object.size > OBJECT_BYTES_MAX:
            raise errors.InvalidRequest(
                f"The specified copy source is larger than the maximum allowable size for a copy source: {OBJECT_BYTES_MAX}"
            )
        _check_change(source, parameters)
        await self.bucket(context, parameters["Bucket"])
        stored = await self._copy(context, source, found, parameters)
        result = {
            "ETag": replies.quoted(stored.object.etag),
            "LastModified": replies.time(stored.object.modified_at),
            **replies.checksum(stored.object.checksum),
        }
        told = self.told_write(stored)
        del told["ETag"]
        return {**told, "CopyObjectResult": result, "CopySourceVersionId": found.told_version_id}

    async def upload_part_copy(self, context: Context, parameters: Parameters) -> Reply:
        requests.check_owner(context, parameters)
        uploads.check_part_number(parameters["PartNumber"])
        upload = (context.account, parameters["Bucket"], parameters["Key"], parameters["UploadId"])
        _, under_way = await self.store.read(uploads.require, *upload)
        source = requests.copy_source(parameters)
        found = await self._source(context, source, parameters)
        span = conditions.copy_span_of(parameters.get("CopySourceRange"), found.object.size)
        if span.length > OBJECT_BYTES_MAX:
            raise errors.EntityTooLarge(ProposedSize=span.length, MaxSizeAllowed=OBJECT_BYTES_MAX)
        body = self._body(source, found, span.first, span.length)
        async with self.bodies.received(body, Expected(algorithm=under_way.checksum_algorithm)) as received:
            checksum = received.checksum
            part = Part(
                parameters["PartNumber"],
                received.sha256,
                received.size,
                received.md5,
                self.now(),
                checksum.algorithm,
                checksum.value,
            )
            self.bodies.suspect(await self.store.write(uploads.put_part, *upload, part))
        told_checksum = {name: value for name, value in replies.checksum(checksum).items() if name != "ChecksumType"}
        return {
            "CopySourceVersionId": found.told_version_id,
            "CopyPartResult": {
                "ETag": replies.quoted(part.etag),
                "LastModified": replies.time(part.modified_at),
                **told_checksum,
            },
            **replies.encryption(found.object),
        }

    async def _source(self, context: Context, source: CopySource, parameters: Parameters) -> Found:
        requests.check_owner(context, parameters, "ExpectedSourceBucketOwner")
        try:
            found = await self.store.read(objects.find, context.account, source.bucket, source.key, source.version_id)
        except errors.MethodNotAllowed as error:
            raise errors.InvalidRequest(
                "The source of a copy request may not specifically refer to a delete marker by version id."
            ) from error
        conditions.check_read(requests.read_conditions(parameters, "CopySource"), found.object, is_copy=True)
        return found

    async def _copy(self, context: Context, source: CopySource, found: Found, parameters: Parameters) -> Stored:
        algorithm = requests.known_algorithm(str(parameters.get("ChecksumAlgorithm") or ""))
        kept = found.object.checksum
        demands = requests.write_conditions(parameters)
        target = (context.account, parameters["Bucket"])
        has_one_blob = bool(found.object.sha256)
        if has_one_blob and algorithm in ("", kept.algorithm):
            async with self.bodies.pinned(found.object.sha256) as is_there:
                if not is_there:  # it went away after its row was read
                    raise errors.NoSuchKey(Key=source.key)
                return await self.store.write(objects.put, *target, self._copied(found.object, parameters), demands=demands)
        body = self._body(source, found, 0, found.object.size)
        async with self.bodies.received(body, Expected(algorithm=algorithm or kept.algorithm)) as received:
            new = replace(
                self._copied(found.object, parameters),
                sha256=received.sha256,
                etag=received.md5,
                checksum=received.checksum,
                upload_id="",
            )
            return await self.store.write(objects.put, *target, new, demands=demands)

    def _body(self, source: CopySource, found: Found, first: int, length: int) -> Reading:
        reading = self.bodies.reading(found.pieces, first, length)
        if reading is None:  # it went away after its row was read
            raise errors.NoSuchKey(Key=source.key)
        return reading

    def _copied(self, of: ObjectVersion, parameters: Parameters) -> ObjectVersion:
        tags = requests.header_tags(parameters) if parameters.get("TaggingDirective") == "REPLACE" else of.tags
        return replace(
            of,
            key=parameters["Key"],
            version_id=ids.lower_and_digits(32),
            modified_at=self.now(),
            description=_description(of.description, parameters),
            tags=tags,
        )


def _description(of: Description, parameters: Parameters) -> Description:
    """The source's, or the request's where it says REPLACE; the storage class is always the request's."""
    asked_for = requests.description(parameters)
    if parameters.get("MetadataDirective") == "REPLACE":
        return asked_for
    given = {name for name in requests.HEADERS if parameters.get(name) is not None}
    always_the_requests = {"WebsiteRedirectLocation", "ServerSideEncryption", "SSEKMSKeyId", "BucketKeyEnabled"} & given
    headers = {**of.headers, **{name: asked_for.headers[name] for name in always_the_requests}}
    return Description(headers, of.metadata, asked_for.storage_class)


def _check_change(source: CopySource, parameters: Parameters) -> None:
    """Copying an object to itself must change something about it."""
    is_itself = (source.bucket, source.key) == (parameters["Bucket"], parameters["Key"]) and source.version_id is None
    changes = ("StorageClass", "WebsiteRedirectLocation", "ServerSideEncryption", "ChecksumAlgorithm")
    is_changed = parameters.get("MetadataDirective") == "REPLACE" or any(parameters.get(name) for name in changes)
    if is_itself and not is_changed:
        raise errors.InvalidRequest(
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's "
            "metadata, storage class, website redirect location or encryption attributes."
        )
