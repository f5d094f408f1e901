"""Docker's protocol: uploads of every kind, ranges, mounts, manifests, lists, deletion; and the real skopeo."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.service.ecr.conftest import OCI_MANIFEST, Registry, digest_of

DATA = os.urandom(300_000)


def code_of(answer: tuple[int, dict[str, str], bytes]) -> tuple[int, str]:
    return answer[0], json.loads(answer[2])["errors"][0]["code"]


def test_an_upload_in_chunks_is_resumed_where_the_last_acknowledged_one_ended(registry: Registry):
    status, headers, _ = registry.ask("POST", "/v2/team/app/blobs/uploads/")
    assert status == 202
    where = headers["location"]
    status, headers, _ = registry.ask("PATCH", where, DATA[:100_000], Content_Range="0-99999")
    assert (status, headers["range"]) == (202, "0-99999")
    assert code_of(registry.ask("PATCH", where, DATA[:10], Content_Range="5-14")) == (416, "BLOB_UPLOAD_INVALID")
    status, headers, _ = registry.ask("GET", where)
    assert (status, headers["range"]) == (204, "0-99999")
    assert registry.ask("PATCH", where, DATA[100_000:200_000])[0] == 202
    status, headers, _ = registry.ask("PUT", f"{where}?digest={digest_of(DATA)}", DATA[200_000:])
    assert (status, headers["docker-content-digest"]) == (201, digest_of(DATA))
    assert registry.ask("GET", headers["location"])[2] == DATA
    assert code_of(registry.ask("DELETE", where)) == (404, "BLOB_UPLOAD_UNKNOWN")


def test_a_blob_that_is_not_what_its_digest_says_is_refused(registry: Registry):
    wrong = f"/v2/team/app/blobs/uploads/?digest={digest_of(b'other')}"
    assert code_of(registry.ask("POST", wrong, DATA)) == (400, "DIGEST_INVALID")
    assert registry.ask("HEAD", f"/v2/team/app/blobs/{digest_of(DATA)}")[0] == 404


def test_a_blob_is_given_in_parts(registry: Registry):
    digest = registry.push_blob("team/app", DATA)
    path = f"/v2/team/app/blobs/{digest}"
    status, headers, body = registry.ask("GET", path, Range="bytes=10-19")
    assert (status, headers["content-range"], body) == (206, f"bytes 10-19/{len(DATA)}", DATA[10:20])
    assert registry.ask("GET", path, Range="bytes=-5")[2] == DATA[-5:]
    assert registry.ask("GET", path, Range=f"bytes={len(DATA)}-")[0] == 416
    status, headers, _ = registry.ask("HEAD", path)
    assert (status, headers["content-length"], headers["docker-content-digest"]) == (200, str(len(DATA)), digest)


def test_a_blob_of_another_repository_is_mounted(registry: Registry, ecr: Any):
    ecr.create_repository(repositoryName="other")
    digest = registry.push_blob("team/app", DATA)
    assert registry.ask("POST", f"/v2/other/blobs/uploads/?mount={digest}&from=team/app")[0] == 201
    assert registry.ask("HEAD", f"/v2/other/blobs/{digest}")[0] == 200
    # What is not there begins an upload instead.
    assert registry.ask("POST", f"/v2/other/blobs/uploads/?mount={digest_of(b'none')}&from=team/app")[0] == 202


def test_a_manifest_is_kept_as_it_came_and_found_by_tag_and_digest(registry: Registry):
    digest = registry.push("team/app", "v1", b"layer")
    for reference in ("v1", digest):
        status, headers, body = registry.ask("GET", f"/v2/team/app/manifests/{reference}")
        assert (status, headers["content-type"], digest_of(body)) == (200, OCI_MANIFEST, digest)
    assert registry.ask("HEAD", "/v2/team/app/manifests/v2")[0] == 404
    assert registry.ask("DELETE", f"/v2/team/app/manifests/{digest}")[0] == 202
    assert code_of(registry.ask("GET", "/v2/team/app/manifests/v1")) == (404, "MANIFEST_UNKNOWN")


def test_tags_come_in_pages(registry: Registry):
    for tag in ("a", "b", "c"):
        registry.push("team/app", tag, tag.encode())
    status, headers, body = registry.ask("GET", "/v2/team/app/tags/list?n=2")
    assert (status, json.loads(body)) == (200, {"name": "team/app", "tags": ["a", "b"]})
    following = headers["link"].partition("<")[2].partition(">")[0]
    assert json.loads(registry.ask("GET", following)[2])["tags"] == ["c"]


def test_a_repository_that_is_not_there_takes_nothing(registry: Registry):
    assert code_of(registry.ask("POST", "/v2/nobody/blobs/uploads/")) == (404, "NAME_UNKNOWN")
    assert code_of(registry.ask("PUT", "/v2/nobody/manifests/v1", b"{}")) == (400, "MANIFEST_INVALID")


def test_the_password_of_get_authorization_token_says_whose_registry_is_meant(registry: Registry, ecr: Any, platform: Any):
    registry.push("team/app", "v1", b"layer")
    registry.headers["Host"] = platform.url.removeprefix("http://")
    assert registry.ask("GET", "/v2/")[0] == 200
    assert code_of(registry.ask("GET", "/v2/team/app/manifests/v1")) == (404, "NAME_UNKNOWN")
    registry.log_in(ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"])
    assert registry.ask("GET", "/v2/team/app/manifests/v1")[0] == 200


def test_a_page_in_a_browser_may_not_use_the_registry(registry: Registry):
    assert code_of(registry.ask("POST", "/v2/team/app/blobs/uploads/", Origin="http://evil.example")) == (403, "DENIED")


@pytest.mark.skipif(shutil.which("skopeo") is None, reason="skopeo is not installed (Debian: apt install skopeo)")
def test_skopeo_pushes_and_pulls(registry: Registry, platform: Any, account: str, ecr: Any, tmp_path: Path):
    registry.push("team/app", "v1", b"not a tar, which nobody asks for")
    # Not every program's resolver knows the names below localhost.
    copied = f"docker://{platform.url.removeprefix('http://')}/{account}.dkr.ecr.us-east-1/team/app"
    command = ["skopeo", "copy", "--src-tls-verify=false", "--dest-tls-verify=false", f"{copied}:v1", f"{copied}:v2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (image,) = ecr.describe_images(repositoryName="team/app")["imageDetails"]
    assert image["imageTags"] == ["v1", "v2"]


@pytest.mark.parametrize("count", ["%C2%B2", "9" * 5_000, "-1", "x"])
def test_a_length_of_a_list_that_is_no_number_is_passed_over(registry: Registry, count: str):
    registry.push("team/app", "v1", b"layer")
    status, _, body = registry.ask("GET", f"/v2/team/app/tags/list?n={count}")
    assert (status, json.loads(body)["tags"]) == (200, ["v1"])


def test_ranges_of_absurd_numbers_are_no_defects(registry: Registry):
    digest = registry.push_blob("team/app", DATA)
    assert registry.ask("GET", f"/v2/team/app/blobs/{digest}", Range=f"bytes=0-{'9' * 5_000}")[2] == DATA
    _, headers, _ = registry.ask("POST", "/v2/team/app/blobs/uploads/")
    answer = registry.ask("PATCH", headers["location"], b"x", Content_Range=f"{'1' * 5_000}-2")
    assert code_of(answer) == (416, "BLOB_UPLOAD_INVALID")


def test_a_blob_of_another_account_is_not_mounted(registry: Registry, ecr: Any, platform: Any):
    other = Registry(platform.url, registry.headers["Host"])
    other.headers["Host"] = registry.headers["Host"].replace(registry.headers["Host"][:12], "999988887777")
    import boto3

    theirs = boto3.client(
        "ecr", region_name="us-east-1", endpoint_url=platform.url, aws_access_key_id="999988887777", aws_secret_access_key="x"
    )
    theirs.create_repository(repositoryName="secret")
    digest = other.push_blob("secret", DATA[:1_000])
    source = "999988887777.dkr.ecr.us-east-1.localhost/secret"
    assert registry.ask("POST", f"/v2/team/app/blobs/uploads/?mount={digest}&from={source}")[0] == 202
    assert registry.ask("HEAD", f"/v2/team/app/blobs/{digest}")[0] == 404
