"""An image on its way when the platform is killed: what was acknowledged is there, and the upload goes on where it ended."""

import http.client
import json
import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests import images
from tests.lives import ACCOUNT, Life, living

PREFIX = f"/v2/{ACCOUNT}.dkr.ecr.us-east-1/team/app"
PIECE = 3_000_000
CONFIG = {"Entrypoint": ["/bin/runtime"], "WorkingDir": "/work"}
FAST = {"Delay": 0, "MaxAttempts": 10_000}


def ask(life: Life, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str]]:
    connection = http.client.HTTPConnection(life.url.removeprefix("http://"), timeout=60)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        response.read()
        return response.status, {key.lower(): value for key, value in response.getheaders()}
    finally:
        connection.close()


def begin_piece(life: Life, path: str, data: bytes, *, announced: int) -> socket.socket:
    """A piece of which only the beginning is sent."""
    host, port = life.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)))
    connection.sendall(f"PATCH {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {announced}\r\n\r\n".encode() + data)
    return connection


def path_of(location: str) -> str:
    return "/" + location.partition("//")[2].partition("/")[2] if "//" in location else location


def test_an_upload_goes_on_after_kill_9_where_the_last_acknowledged_piece_ended(tmp_path: Path) -> None:
    program = images.runtime(tmp_path)
    layer = images.layer({"bin/runtime": program, "work": None, "large": os.urandom(2 * PIECE)})
    manifest, config, (packed,) = images.parts([layer], CONFIG)
    digest = images.digest_of(packed)
    assert len(packed) > 2 * PIECE
    data = tmp_path / "data"
    with living(data) as first:
        first.client("ecr").create_repository(repositoryName="team/app")
        status, headers = ask(first, "POST", f"{PREFIX}/blobs/uploads/")
        assert status == 202
        upload = path_of(headers["location"])
        status, headers = ask(first, "PATCH", upload, packed[:PIECE])
        assert (status, headers["range"]) == (202, f"0-{PIECE - 1}")
        begun = begin_piece(first, upload, packed[PIECE : PIECE + 1_000_000], announced=PIECE)
    begun.close()
    with living(data) as second:
        status, headers = ask(second, "GET", upload)
        assert (status, headers["range"]) == (204, f"0-{PIECE - 1}")
        status, headers = ask(second, "PATCH", upload, packed[PIECE : 2 * PIECE], Content_Range=f"{PIECE}-{2 * PIECE - 1}")
        assert (status, headers["range"]) == (202, f"0-{2 * PIECE - 1}")
    with living(data) as third:
        assert ask(third, "PUT", f"{upload}?digest={digest}", packed[2 * PIECE :])[0] == 201
        assert ask(third, "POST", f"{PREFIX}/blobs/uploads/?digest={images.digest_of(config)}", config)[0] == 201
        assert ask(third, "PUT", f"{PREFIX}/manifests/v1", manifest, Content_Type=images.MANIFEST)[0] == 201
    with living(data) as fourth:
        status, headers = ask(fourth, "HEAD", f"{PREFIX}/blobs/{digest}")
        assert (status, headers["content-length"]) == (200, str(len(packed)))
        functions = fourth.client("lambda")
        code = {"ImageUri": f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/team/app:v1"}
        role = f"arn:aws:iam::{ACCOUNT}:role/any"
        functions.create_function(FunctionName="f", PackageType="Image", Code=code, Role=role)
        functions.get_waiter("function_active_v2").wait(FunctionName="f", WaiterConfig=FAST)
        assert json.loads(functions.invoke(FunctionName="f", Payload=b"7")["Payload"].read())["event"] == 7


@pytest.mark.skipif(shutil.which("skopeo") is None, reason="skopeo is not installed (Debian: apt install skopeo)")
def test_a_push_that_kill_9_broke_is_repeated_whole(tmp_path: Path) -> None:
    layout = images.lay_out(tmp_path / "image", [images.layer({"large": os.urandom(PIECE)})], CONFIG)
    data = tmp_path / "data"

    def push(life: Life) -> "subprocess.Popen[bytes]":
        address = life.url.removeprefix("http://")
        command = ["skopeo", "copy", "--dest-tls-verify=false", f"oci:{layout}", f"docker://{address}/{PREFIX[4:]}:v1"]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    with living(data) as first:
        first.client("ecr").create_repository(repositoryName="team/app")
        broken = push(first)
    broken.wait()  # at whatever it was
    with living(data) as second:
        assert push(second).wait() == 0
        (image,) = second.client("ecr").describe_images(repositoryName="team/app")["imageDetails"]
        assert image["imageTags"] == ["v1"]
