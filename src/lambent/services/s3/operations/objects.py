"""Operations on one object: put, get, head, delete, and its attributes and tags."""

from collections.abc import Sequence

from lambent.core import ids
from lambent.core.context import Context
from lambent.core.errors import Defect
from lambent.core.ports import Parameters, Reply
from lambent.services.s3 import errors
from lambent.services.s3.bodies import OBJECT_BYTES_MAX, Reading, Received
from lambent.services.s3.engine import conditions, names, objects
from lambent.services.s3.engine.conditions import Span
from lambent.services.s3.engine.objects import Deleted, Doomed, Found, Stored
from lambent.services.s3.operations import replies, requests
from lambent.services.s3.operations.base import Base
from lambent.services.s3.tables.objects import Description, ObjectVersion
from lambent.services.s3.tables.uploads import Part

DELETES_MAX = 1_000
LOOKS_MAX = 100
_OVERRIDES = ("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "Expires")


class ObjectOperations(Base):
    async def put_object(self, context: Context, parameters: Parameters) -> Reply:
        requests.check_owner(context, parameters)
        names.check_key(parameters["Key"])
        check_length(parameters)
        description, tags = requests.description(parameters), requests.header_tags(parameters)
        demands = requests.write_conditions(parameters)
        await self.bucket(context, parameters["Bucket"])
        async with self.bodies.received(parameters.get("Body") or b"", requests.expected(parameters)) as received:
            new = self.new_object(parameters["Key"], received, description, tags)
            stored = await self.store.write(objects.put, context.account, parameters["Bucket"], new, demands=demands)
        return self.told_write(stored) | replies.checksum(stored.object.checksum)

    async def get_object(self, context: Context, parameters: Parameters) -> Reply:
        found, span, reading = await self.open_body(context, parameters)
        return self._told(found, span, parameters) | {"Body": reading}

    async def head_object(self, context: Context, parameters: Parameters) -> Reply:
        found = await self._found(context, parameters)
        return self._told(found, _span(found, parameters), parameters)

    async def delete_object(self, context: Context, parameters: Parameters) -> Reply:
        requests.check_owner(context, parameters)
        doomed = self._doomed(parameters["Key"], parameters.get("VersionId"), parameters.get("IfMatch"))
        deleted = await self.store.write(objects.delete, context.account, parameters["Bucket"], doomed)
        self.bodies.suspect(deleted.suspects)
        return {"VersionId": deleted.version_id, "DeleteMarker": deleted.is_delete_marker or None}

    async def delete_objects(self, context: Context, parameters: Parameters) -> Reply:
        """Deletes up to 1,000 objects, each for itself: what fails is told and does not stop the others."""
        requests.check_owner(context, parameters)
        wanted = requests.members(parameters["Delete"], "Objects")
        if not 1 <= len(wanted) <= DELETES_MAX:
            raise errors.MalformedXml()
        doomed = [self._doomed(one["Key"], one.get("VersionId"), one.get("ETag")) for one in wanted]
        outcomes = await self.store.write(objects.delete_many, context.account, parameters["Bucket"], doomed)
        told: list[Reply] = []
        failed: list[Reply] = []
        for one, outcome in zip(doomed, outcomes, strict=True):
            if isinstance(outcome, Deleted):
                self.bodies.suspect(outcome.suspects)
                told.append(_told_deleted(one, outcome))
            else:
                failed.append({"Key": one.key, "VersionId": one.version_id, "Code": outcome.code, "Message": outcome.message})
        return {"Deleted": [] if parameters["Delete"].get("Quiet") else told, "Errors": failed}

    async def get_object_attributes(self, context: Context, parameters: Parameters) -> Reply:
        found = await self._found(context, parameters)
        version = found.object
        attributes = {
            "ETag": version.etag,
            "Checksum": replies.checksum(version.checksum) or None,
            "ObjectParts": _told_parts(found.parts, parameters),
            "StorageClass": version.description.storage_class,
            "ObjectSize": version.size,
        }
        return {
            **{name: attributes[name] for name in parameters["ObjectAttributes"] if name in attributes},
            "LastModified": replies.time(version.modified_at),
            "VersionId": found.told_version_id,
        }

    async def put_object_tagging(self, context: Context, parameters: Parameters) -> Reply:
        return await self._set_tags(context, parameters, requests.tag_set(parameters, count_max=requests.OBJECT_TAGS_MAX))

    async def delete_object_tagging(self, context: Context, parameters: Parameters) -> Reply:
        return await self._set_tags(context, parameters, {})

    async def get_object_tagging(self, context: Context, parameters: Parameters) -> Reply:
        found = await self._found(context, parameters)
        return {"TagSet": replies.tag_set(found.object.tags), "VersionId": found.told_version_id}

    # ---- shared with copies and uploads ------------------------------------------------------------------------------

    async def open_body(self, context: Context, parameters: Parameters) -> tuple[Found, Span, Reading]:
        """The object that is asked for, the bytes of it, and the stream of these."""
        for _ in range(LOOKS_MAX):
            found = await self._found(context, parameters)
            span = _span(found, parameters)
            reading = self.bodies.reading(found.pieces, span.first, span.length)
            if reading is not None:
                return found, span, reading
            # Between the row and the bytes the object was replaced or deleted: look again.
        raise Defect(f"the bytes of {parameters['Bucket']}/{parameters['Key']} are not where its row says")

    def new_object(self, key: str, received: Received, description: Description, tags: dict[str, str]) -> ObjectVersion:
        return ObjectVersion(
            key=key,
            sequence=0,
            version_id=ids.lower_and_digits(32),
            size=received.size,
            etag=received.md5,
            modified_at=self.now(),
            sha256=received.sha256,
            checksum=received.checksum,
            description=description,
            tags=tags,
        )

    def told_write(self, stored: Stored) -> Reply:
        self.bodies.suspect(stored.suspects)
        return {
            "ETag": replies.quoted(stored.object.etag),
            "VersionId": stored.told_version_id,
            **replies.encryption(stored.object),
        }

    async def _found(self, context: Context, parameters: Parameters) -> Found:
        requests.check_owner(context, parameters)
        found = await self.store.read(
            objects.find, context.account, parameters["Bucket"], parameters["Key"], parameters.get("VersionId")
        )
        conditions.check_read(requests.read_conditions(parameters), found.object)
        return found

    def _told(self, found: Found, span: Span, parameters: Parameters) -> Reply:
        overrides = {name: parameters.get(f"Response{name}") for name in _OVERRIDES}
        wants_checksum = parameters.get("ChecksumMode") == "ENABLED"
        told = replies.object_headers(found, span, wants_checksum=wants_checksum, overrides=overrides)
        if parameters.get("PartNumber") is not None and found.parts:
            told["PartsCount"] = len(found.parts)
        return told

    def _doomed(self, key: str, version_id: str | None, match: str | None) -> Doomed:
        marker = ObjectVersion(key, 0, ids.lower_and_digits(32), modified_at=self.now(), is_delete_marker=True)
        return Doomed(key, version_id or None, match, marker)

    async def _set_tags(self, context: Context, parameters: Parameters, tags: dict[str, str]) -> Reply:
        requests.check_owner(context, parameters)
        where = (context.account, parameters["Bucket"], parameters["Key"], parameters.get("VersionId"))
        found = await self.store.write(objects.set_tags, *where, tags)
        return {"VersionId": found.told_version_id}


def check_length(parameters: Parameters) -> None:
    """Refuses at once what its own header says is too long."""
    length = parameters.get("ContentLength") or 0
    if length > OBJECT_BYTES_MAX:
        raise errors.EntityTooLarge(ProposedSize=length, MaxSizeAllowed=OBJECT_BYTES_MAX)


def _span(found: Found, parameters: Parameters) -> Span:
    asked_for, number = parameters.get("Range"), parameters.get("PartNumber")
    if number is None:
        return conditions.span_of(asked_for, found.object.size)
    if asked_for is not None:
        raise errors.InvalidRequest("Cannot specify both Range header and partNumber query parameter")
    sizes = [part.size for part in found.parts] or [found.object.size]
    if not 1 <= number <= len(sizes):
        raise errors.InvalidPartNumber(PartNumberRequested=number, ActualPartCount=len(sizes))
    first = sum(sizes[: number - 1])
    return Span(first, first + sizes[number - 1] - 1, found.object.size, is_part=found.object.size > 0)


def _told_deleted(one: Doomed, deleted: Deleted) -> Reply:
    """A delete by version tells which version went; one without tells the marker that it made."""
    told: Reply = {"Key": one.key, "VersionId": one.version_id, "DeleteMarker": deleted.is_delete_marker or None}
    if deleted.is_delete_marker:
        told["DeleteMarkerVersionId"] = deleted.version_id
    return told


def _told_parts(parts: Sequence[Part], parameters: Parameters) -> Reply | None:
    if not parts:
        return None
    count_max = min(int(parameters.get("MaxParts") or requests.KEYS_MAX), requests.KEYS_MAX)
    after = int(parameters.get("PartNumberMarker") or 0)
    behind = [(number, part) for number, part in enumerate(parts, start=1) if number > after]
    page = behind[:count_max]
    told: Reply = {"TotalPartsCount": len(parts)}
    if parts[0].checksum_algorithm:  # AWS lists the parts only of objects uploaded with checksums
        told |= {
            "PartNumberMarker": str(after),
            "MaxParts": count_max,
            "IsTruncated": len(behind) > len(page),
            "NextPartNumberMarker": str(page[-1][0] if page else 0),
            "Parts": [
                {"PartNumber": number, "Size": part.size, f"Checksum{part.checksum_algorithm}": part.checksum_value}
                for number, part in page
            ],
        }
    return told
