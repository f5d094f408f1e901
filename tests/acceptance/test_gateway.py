"""The gateway of a whole platform, from outside: boto3, raw HTTP, signatures, pages of browsers, reset, concurrency."""

import asyncio
import hashlib
import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config as ClientConfig
from botocore.exceptions import ClientError

from lambent.app import SERVICES
from lambent.core.context import Context
from lambent.core.errors import StartupError
from lambent.core.ports import LogEvent, LogStreamName
from lambent.testing import LocalPlatform
from lambent.wire import sigv4
from lambent.wire.http import Request

ONCE = ClientConfig(retries={"total_max_attempts": 1})


def _ask(url: str, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        text = response.read()
        is_json = (response.getheader("content-type") or "").startswith("application/json")
        return response.status, json.loads(text) if is_json else text.decode()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def signed() -> Iterator[LocalPlatform]:
    with LocalPlatform(auth="signed") as running:
        yield running


@pytest.fixture(scope="module")
def key(signed: LocalPlatform) -> dict[str, str]:
    """A user's key, made as ``lambent keys create`` makes it: in process, where nobody has to sign."""
    account = "123456789012"
    context = Context(account, "us-east-1", "test", f"arn:aws:iam::{account}:root", signed.url)
    call = signed.platform.call
    signed.run(call(context, "iam", "CreateUser", {"UserName": "ada"}))
    made = signed.run(call(context, "iam", "CreateAccessKey", {"UserName": "ada"}))
    return {
        "aws_access_key_id": made["AccessKey"]["AccessKeyId"],
        "aws_secret_access_key": made["AccessKey"]["SecretAccessKey"],
    }


def _client(platform: LocalPlatform, service: str, **options: Any) -> Any:
    options = {"region_name": "eu-west-1", "config": ONCE} | options
    return boto3.client(service, endpoint_url=platform.url, **options)


def _code(call: Callable[[], object]) -> tuple[str, int]:
    with pytest.raises(ClientError) as refused:
        call()
    response = refused.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


# ---- identity --------------------------------------------------------------------------------------------------------


def test_a_twelve_digit_key_is_its_own_account(client: Callable[..., Any], account: str) -> None:
    identity = client("sts").get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == (account, f"arn:aws:iam::{account}:root")


def test_accounts_do_not_see_one_another(client: Callable[..., Any]) -> None:
    client("s3").create_bucket(Bucket="mine")
    other = client("s3", aws_access_key_id="999988887777")
    assert "mine" not in [bucket["Name"] for bucket in other.list_buckets()["Buckets"]]


def test_a_role_session_is_its_role(client: Callable[..., Any], platform: LocalPlatform, account: str) -> None:
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}
    role = client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    given = client("sts").assume_role(RoleArn=role, RoleSessionName="me")["Credentials"]
    session = _client(
        platform,
        "sts",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    identity = session.get_caller_identity()
    assert identity["Account"] == account
    assert identity["Arn"] == f"arn:aws:sts::{account}:assumed-role/worker/me"


# ---- signed ----------------------------------------------------------------------------------------------------------


def test_a_signed_platform_lets_its_users_in(signed: LocalPlatform, key: dict[str, str]) -> None:
    assert _client(signed, "sts", **key).get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:user/ada"


def test_a_signed_platform_takes_and_gives_objects(signed: LocalPlatform, key: dict[str, str]) -> None:
    s3 = _client(signed, "s3", region_name="us-east-1", **key)
    s3.create_bucket(Bucket="signed-bucket")
    s3.put_object(Bucket="signed-bucket", Key="a b/ü+$=", Body=b"content" * 50_000)
    assert s3.get_object(Bucket="signed-bucket", Key="a b/ü+$=")["Body"].read() == b"content" * 50_000


def test_a_wrong_secret_is_refused(signed: LocalPlatform, key: dict[str, str]) -> None:
    wrong = key | {"aws_secret_access_key": "wrong"}
    assert _code(_client(signed, "sts", **wrong).get_caller_identity) == ("SignatureDoesNotMatch", 403)
    assert _code(_client(signed, "s3", **wrong).list_buckets) == ("SignatureDoesNotMatch", 403)


def test_an_unknown_key_is_refused(signed: LocalPlatform) -> None:
    unknown = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "x"}
    assert _code(_client(signed, "sts", **unknown).get_caller_identity) == ("InvalidClientTokenId", 403)
    assert _code(_client(signed, "s3", **unknown).list_buckets) == ("InvalidAccessKeyId", 403)


