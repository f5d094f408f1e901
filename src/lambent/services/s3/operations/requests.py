"""From AWS' parameters to typed values: what a client says about objects, copies, tags and conditions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, unquote_plus

from msgspec import Struct

from lambent.core.context import Context
from lambent.core.ports import Parameters
from lambent.services.s3 import errors
from lambent.services.s3.bodies import Expected
from lambent.services.s3.engine.conditions import ReadConditions, WriteConditions
from lambent.services.s3.tables.objects import Description
from lambent.wire import checksums

METADATA_BYTES_MAX = 2_048
OBJECT_TAGS_MAX = 10
BUCKET_TAGS_MAX = 50
TAG_KEY_CHARS_MAX = 128
TAG_VALUE_CHARS_MAX = 256
KEYS_MAX = 1_000  # a page

HEADERS = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Expires",
    "WebsiteRedirectLocation",
    "ServerSideEncryption",
    "SSEKMSKeyId",
    "BucketKeyEnabled",
)
"""What is kept of a request's headers with an object and told with it again."""

CONTENT_TYPE_DEFAULT = "binary/octet-stream"
STORAGE_CLASSES = (
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER_IR",
    "GLACIER",
    "DEEP_ARCHIVE",
)
_NOT_HERE = ("SSECustomerKey", "ObjectLockMode", "ObjectLockLegalHoldStatus", "WriteOffsetBytes")
_ACLS_WITHOUT_EFFECT = ("private", "bucket-owner-full-control")
_GRANTS = ("GrantFullControl", "GrantRead", "GrantReadACP", "GrantWriteACP", "GrantWrite")


class CopySource(Struct, frozen=True):
    bucket: str
    key: str
    version_id: str | None


def check_owner(context: Context, parameters: Parameters, member: str = "ExpectedBucketOwner") -> None:
    """A client may say whose bucket it expects to meet."""
    owner = parameters.get(member)
    if owner is not None and owner != context.account:
        raise errors.AccessDenied()


def description(parameters: Parameters) -> Description:
    for member in _NOT_HERE:
        if parameters.get(member) is not None:
            raise errors.NotImplementedHere(Header=member)
    if parameters.get("ACL", "private") not in _ACLS_WITHOUT_EFFECT or any(parameters.get(grant) for grant in _GRANTS):
        raise errors.AclsAreOff()
    metadata = dict(parameters.get("Metadata") or {})
    size = sum(len(key.encode()) + len(value.encode()) for key, value in metadata.items())
    if size > METADATA_BYTES_MAX:
        raise errors.MetadataTooLarge(Size=size, MaxSizeAllowed=METADATA_BYTES_MAX)
    return Description(_headers(parameters), metadata, storage_class(parameters))


def storage_class(parameters: Parameters) -> str:
    name = str(parameters.get("StorageClass") or "STANDARD")
    if name not in STORAGE_CLASSES:
        raise errors.InvalidStorageClass(StorageClassRequested=name)
    return name


def _headers(parameters: Parameters) -> dict[str, str]:
    headers = {name: _text(parameters[name]) for name in HEADERS if parameters.get(name) is not None}
    headers.setdefault("ContentType", CONTENT_TYPE_DEFAULT)
    headers.setdefault("ServerSideEncryption", "AES256")  # S3 encrypts whatever it is given, and says so
    encodings = [part.strip() for part in headers.pop("ContentEncoding", "").split(",")]
    kept = [encoding for encoding in encodings if encoding not in ("", "aws-chunked")]  # that one was the transfer's
    if kept:
        headers["ContentEncoding"] = ",".join(kept)
    return headers


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return str(int(value.timestamp()))
    return str(value).lower() if isinstance(value, bool) else str(value)


def given_checksums(parameters: Parameters) -> dict[str, str]:
    """By algorithm, those that the client sent."""
    given = {name: parameters.get(f"Checksum{name}") for name in checksums.RUNNING}
    return {name: str(value) for name, value in given.items() if value}


def expected(parameters: Parameters) -> Expected:
    """What is to be verified of the body that follows."""
    algorithm = str(parameters.get("ChecksumAlgorithm") or "")
    return Expected(parameters.get("ContentMD5"), given_checksums(parameters), known_algorithm(algorithm))


def known_algorithm(name: str) -> str:
    if name and name not in checksums.RUNNING:
        raise errors.NotImplementedHere(Header=f"x-amz-checksum-{name.lower()}")
    return name


def read_conditions(parameters: Parameters, prefix: str = "") -> ReadConditions:
    return ReadConditions(
        parameters.get(prefix + "IfMatch"),
        parameters.get(prefix + "IfNoneMatch"),
        parameters.get(prefix + "IfModifiedSince"),
        parameters.get(prefix + "IfUnmodifiedSince"),
    )


def write_conditions(parameters: Parameters) -> WriteConditions:
    return WriteConditions(parameters.get("IfMatch"), parameters.get("IfNoneMatch"))


def copy_source(parameters: Parameters) -> CopySource:
    """``bucket/key?versionId=id``, encoded as in a URL, with or without a slash before it."""
    text = str(parameters["CopySource"])
    path, _, query = text.partition("?versionId=")
    bucket, _, key = unquote(path).removeprefix("/").partition("/")
    if not bucket or not key:
        raise errors.InvalidArgument(
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
            name="x-amz-copy-source",
            value=text,
        )
    return CopySource(bucket, key, unquote(query) or None)


def header_tags(parameters: Parameters) -> dict[str, str]:
    """Tags as the x-amz-tagging header spells them: key=value&key=value."""
    text = str(parameters.get("Tagging") or "")
    return checked_tags(parse_qsl(text, keep_blank_values=True), count_max=OBJECT_TAGS_MAX)


def tag_set(parameters: Parameters, *, count_max: int) -> dict[str, str]:
    tags = parameters["Tagging"].get("TagSet") or []
    return checked_tags([(tag["Key"], tag.get("Value") or "") for tag in tags], count_max=count_max)


def checked_tags(pairs: list[tuple[str, str]], *, count_max: int) -> dict[str, str]:
    if len(pairs) > count_max:
        raise errors.TooManyTags(count_max)
    tags: dict[str, str] = {}
    for key, value in pairs:
        if key in tags:
            raise errors.InvalidTag("Cannot provide multiple Tags with the same key")
        if not 1 <= len(key) <= TAG_KEY_CHARS_MAX:
            raise errors.InvalidTag("The TagKey you have provided is invalid")
        if len(value) > TAG_VALUE_CHARS_MAX:
            raise errors.InvalidTag("The TagValue you have provided is invalid")
        if key.startswith("aws:"):
            raise errors.InvalidTag("System tags cannot be added/updated by requester")
        tags[key] = value
    return tags


def page_size(parameters: Parameters, member: str, argument: str) -> int:
    """How many a client wants on a page: at most 1,000, whatever it asks for."""
    asked_for = parameters.get(member)
    if asked_for is None:
        return KEYS_MAX
    if not 0 <= asked_for <= 2**31 - 1:
        raise errors.InvalidArgument(
            f"Argument {argument} must be an integer between 0 and 2147483647", name=argument, value=asked_for
        )
    return min(int(asked_for), KEYS_MAX)


def etag(value: str | None) -> str:
    """Without the quotes, whether or not the client sent them (some send them as entities of XML)."""
    return unquote_plus(value or "").strip('"')


def members(parameters: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    return list(parameters.get(name) or [])
