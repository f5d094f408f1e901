"""What a bucket's settings are while none can be changed: those of a new bucket on AWS.

Infrastructure tools read them all of every bucket. To change one is not built, and answers NotImplemented.
"""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.s3 import errors
from lambent.services.s3.operations import replies, requests
from lambent.services.s3.operations.base import Base


class SettingOperations(Base):
    async def get_bucket_acl(self, context: Context, parameters: Parameters) -> Reply:
        await self._check(context, parameters)
        owner = replies.owner(context.account)
        return {"Owner": owner, "Grants": [{"Grantee": {**owner, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}]}

    async def get_bucket_ownership_controls(self, context: Context, parameters: Parameters) -> Reply:
        await self._check(context, parameters)
        return {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}

    async def get_public_access_block(self, context: Context, parameters: Parameters) -> Reply:
        await self._check(context, parameters)
        blocked = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        return {"PublicAccessBlockConfiguration": dict.fromkeys(blocked, True)}

    async def get_bucket_encryption(self, context: Context, parameters: Parameters) -> Reply:
        await self._check(context, parameters)
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}
        return {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}

    async def get_bucket_request_payment(self, context: Context, parameters: Parameters) -> Reply:
        await self._check(context, parameters)
        return {"Payer": "BucketOwner"}

    async def get_bucket_logging(self, context: Context, parameters: Parameters) -> Reply:
        return await self._nothing(context, parameters)

    async def get_bucket_accelerate_configuration(self, context: Context, parameters: Parameters) -> Reply:
        return await self._nothing(context, parameters)

    async def get_bucket_notification_configuration(self, context: Context, parameters: Parameters) -> Reply:
        return await self._nothing(context, parameters)

    async def get_bucket_policy(self, context: Context, parameters: Parameters) -> Reply:
        return await self._missing(context, parameters, errors.NoSuchBucketPolicy)

    async def get_bucket_cors(self, context: Context, parameters: Parameters) -> Reply:
        return await self._missing(context, parameters, errors.NoSuchCorsConfiguration)

    async def get_bucket_lifecycle_configuration(self, context: Context, parameters: Parameters) -> Reply:
        return await self._missing(context, parameters, errors.NoSuchLifecycleConfiguration)

    async def get_bucket_website(self, context: Context, parameters: Parameters) -> Reply:
        return await self._missing(context, parameters, errors.NoSuchWebsiteConfiguration)

    async def get_bucket_replication(self, context: Context, parameters: Parameters) -> Reply:
        return await self._missing(context, parameters, errors.ReplicationConfigurationNotFound)

    async def get_object_lock_configuration(self, context: Context, parameters: Parameters) -> Reply:
        return await self._missing(context, parameters, errors.ObjectLockConfigurationNotFound)

    async def _check(self, context: Context, parameters: Parameters) -> None:
        requests.check_owner(context, parameters)
        await self.bucket(context, parameters["Bucket"])

    async def _nothing(self, context: Context, parameters: Parameters) -> Reply:
        await self._check(context, parameters)
        return {}

    async def _missing(self, context: Context, parameters: Parameters, error: type[errors.S3Error]) -> Reply:
        await self._check(context, parameters)
        raise error(BucketName=parameters["Bucket"])