def test_a_clock_that_is_an_hour_late_is_refused(signed: LocalPlatform, key: dict[str, str]) -> None:
    late = datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=1)
    with patch("botocore.auth.get_current_datetime", return_value=late):
        assert _code(_client(signed, "sts", **key).get_caller_identity) == ("SignatureDoesNotMatch", 403)
        assert _code(_client(signed, "s3", **key).list_buckets) == ("RequestTimeTooSkewed", 403)


@pytest.mark.parametrize("version", [None, "s3v4"])
def test_presigned_links_work_without_a_key_until_they_are_changed(
    signed: LocalPlatform, key: dict[str, str], version: str | None
) -> None:
    s3 = _client(signed, "s3", **key | {"region_name": "us-east-1", "config": ClientConfig(signature_version=version)})
    s3.create_bucket(Bucket="presigned-bucket")
    target = {"Bucket": "presigned-bucket", "Key": "a b.txt"}
    put = urlsplit(s3.generate_presigned_url("put_object", Params=target))
    assert _ask(signed.url, "PUT", f"{put.path}?{put.query}", b"content")[0] == 200
    get = urlsplit(s3.generate_presigned_url("get_object", Params=target))
    assert _ask(signed.url, "GET", f"{get.path}?{get.query}") == (200, "content")
    status, text = _ask(signed.url, "GET", f"{get.path.replace('a', 'b')}?{get.query}")
    assert status == 403
    assert "<Code>SignatureDoesNotMatch</Code>" in text


def test_a_presigned_link_expires(signed: LocalPlatform, key: dict[str, str]) -> None:
    early = datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=120)
    with patch("botocore.auth.get_current_datetime", return_value=early):
        options: dict[str, Any] = {"config": ClientConfig(signature_version="s3v4")}
        link = _client(signed, "s3", **key, **options).generate_presigned_url("list_buckets", ExpiresIn=60)
    parts = urlsplit(link)
    status, text = _ask(signed.url, "GET", f"{parts.path}?{parts.query}")
    assert status == 403
    assert "<Message>Request has expired</Message>" in text


@pytest.mark.parametrize(("sent", "status"), [(b"content", 200), (b"CONTENT", 403)])
def test_each_chunk_of_a_signed_stream_is_verified(
    signed: LocalPlatform, key: dict[str, str], sent: bytes, status: int
) -> None:
    """As AWS' SDK for Java uploads; boto3 does not sign chunks, so the test signs them itself."""
    _client(signed, "s3", **key | {"region_name": "us-east-1"}).create_bucket(Bucket="chunked-bucket")
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    secret = key["aws_secret_access_key"]
    scope = sigv4.Scope(key["aws_access_key_id"], stamp[:8], "us-east-1", "s3")
    headers = {"host": urlsplit(signed.url).netloc, "x-amz-decoded-content-length": "7", "content-encoding": "aws-chunked"}
    request = Request("PUT", "/chunked-bucket/key", "", headers)
    headers = sigv4.sign(request, scope=scope, secret_access_key=secret, amz_date=stamp, payload_sha256=sigv4.STREAMING_SIGNED)
    seed = headers["authorization"].rpartition("=")[2]
    chunks = sigv4.ChunkSigner(sigv4.signing_key(secret, stamp[:8], "us-east-1", "s3"), amz_date=stamp, scope=scope, seed=seed)
    first = chunks.chunk(hashlib.sha256(b"content").hexdigest())
    last = chunks.chunk(sigv4.EMPTY_SHA256)
    body = b"7;chunk-signature=%b\r\n%b\r\n0;chunk-signature=%b\r\n\r\n" % (first.encode(), sent, last.encode())
    assert _ask(signed.url, "PUT", "/chunked-bucket/key", body, headers)[0] == status


def test_nobody_comes_in_without_a_signature(signed: LocalPlatform) -> None:
    status, text = _ask(signed.url, "GET", "/some-bucket/key")
    assert status == 403
    assert "<Code>AccessDenied</Code>" in text


# ---- pages of browsers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.test"}, {"Origin": "https://evil.test"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}],
)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/_lambent/reset"), ("GET", "/?Action=GetCallerIdentity&Version=2011-06-15")]
)
def test_other_sites_cannot_drive_the_platform(
    platform: LocalPlatform, headers: dict[str, str], method: str, path: str
) -> None:
    assert _ask(platform.url, method, path, headers=headers)[0] == 403


def test_pages_of_this_machine_can(platform: LocalPlatform) -> None:
    assert _ask(platform.url, "GET", "/_lambent/health", headers={"Origin": "http://localhost:3000"})[0] == 200


