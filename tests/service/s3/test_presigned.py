"""Presigned URLs: anyone who holds one may do what it says, in either of S3's signatures."""

import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from lambent.core.context import Context
from lambent.testing import LocalPlatform

SIGNATURES = ["s3", "s3v4"]


@pytest.fixture(scope="module")
def signed() -> Iterator[LocalPlatform]:
    with LocalPlatform(auth="signed") as running:
        yield running


@pytest.fixture(scope="module")
def proven(signed: LocalPlatform) -> Callable[[str], Any]:
    """A client whose every request is verified, in the signature named."""
    account = "123456789012"
    context = Context(account, "us-east-1", "test", f"arn:aws:iam::{account}:root", signed.url)
    signed.run(signed.platform.call(context, "iam", "CreateUser", {"UserName": "ada"}))
    key = signed.run(signed.platform.call(context, "iam", "CreateAccessKey", {"UserName": "ada"}))["AccessKey"]

    def make(signature: str) -> Any:
        return boto3.client(
            "s3",
            region_name="us-east-1",
            endpoint_url=signed.url,
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
            config=Config(signature_version=signature),
        )

    make("s3v4").create_bucket(Bucket="things")
    return make


def ask(url: str, method: str = "GET", body: bytes | None = None) -> bytes:
    # The older signature covers the content type, which urllib would add by itself.
    request = urllib.request.Request(url, body, {"Content-Type": ""}, method=method)
    with urllib.request.urlopen(request, timeout=30) as response:
        content: bytes = response.read()
    return content


def test_a_url_as_boto3_makes_it_by_default_names_its_account(s3: Any, bucket: str):
    s3.put_object(Bucket=bucket, Key="a key", Body=b"hello")
    assert ask(s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a key"})) == b"hello"


@pytest.mark.parametrize("signature", SIGNATURES)
def test_a_url_puts_and_gets(proven: Callable[[str], Any], signature: str):
    s3, where = proven(signature), {"Bucket": "things", "Key": f"by {signature}"}
    ask(s3.generate_presigned_url("put_object", Params=where), "PUT", b"hello")
    url = s3.generate_presigned_url("get_object", Params={**where, "ResponseContentType": "text/x"})
    assert ask(url) == b"hello"


@pytest.mark.parametrize("signature", SIGNATURES)
def test_a_url_does_only_what_it_says(proven: Callable[[str], Any], signature: str):
    url = proven(signature).generate_presigned_url("get_object", Params={"Bucket": "things", "Key": "key"})
    for changed in (url.replace("/things/key", "/things/other"), url.replace("Signature=", "Signature=0")):
        with pytest.raises(urllib.error.HTTPError) as refused:
            ask(changed)
        assert refused.value.code == 403
        assert b"<Code>SignatureDoesNotMatch</Code>" in refused.value.read()
        refused.value.close()


def test_a_url_of_the_older_signature_expires(proven: Callable[[str], Any]):
    url = proven("s3").generate_presigned_url("get_object", Params={"Bucket": "things", "Key": "key"}, ExpiresIn=-60)
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(url)
    assert refused.value.code == 403
    refused.value.close()
