"""What s3 answers when it does not do as asked: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html."""

from collections.abc import Mapping
from typing import Any, ClassVar

from lambent.core.errors import ServiceError


class S3Error(ServiceError):
    """An error of s3: its facts are told again as elements beside the message, as S3 does, but for a ``reason``."""

    status: ClassVar[int] = 400

    def __init__(self, *, headers: Mapping[str, str] | None = None, **facts: Any) -> None:
        super().__init__(
            members={name: str(value) for name, value in facts.items() if value is not None and name != "reason"}, **facts
        )
        if headers is not None:
            self.headers = headers


# ---- buckets ---------------------------------------------------------------------------------------------------------


class NoSuchBucket(S3Error):
    code, status = "NoSuchBucket", 404
    wording = "The specified bucket does not exist"


class BucketAlreadyOwnedByYou(S3Error):
    code, status = "BucketAlreadyOwnedByYou", 409
    wording = "Your previous request to create the named bucket succeeded and you already own it."


class BucketNotEmpty(S3Error):
    code, status = "BucketNotEmpty", 409
    wording = "The bucket you tried to delete is not empty"


class VersionsNotDeleted(BucketNotEmpty):
    wording = "The bucket you tried to delete is not empty. You must delete all versions in the bucket."


class InvalidBucketName(S3Error):
    code = "InvalidBucketName"
    wording = "The specified bucket is not valid."


class InvalidLocationConstraint(S3Error):
    code = "InvalidLocationConstraint"
    wording = "The specified location-constraint is not valid"


class IllegalLocationConstraint(S3Error):
    code = "IllegalLocationConstraintException"
    wording = (
        "The {LocationConstraint} location constraint is incompatible for the region specific endpoint "
        "this request was sent to."
    )


class TooManyBuckets(S3Error):
    code = "TooManyBuckets"
    wording = "You have attempted to create more buckets than allowed"


class AclsAreOff(S3Error):
    code = "AccessControlListNotSupported"
    wording = "The bucket does not allow ACLs"


class AclsAreOffAtCreation(S3Error):
    code = "InvalidBucketAclWithObjectOwnership"
    wording = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"


class AccessDenied(S3Error):
    code, status = "AccessDenied", 403
    wording = "Access Denied"


class IllegalVersioningConfiguration(S3Error):
    code = "IllegalVersioningConfigurationException"
    wording = "The Versioning element must be specified"


# ---- what a bucket has no setting of ---------------------------------------------------------------------------------


class NoSuchBucketPolicy(S3Error):
    code, status = "NoSuchBucketPolicy", 404
    wording = "The bucket policy does not exist"


class NoSuchCorsConfiguration(S3Error):
    code, status = "NoSuchCORSConfiguration", 404
    wording = "The CORS configuration does not exist"


class NoSuchLifecycleConfiguration(S3Error):
    code, status = "NoSuchLifecycleConfiguration", 404
    wording = "The lifecycle configuration does not exist"


class NoSuchWebsiteConfiguration(S3Error):
    code, status = "NoSuchWebsiteConfiguration", 404
    wording = "The specified bucket does not have a website configuration"


class ReplicationConfigurationNotFound(S3Error):
    code, status = "ReplicationConfigurationNotFoundError", 404
    wording = "The replication configuration was not found"


class ObjectLockConfigurationNotFound(S3Error):
    code, status = "ObjectLockConfigurationNotFoundError", 404
    wording = "Object Lock configuration does not exist for this bucket"


# ---- objects ---------------------------------------------------------------------------------------------------------


class NoSuchKey(S3Error):
    code, status = "NoSuchKey", 404
    wording = "The specified key does not exist."


class NoSuchVersion(S3Error):
    code, status = "NoSuchVersion", 404
    wording = "The specified version does not exist."


class MethodNotAllowed(S3Error):
    code, status = "MethodNotAllowed", 405
    wording = "The specified method is not allowed against this resource."


class KeyTooLong(S3Error):
    code = "KeyTooLongError"
    wording = "Your key is too long"


class MetadataTooLarge(S3Error):
    code = "MetadataTooLarge"
    wording = "Your metadata headers exceed the maximum allowed metadata size"


class EntityTooLarge(S3Error):
    code = "EntityTooLarge"
    wording = "Your proposed upload exceeds the maximum allowed size"


class PreconditionFailed(S3Error):
    code, status = "PreconditionFailed", 412
    wording = "At least one of the pre-conditions you specified did not hold"


class NotModified(S3Error):
    """Has no body; its headers still tell the entity tag and the time."""

    code, status = "NotModified", 304
    wording = "Not Modified"


class InvalidRange(S3Error):
    code, status = "InvalidRange", 416
    wording = "The requested range is not satisfiable"


class InvalidPartNumber(S3Error):
    code, status = "InvalidPartNumber", 416
    wording = "The requested partnumber is not satisfiable"


class InvalidStorageClass(S3Error):
    code = "InvalidStorageClass"
    wording = "The storage class you specified is not valid"


class NoSuchTagSet(S3Error):
    code, status = "NoSuchTagSet", 404
    wording = "The TagSet does not exist"


class InvalidTag(S3Error):
    code = "InvalidTag"
    wording = "{reason}"

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)


class TooManyTags(S3Error):
    code = "BadRequest"
    wording = "{reason}"

    def __init__(self, count_max: int) -> None:
        super().__init__(reason=f"Object tags cannot be greater than {count_max}")


# ---- digests ---------------------------------------------------------------------------------------------------------


class InvalidDigest(S3Error):
    code = "InvalidDigest"
    wording = "The Content-MD5 you specified was invalid."


class BadMd5(S3Error):
    code = "BadDigest"
    wording = "The Content-MD5 you specified did not match what we received."


class BadChecksum(S3Error):
    code = "BadDigest"
    wording = "{reason}"

    def __init__(self, algorithm: str) -> None:
        super().__init__(reason=f"The {algorithm} you specified did not match the calculated checksum.")


# ---- uploads ---------------------------------------------------------------------------------------------------------


class NoSuchUpload(S3Error):
    code, status = "NoSuchUpload", 404
    wording = (
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."
    )


class InvalidPart(S3Error):
    code = "InvalidPart"
    wording = (
        "One or more of the specified parts could not be found.  The part may not have been uploaded, "
        "or the specified entity tag may not match the part's entity tag."
    )


class InvalidPartOrder(S3Error):
    code = "InvalidPartOrder"
    wording = "The list of parts was not in ascending order. Parts must be ordered by part number."


class EntityTooSmall(S3Error):
    code = "EntityTooSmall"
    wording = "Your proposed upload is smaller than the minimum allowed size"


# ---- requests --------------------------------------------------------------------------------------------------------


class MalformedXml(S3Error):
    code = "MalformedXML"
    wording = "The XML you provided was not well-formed or did not validate against our published schema"


class NotImplementedHere(S3Error):
    code, status = "NotImplemented", 501
    wording = "A header you provided implies functionality that is not implemented"


class InvalidArgument(S3Error):
    code = "InvalidArgument"
    wording = "{reason}"

    def __init__(self, reason: str, *, name: str, value: object = None) -> None:
        super().__init__(reason=reason, ArgumentName=name, ArgumentValue=value)


class InvalidRequest(S3Error):
    code = "InvalidRequest"
    wording = "{reason}"

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)