# ---- the platform's own pages ----------------------------------------------------------------------------------------


def test_health_and_readiness_are_told(platform: LocalPlatform) -> None:
    status, health = _ask(platform.url, "GET", "/_lambent/health")
    assert status == 200
    assert health["services"] == list(SERVICES)
    assert _ask(platform.url, "GET", "/_lambent/ready") == (200, {"ready": True})


def test_a_reset_forgets_one_account_and_no_other(client: Callable[..., Any], platform: LocalPlatform, account: str) -> None:
    client("s3").create_bucket(Bucket="to-forget")
    other = client("s3", aws_access_key_id="999988887776")
    other.create_bucket(Bucket="to-keep")
    assert _ask(platform.url, "POST", f"/_lambent/reset?account={account}")[0] == 200
    assert client("s3").list_buckets()["Buckets"] == []
    assert [bucket["Name"] for bucket in other.list_buckets()["Buckets"]] == ["to-keep"]


def test_logs_that_are_written_during_a_reset_never_land_nowhere() -> None:
    """What is appended is either gone with the reset or can be read after it."""
    with LocalPlatform() as running:
        stream = LogStreamName("123456789012", "us-east-1", "group", "stream")
        append = running.platform.services["logs"].append

        async def write_and_reset() -> None:
            for number in range(20):
                events = [LogEvent(1_800_000_000_000, f"before {number}")]
                await asyncio.gather(append(stream, events), running.platform.reset(None), append(stream, events))
            await append(stream, [LogEvent(1_800_000_000_000, "after")])

        running.run(write_and_reset())
        logs = _client(running, "logs", region_name="us-east-1", aws_access_key_id="123456789012", aws_secret_access_key="x")
        events = logs.get_log_events(logGroupName="group", logStreamName="stream", startFromHead=True)["events"]
        assert events[-1]["message"] == "after"


def test_metrics_count_what_was_asked(client: Callable[..., Any], platform: LocalPlatform) -> None:
    client("sts").get_caller_identity()
    status, text = _ask(platform.url, "GET", "/_lambent/metrics")
    assert status == 200
    assert 'lambent_requests_total{service="sts",operation="GetCallerIdentity",status="200"}' in text


# ---- many and impatient clients --------------------------------------------------------------------------------------


def test_many_clients_are_served_at_once(client: Callable[..., Any]) -> None:
    s3 = client("s3", config=ClientConfig(max_pool_connections=32))
    s3.create_bucket(Bucket="many-bucket")

    def put_and_get(number: int) -> bytes:
        s3.put_object(Bucket="many-bucket", Key=str(number), Body=str(number).encode())
        body: bytes = s3.get_object(Bucket="many-bucket", Key=str(number))["Body"].read()
        return body

    with ThreadPoolExecutor(32) as pool:
        assert list(pool.map(put_and_get, range(200))) == [str(number).encode() for number in range(200)]


def test_an_upload_that_its_client_abandons_leaves_nothing(
    client: Callable[..., Any], platform: LocalPlatform, account: str
) -> None:
    client("s3").create_bucket(Bucket="left-bucket")
    parts = urlsplit(platform.url)
    credential = f"Credential={account}/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=ab"
    with socket.create_connection((parts.hostname or "", parts.port or 0)) as connection:
        head = f"PUT /left-bucket/key HTTP/1.1\r\nHost: localhost\r\nAuthorization: AWS4-HMAC-SHA256 {credential}\r\n"
        connection.sendall(f"{head}Content-Length: 100\r\n\r\nhalf".encode())
    assert client("s3").list_objects_v2(Bucket="left-bucket")["KeyCount"] == 0


# ---- starting and stopping -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ({"host": "0.0.0.0"}, "--auth signed"),
        ({"auth": "nothing"}, "open, signed, iam"),
    ],
)
def test_what_cannot_be_safe_does_not_start(options: dict[str, Any], advice: str) -> None:
    with pytest.raises(StartupError, match=advice):
        LocalPlatform(**options).start()


def test_a_port_that_is_taken_is_named(platform: LocalPlatform) -> None:
    with pytest.raises(StartupError, match=f"Port {platform.config.port}"):
        LocalPlatform(port=platform.config.port).start()


def test_a_stopped_platform_leaves_no_threads_and_no_listener() -> None:
    before = threading.active_count()
    with LocalPlatform() as running:
        url = urlsplit(running.url)
        folder = running.platform.folder.path
        assert folder.is_dir()
    assert threading.active_count() == before
    assert not folder.exists()
    with pytest.raises(OSError), socket.create_connection((url.hostname or "", url.port or 0)):
        pass
