"""Operations on multipart uploads: create, upload a part, complete, abort."""

from urllib.parse import quote

from msgspec.structs import replace

from lambent.core import ids
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.s3 import errors
from lambent.services.s3.engine import names, uploads
from lambent.services.s3.engine.uploads import ClaimedPart, Completion
from lambent.services.s3.operations import replies, requests
from lambent.services.s3.operations.objects import ObjectOperations, check_length
from lambent.services.s3.tables.objects import Checksum
from lambent.services.s3.tables.uploads import Part, Upload
from lambent.wire import checksums


class UploadOperations(ObjectOperations):
    async def create_multipart_upload(self, context: Context, parameters: Parameters) -> Reply:
        requests.check_owner(context, parameters)
        names.check_key(parameters["Key"])
        algorithm = requests.known_algorithm(str(parameters.get("ChecksumAlgorithm") or ""))
        upload = Upload(
            key=parameters["Key"],
            upload_id=ids.lower_and_digits(64),
            initiated_at=self.now(),
            checksum_algorithm=algorithm,
            checksum_type=_checksum_type(algorithm, parameters.get("ChecksumType")),
            description=requests.description(parameters),
            tags=requests.header_tags(parameters),
        )
        await self.store.write(uploads.create, context.account, parameters["Bucket"], upload)
        return {
            "Bucket": parameters["Bucket"],
            "Key": upload.key,
            "UploadId": upload.upload_id,
            "ChecksumAlgorithm": algorithm or None,
            "ChecksumType": upload.checksum_type or None,
            "ServerSideEncryption": upload.description.headers["ServerSideEncryption"],
        }

    async def upload_part(self, context: Context, parameters: Parameters) -> Reply:
        requests.check_owner(context, parameters)
        check_length(parameters)
        uploads.check_part_number(parameters["PartNumber"])
        where = (context.account, parameters["Bucket"], parameters["Key"], parameters["UploadId"])
        _, upload = await self.store.read(uploads.require, *where)
        expected = requests.expected(parameters)
        if not expected.checksums:  # the whole's checksum is made of the parts': a part without one gets it here
            expected = replace(expected, algorithm=expected.algorithm or upload.checksum_algorithm)
        async with self.bodies.received(parameters.get("Body") or b"", expected) as received:
            checksum = received.checksum
            number, now = parameters["PartNumber"], self.now()
            part = Part(number, received.sha256, received.size, received.md5, now, checksum.algorithm, checksum.value)
            self.bodies.suspect(await self.store.write(uploads.put_part, *where, part))
        told_checksum = {f"Checksum{checksum.algorithm}": checksum.value} if checksum.algorithm else {}
        encryption = upload.description.headers["ServerSideEncryption"]
        return {"ETag": replies.quoted(part.etag), "ServerSideEncryption": encryption, **told_checksum}

    async def complete_multipart_upload(self, context: Context, parameters: Parameters) -> Reply:
        requests.check_owner(context, parameters)
        bucket, key = parameters["Bucket"], parameters["Key"]
        given = requests.given_checksums(parameters)
        completion = Completion(
            upload_id=parameters["UploadId"],
            parts=_claimed(parameters),
            version_id=ids.lower_and_digits(32),
            checksum=next(iter(given.values()), None),
            size=parameters.get("MpuObjectSize"),
        )
        stored = await self.store.write(
            uploads.complete,
            context.account,
            bucket,
            key,
            completion,
            demands=requests.write_conditions(parameters),
            now=self.now(),
        )
        return {
            **self.told_write(stored),
            **replies.checksum(stored.object.checksum),
            "Location": f"{context.endpoint_url}/{bucket}/{quote(key)}",
            "Bucket": bucket,
            "Key": key,
        }

    async def abort_multipart_upload(self, context: Context, parameters: Parameters) -> Reply:
        requests.check_owner(context, parameters)
        where = (context.account, parameters["Bucket"], parameters["Key"], parameters["UploadId"])
        self.bodies.suspect(await self.store.write(uploads.abort, *where))
        return {}


def _claimed(parameters: Parameters) -> list[ClaimedPart]:
    claimed = []
    for part in requests.members(parameters.get("MultipartUpload") or {}, "Parts"):
        if part.get("PartNumber") is None or part.get("ETag") is None:
            raise errors.MalformedXml()
        checksum = next(iter(requests.given_checksums(part).values()), None)
        claimed.append(ClaimedPart(part["PartNumber"], requests.etag(part["ETag"]), checksum))
    return claimed


def _checksum_type(algorithm: str, asked_for: str | None) -> str:
    """A CRC may be that of the whole object; other digests can only be of the parts' digests; CRC64NVME only of the whole."""
    if not algorithm:
        if asked_for:
            raise errors.InvalidRequest(
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
            )
        return ""
    can_be_whole, can_be_composite = algorithm in checksums.WIDTHS, algorithm != "CRC64NVME"
    chosen = asked_for or ("COMPOSITE" if can_be_composite else Checksum().type)
    is_possible = can_be_whole if chosen == "FULL_OBJECT" else can_be_composite
    if not is_possible:
        raise errors.InvalidRequest(
            f"The {chosen} checksum type cannot be used with the {algorithm.lower()} checksum algorithm."
        )
    return chosen
