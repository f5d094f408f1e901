"""The bucket of an account and region that holds zips too large for a request, and large arguments and results."""

import os
import threading
from typing import Any

from lambent.sdk.clients import Key, Target
from lambent.sdk.failures import DeployError, code_of
from lambent.sdk.packing import Package

_DAYS = 7  # that large arguments and results are kept
VALUES_PREFIX = "values/"
CODE_PREFIX = "code/"

_lock = threading.Lock()
_known: dict[tuple[Key, str], str] = {}


def bucket_name(account: str, region: str) -> str:
    return f"lambent-{account}-{region}"


def bucket_pattern(account: str) -> str:
    """The buckets of an account in all regions, as a resource of a policy names them."""
    return f"lambent-{account}-*"


def ensured_bucket(target: Target, account: str) -> str:
    """The bucket's name; made where it is not there, private, with values expiring after a week. Raises DeployError."""
    name = bucket_name(account, target.region)
    with _lock:
        if (target.key, name) not in _known:
            _make(target.client("s3"), name, account, target.region)
            _known[target.key, name] = name
    return name


def uploaded(package: Package, target: Target, account: str) -> dict[str, str]:
    """S3Bucket and S3Key of the zip there; what is there already is not sent again."""
    bucket = ensured_bucket(target, account)
    digest = package.code_sha256.replace("/", "_").replace("+", "-").rstrip("=")
    key = f"{CODE_PREFIX}{digest}.zip"
    s3 = target.client("s3")
    try:
        s3.head_object(Bucket=bucket, Key=key, ExpectedBucketOwner=account)
    except Exception as error:
        if code_of(error) not in ("404", "NoSuchKey", "NotFound"):
            raise
        s3.put_object(Bucket=bucket, Key=key, Body=package.content, ExpectedBucketOwner=account)
    return {"S3Bucket": bucket, "S3Key": key}


def _make(s3: Any, name: str, account: str, region: str) -> None:
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        # Names are the world's: one that belongs to somebody else must never be given our code.
        s3.head_bucket(Bucket=name, ExpectedBucketOwner=account)
        return
    except Exception as error:
        if code_of(error) not in ("404", "NoSuchBucket", "NotFound"):
            if code_of(error) == "403":
                raise DeployError(f"the bucket {name} is not this account's, or may not be used") from error
            raise
    try:
        s3.create_bucket(Bucket=name, **place)
    except Exception as error:
        if code_of(error) != "BucketAlreadyOwnedByYou":
            raise
    rule = {"ID": "values", "Status": "Enabled", "Filter": {"Prefix": VALUES_PREFIX}, "Expiration": {"Days": _DAYS}}
    try:
        s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [rule]})
    except Exception as error:
        if code_of(error) != "NotImplemented":  # where nothing expires, values stay that nobody has read
            raise


def _forked() -> None:
    """A lock that another thread of the parent held would stay held."""
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
