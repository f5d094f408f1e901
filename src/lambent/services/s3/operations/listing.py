"""Operations that list: objects, their versions, uploads under way and their parts."""

import base64
import binascii
from typing import Any

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.s3 import errors
from lambent.services.s3.engine import buckets, listing, uploads
from lambent.services.s3.engine.listing import Look, Page, Place
from lambent.services.s3.operations import replies, requests
from lambent.services.s3.operations.base import Base
from lambent.services.s3.tables import uploads as upload_rows
from lambent.services.s3.tables.buckets import Bucket
from lambent.services.s3.tables.objects import ObjectVersion
from lambent.services.s3.tables.uploads import Part, Upload
from lambent.store.database import Transaction


class ListOperations(Base):
    async def list_objects(self, context: Context, parameters: Parameters) -> Reply:
        look, marker = _look(parameters, "MaxKeys", "maxKeys"), parameters.get("Marker") or ""
        page = await self._latest(context, parameters, look, listing.behind(marker, look))
        encoding = parameters.get("EncodingType")
        return {
            **_told_look(parameters, look, page),
            "Marker": replies.url_encoded(marker, encoding),
            # AWS tells the next marker only to who uses a delimiter; others go on from the last key.
            "NextMarker": replies.url_encoded(page.last, encoding) if page.is_truncated and look.delimiter else None,
            "Contents": [_told_object(one, context, encoding, with_owner=True) for one in page.items],
        }

    async def list_objects_v2(self, context: Context, parameters: Parameters) -> Reply:
        look, token = _look(parameters, "MaxKeys", "maxKeys"), parameters.get("ContinuationToken")
        start_after = parameters.get("StartAfter") or ""
        after = start_after if token is None else _marker_of(token)
        page = await self._latest(context, parameters, look, listing.behind(after, look))
        encoding, with_owner = parameters.get("EncodingType"), bool(parameters.get("FetchOwner"))
        return {
            **_told_look(parameters, look, page),
            "KeyCount": page.count,
            "ContinuationToken": token,
            "NextContinuationToken": _token_of(page.last) if page.is_truncated else None,
            "StartAfter": replies.url_encoded(start_after, encoding) or None,
            "Contents": [_told_object(one, context, encoding, with_owner=with_owner) for one in page.items],
        }

    async def list_object_versions(self, context: Context, parameters: Parameters) -> Reply:
        requests.check_owner(context, parameters)
        look = _look(parameters, "MaxKeys", "max-keys")
        key_marker, id_marker = parameters.get("KeyMarker") or "", parameters.get("VersionIdMarker") or ""
        if id_marker and not key_marker:
            raise errors.InvalidArgument(
                "A version-id marker cannot be specified without a key marker.", name="version-id-marker", value=id_marker
            )
        where = (context.account, parameters["Bucket"])
        page = await self.store.read(_versions, *where, look, key_marker, id_marker)
        encoding = parameters.get("EncodingType")
        told = [_told_version(one, context, encoding) for one in page.items]
        last = page.items[-1] if page.items and page.items[-1].key == page.last else None
        return {
            **_told_look(parameters, look, page),
            "KeyMarker": replies.url_encoded(key_marker, encoding),
            "VersionIdMarker": id_marker,
            "NextKeyMarker": replies.url_encoded(page.last, encoding) if page.is_truncated else None,
            "NextVersionIdMarker": last.version_id if page.is_truncated and last else None,
            "Versions": [reply for one, reply in zip(page.items, told, strict=True) if not one.is_delete_marker],
            "DeleteMarkers": [reply for one, reply in zip(page.items, told, strict=True) if one.is_delete_marker],
        }

    async def list_multipart_uploads(self, context: Context, parameters: Parameters) -> Reply:
        requests.check_owner(context, parameters)
        look = _look(parameters, "MaxUploads", "max-uploads")
        key_marker, id_marker = parameters.get("KeyMarker") or "", parameters.get("UploadIdMarker") or ""
        place = Place(key_marker, id_marker) if key_marker and id_marker else listing.behind(key_marker, look)
        page = await self.store.read(_under_way, context.account, parameters["Bucket"], look, place)
        encoding = parameters.get("EncodingType")
        told = _told_look(parameters, look, page)
        del told["Name"], told["MaxKeys"]
        last = page.items[-1] if page.items and page.items[-1].key == page.last else None
        return {
            **told,
            "Bucket": parameters["Bucket"],
            "KeyMarker": replies.url_encoded(key_marker, encoding),
            "UploadIdMarker": id_marker,
            "NextKeyMarker": replies.url_encoded(page.last, encoding) if page.is_truncated else None,
            "NextUploadIdMarker": last.upload_id if page.is_truncated and last else None,
            "MaxUploads": look.count_max,
            "Uploads": [_told_upload(one, context, encoding) for one in page.items],
        }

    async def list_parts(self, context: Context, parameters: Parameters) -> Reply:
        requests.check_owner(context, parameters)
        count_max = requests.page_size(parameters, "MaxParts", "max-parts")
        after = int(parameters.get("PartNumberMarker") or 0)
        where = (context.account, parameters["Bucket"], parameters["Key"], parameters["UploadId"])
        upload, found = await self.store.read(_parts, *where, after, count_max + 1)
        page = found[:count_max]
        return {
            "Bucket": parameters["Bucket"],
            "Key": upload.key,
            "UploadId": upload.upload_id,
            "PartNumberMarker": after,
            "NextPartNumberMarker": page[-1].number if page else 0,
            "MaxParts": count_max,
            "IsTruncated": len(found) > count_max,
            "Parts": [_told_part(part) for part in page],
            "Initiator": replies.owner(context.account),
            "Owner": replies.owner(context.account),
            "StorageClass": upload.description.storage_class,
            "ChecksumAlgorithm": upload.checksum_algorithm or None,
            "ChecksumType": upload.checksum_type or None,
        }

    async def _latest(self, context: Context, parameters: Parameters, look: Look, place: Place) -> Page[ObjectVersion]:
        requests.check_owner(context, parameters)
        return await self.store.read(_latest, context.account, parameters["Bucket"], look, place)


