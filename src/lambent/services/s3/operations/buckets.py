"""Operations on buckets."""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.s3 import errors
from lambent.services.s3.engine import buckets
from lambent.services.s3.operations import replies, requests
from lambent.services.s3.operations.base import Base
from lambent.services.s3.tables.buckets import Bucket

_GRANTS = ("GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")


class BucketOperations(Base):
    async def create_bucket(self, context: Context, parameters: Parameters) -> Reply:
        name = parameters["Bucket"]
        if parameters.get("ACL", "private") != "private" or any(parameters.get(grant) for grant in _GRANTS):
            raise errors.AclsAreOffAtCreation()
        if parameters.get("ObjectLockEnabledForBucket"):
            raise errors.NotImplementedHere(Header="x-amz-bucket-object-lock-enabled")
        configuration = parameters.get("CreateBucketConfiguration") or {}
        location = buckets.location_of(configuration.get("LocationConstraint") or None, context.region)
        await self.store.write(buckets.create, context.account, name, location=location, now=self.now())
        return {"Location": f"/{name}", "BucketArn": _arn(name)}

    async def head_bucket(self, context: Context, parameters: Parameters) -> Reply:
        bucket = await self._bucket(context, parameters)
        return {"BucketRegion": bucket.location, "BucketArn": _arn(bucket.name), "AccessPointAlias": False}

    async def delete_bucket(self, context: Context, parameters: Parameters) -> Reply:
        requests.check_owner(context, parameters)
        self.bodies.suspect(await self.store.write(buckets.delete, context.account, parameters["Bucket"]))
        return {}

    async def list_buckets(self, context: Context, parameters: Parameters) -> Reply:
        prefix = parameters.get("Prefix") or ""
        page, is_truncated = await self.store.read(
            buckets.page,
            context.account,
            prefix=prefix,
            after=parameters.get("ContinuationToken") or "",
            location=parameters.get("BucketRegion") or "",
            count_max=min(parameters.get("MaxBuckets") or buckets.BUCKETS_MAX, buckets.BUCKETS_MAX),
        )
        return {
            "Buckets": [_told(bucket, with_region="MaxBuckets" in parameters or bool(prefix)) for bucket in page],
            "Owner": replies.owner(context.account),
            "ContinuationToken": page[-1].name if is_truncated else None,
            "Prefix": parameters.get("Prefix"),
        }

    async def get_bucket_location(self, context: Context, parameters: Parameters) -> Reply:
        bucket = await self._bucket(context, parameters)
        return {"LocationConstraint": None if bucket.location == buckets.US_EAST_1 else bucket.location}

    async def put_bucket_versioning(self, context: Context, parameters: Parameters) -> Reply:
        requests.check_owner(context, parameters)
        configuration = parameters["VersioningConfiguration"]
        if configuration.get("MFADelete") == "Enabled":
            raise errors.NotImplementedHere(Header="x-amz-mfa")
        status = configuration.get("Status")
        if not status:
            raise errors.IllegalVersioningConfiguration()
        await self.store.write(buckets.set_versioning, context.account, parameters["Bucket"], status)
        return {}

    async def get_bucket_versioning(self, context: Context, parameters: Parameters) -> Reply:
        bucket = await self._bucket(context, parameters)
        return {"Status": bucket.versioning or None}

    async def put_bucket_tagging(self, context: Context, parameters: Parameters) -> Reply:
        requests.check_owner(context, parameters)
        tags = requests.tag_set(parameters, count_max=requests.BUCKET_TAGS_MAX)
        await self.store.write(buckets.set_tags, context.account, parameters["Bucket"], tags)
        return {}

    async def get_bucket_tagging(self, context: Context, parameters: Parameters) -> Reply:
        requests.check_owner(context, parameters)
        tags = await self.store.read(buckets.tags_of, context.account, parameters["Bucket"])
        return {"TagSet": replies.tag_set(tags)}

    async def delete_bucket_tagging(self, context: Context, parameters: Parameters) -> Reply:
        requests.check_owner(context, parameters)
        await self.store.write(buckets.set_tags, context.account, parameters["Bucket"], None)
        return {}

    async def _bucket(self, context: Context, parameters: Parameters) -> Bucket:
        requests.check_owner(context, parameters)
        return await self.bucket(context, parameters["Bucket"])


def _told(bucket: Bucket, *, with_region: bool) -> Reply:
    """AWS tells the region and the ARN only to who asks for pages."""
    told: Reply = {"Name": bucket.name, "CreationDate": replies.time(bucket.created_at)}
    if with_region:
        told |= {"BucketRegion": bucket.location, "BucketArn": _arn(bucket.name)}
    return told


def _arn(name: str) -> str:
    return f"arn:aws:s3:::{name}"
