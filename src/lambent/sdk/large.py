"""Values that are larger than a request or an answer may be: they go through S3, and a reference goes in their place.

``{"lambent:s3": {"bucket": …, "key": …}}`` is looked up in the own bucket only, so that nobody who may call a function can make
it read another one.
"""

import contextlib
import json
import uuid
from dataclasses import dataclass
from typing import Any

from lambent.sdk import buckets
from lambent.sdk.clients import Target

REFERENCE = "lambent:s3"
CALL_BYTES_MAX = 6_291_456
EVENT_BYTES_MAX = 1_048_576
ANSWER_BYTES_MAX = 6_291_456

_MARK = b'{"' + REFERENCE.encode() + b'":'


def is_reference(body: bytes) -> bool:
    return body.startswith(_MARK)


@dataclass(frozen=True, slots=True)
class Store:
    """The bucket of one account in one region."""

    target: Target
    account: str

    @property
    def bucket(self) -> str:
        return buckets.bucket_name(self.account, self.target.region)

    def put(self, body: bytes) -> Any:
        """Keeps it, and gives the reference that stands for it."""
        bucket = buckets.ensured_bucket(self.target, self.account)
        key = f"{buckets.VALUES_PREFIX}{uuid.uuid4()}.json"
        self._s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/json", ExpectedBucketOwner=self.account)
        return {REFERENCE: {"bucket": bucket, "key": key}}

    def resolved(self, value: Any, *, is_last_use: bool) -> Any:
        """What a reference to this bucket stands for; anything else as it is. ``is_last_use`` deletes it."""
        key = self._key(value)
        if key is None:
            return value
        body = self._s3.get_object(Bucket=self.bucket, Key=key, ExpectedBucketOwner=self.account)["Body"].read()
        if is_last_use:
            self.forget(value)
        return json.loads(body)

    def forget(self, reference: Any) -> None:
        """What cannot be deleted now expires by the bucket's rule."""
        from botocore.exceptions import BotoCoreError, ClientError

        key = self._key(reference)
        if key is not None:
            with contextlib.suppress(BotoCoreError, ClientError):
                self._s3.delete_object(Bucket=self.bucket, Key=key, ExpectedBucketOwner=self.account)

    def _key(self, value: Any) -> str | None:
        if not isinstance(value, dict) or len(value) != 1 or not isinstance(named := value.get(REFERENCE), dict):
            return None
        key = named.get("key")
        is_ours = named.get("bucket") == self.bucket and isinstance(key, str) and key.startswith(buckets.VALUES_PREFIX)
        return key if is_ours else None

    @property
    def _s3(self) -> Any:
        return self.target.client("s3")