# ---- in a transaction ------------------------------------------------------------------------------------------------


def _latest(tx: Transaction, account: str, name: str, look: Look, place: Place) -> Page[ObjectVersion]:
    return listing.latest(tx, buckets.require(tx, account, name), look, place)


def _versions(tx: Transaction, account: str, name: str, look: Look, key_marker: str, id_marker: str) -> Page[ObjectVersion]:
    bucket: Bucket = buckets.require(tx, account, name)
    return listing.versions(tx, bucket, look, listing.version_place(tx, bucket, key_marker, id_marker, look))


def _under_way(tx: Transaction, account: str, name: str, look: Look, place: Place) -> Page[Upload]:
    return listing.under_way(tx, buckets.require(tx, account, name), look, place)


def _parts(
    tx: Transaction, account: str, name: str, key: str, upload_id: str, after: int, count_max: int
) -> tuple[Upload, list[Part]]:
    bucket, upload = uploads.require(tx, account, name, key, upload_id)
    return upload, upload_rows.parts(tx, bucket, upload_id, after=after, count_max=count_max)


# ---- what is asked and told ------------------------------------------------------------------------------------------


def _look(parameters: Parameters, member: str, argument: str) -> Look:
    return Look(
        prefix=parameters.get("Prefix") or "",
        delimiter=parameters.get("Delimiter") or "",
        count_max=requests.page_size(parameters, member, argument),
    )


def _told_look(parameters: Parameters, look: Look, page: Page[Any]) -> Reply:
    encoding = parameters.get("EncodingType")
    return {
        "Name": parameters["Bucket"],
        "Prefix": replies.url_encoded(look.prefix, encoding),
        "Delimiter": replies.url_encoded(look.delimiter, encoding) or None,
        "MaxKeys": look.count_max,
        "EncodingType": encoding,
        "IsTruncated": page.is_truncated,
        "CommonPrefixes": [{"Prefix": replies.url_encoded(common, encoding)} for common in page.common_prefixes],
    }


def _told_object(one: ObjectVersion, context: Context, encoding: str | None, *, with_owner: bool) -> Reply:
    return {
        "Key": replies.url_encoded(one.key, encoding),
        "LastModified": replies.time(one.modified_at),
        "ETag": replies.quoted(one.etag),
        "ChecksumAlgorithm": [one.checksum.algorithm] if one.checksum.algorithm else None,
        "ChecksumType": one.checksum.type if one.checksum.algorithm else None,
        "Size": one.size,
        "StorageClass": one.description.storage_class,
        "Owner": replies.owner(context.account) if with_owner else None,
    }


def _told_version(one: ObjectVersion, context: Context, encoding: str | None) -> Reply:
    told = _told_object(one, context, encoding, with_owner=True)
    told |= {"VersionId": one.version_id, "IsLatest": one.is_latest}
    if not one.is_delete_marker:
        return told
    return {name: told[name] for name in ("Key", "VersionId", "IsLatest", "LastModified", "Owner")}


def _told_upload(one: Upload, context: Context, encoding: str | None) -> Reply:
    return {
        "Key": replies.url_encoded(one.key, encoding),
        "UploadId": one.upload_id,
        "Initiated": replies.time(one.initiated_at),
        "StorageClass": one.description.storage_class,
        "Owner": replies.owner(context.account),
        "Initiator": replies.owner(context.account),
        "ChecksumAlgorithm": one.checksum_algorithm or None,
        "ChecksumType": one.checksum_type or None,
    }


def _told_part(part: Part) -> Reply:
    told: Reply = {
        "PartNumber": part.number,
        "LastModified": replies.time(part.modified_at),
        "ETag": replies.quoted(part.etag),
        "Size": part.size,
    }
    if part.checksum_algorithm:
        told[f"Checksum{part.checksum_algorithm}"] = part.checksum_value
    return told


def _token_of(marker: str) -> str:
    """Continuation tokens say nothing to who reads them, so that nobody builds on what they hold."""
    return base64.urlsafe_b64encode(b"1" + marker.encode()).decode()


def _marker_of(token: str) -> str:
    try:
        decoded = base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        decoded = ""
    if not decoded.startswith("1"):
        raise errors.InvalidArgument("The continuation token provided is incorrect", name="continuation-token")
    return decoded[1:]
