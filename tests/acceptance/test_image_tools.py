"""Images as other tools make and move them: buildah, podman, a Debian by debootstrap. Each is skipped where its tool is not."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests import images, warm

from lambent.core.context import Context
from lambent.testing import LocalPlatform

pytestmark = pytest.mark.slow

DOCKERFILE = """
FROM scratch
COPY runtime /bin/runtime
# podman leaves a folder that is only named by WORKDIR to be made by its own engine.
COPY Dockerfile /kept/
WORKDIR /kept
ENV GREETING=built
USER nobody
ENTRYPOINT ["/bin/runtime"]
CMD ["a"]
"""
FAST = {"Delay": 1, "MaxAttempts": 120}

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With a Dockerfile and what it copies."""
    made = tmp_path / "app"
    made.mkdir()
    (made / "Dockerfile").write_text(DOCKERFILE)
    (made / "runtime").write_bytes(images.runtime(tmp_path))
    (made / "runtime").chmod(0o755)
    return made


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a tool whose images and passwords are this test's own; what it must not do, it need not."""
    storage = tmp_path / "storage.conf"
    storage.write_text(f'[storage]\ndriver = "vfs"\ngraphroot = "{tmp_path}/graph"\nrunroot = "{tmp_path}/run"\n')
    (tmp_path / "auth.json").write_text("{}")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    own = {"CONTAINERS_STORAGE_CONF": str(storage), "REGISTRY_AUTH_FILE": str(tmp_path / "auth.json"), "BUILDAH_FORMAT": "oci"}

    def call(*command: object, given: str = "", is_refused: bool = False) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            [*map(str, command)], env=kept | own, input=given, capture_output=True, text=True, check=False, timeout=300
        )
        assert (done.returncode != 0) == is_refused, done.stderr
        return done

    return call


def usable(tool: str, run: Run) -> str:
    """Skips the test where the tool is not installed, or cannot work here."""
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed (Debian: apt install {tool})")
    try:
        run(tool, "info")
    except AssertionError as error:
        pytest.skip(f"{tool} cannot work here: {str(error).splitlines()[0]}")
    return tool


def answer(functions: Any, uri: str) -> Any:
    functions.create_function(
        FunctionName="f", PackageType="Image", Code={"ImageUri": uri}, Role="arn:aws:iam::000000000000:role/r", Timeout=30
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="f", WaiterConfig=FAST)
    answered = functions.invoke(FunctionName="f", Payload=b'{"n": 1}', LogType="Tail")
    payload = answered["Payload"].read()
    assert "FunctionError" not in answered, (payload, base64.b64decode(answered["LogResult"]))
    return json.loads(payload)


@pytest.mark.parametrize("tool", ["buildah", "podman"])
def test_what_a_tool_builds_and_pushes_is_a_function_and_comes_back_the_same(
    tool: str, run: Run, folder: Path, platform: LocalPlatform, client: Any, account: str
) -> None:
    usable(tool, run)
    client("ecr").create_repository(repositoryName="team/app")
    address = f"{platform.url.removeprefix('http://')}/{account}.dkr.ecr.us-east-1/team/app:v1"
    run(tool, "build", "-t", address, folder)
    run(tool, "push", "--tls-verify=false", address)
    told = answer(client("lambda"), address)
    assert (told["arguments"], told["folder"], told["variable"]) == (["/bin/runtime", "a"], "/kept", "built")
    assert (told["user"], told["event"]) == (1051, {"n": 1})
    (before,) = run(tool, "images", "--quiet", "--no-trunc").stdout.split()
    run(tool, "rmi", "--all", "--force")
    run(tool, "pull", "--tls-verify=false", address)
    assert run(tool, "images", "--quiet", "--no-trunc").stdout.split() == [before]


def test_the_command_builds_and_pushes_with_what_is_there(
    run: Run, folder: Path, platform: LocalPlatform, client: Any, account: str
) -> None:
    builder = next((each for each in ("buildah", "podman") if shutil.which(each)), None)
    usable(builder or "buildah", run)
    where = ["--endpoint-url", platform.url, "--account", account]
    uri = run(warm.command("lambent"), "image", "build", "-t", "team/app:v1", folder, *where).stdout.strip()
    assert uri.endswith(f"/{account}.dkr.ecr.us-east-1/team/app:v1")
    assert answer(client("lambda"), uri)["arguments"] == ["/bin/runtime", "a"]


RUNNING = """
FROM scratch
ADD debian.tar /
COPY runtime /usr/local/bin/runtime
RUN dpkg --print-architecture > /made && id -u >> /made
ENTRYPOINT ["/bin/sh", "-c", "exec /usr/local/bin/runtime $(cat /made)"]
"""


@pytest.mark.realtime
def test_the_commands_of_a_dockerfile_run_where_no_container_can_be_started(
    run: Run, folder: Path, platform: LocalPlatform, client: Any, account: str
) -> None:
    usable("buildah", run)
    (folder / "Dockerfile").write_text(RUNNING)
    shutil.copy(images.debian(), folder / "debian.tar")
    where = ["--endpoint-url", platform.url, "--account", account]
    isolated = ("env", "BUILDAH_ISOLATION=chroot", warm.command("lambent"))
    uri = run(*isolated, "image", "build", "-t", "debian", folder, *where).stdout.strip()
    assert answer(client("lambda"), uri)["arguments"][1:] in (["amd64", "0"], ["arm64", "0"])


def test_podman_logs_in_with_the_password_and_pushes_where_callers_are_checked(run: Run, folder: Path) -> None:
    usable("podman", run)
    with LocalPlatform(auth="iam") as guarded:
        root = Context("111122223333", "us-east-1", "test", "arn:aws:iam::111122223333:root", guarded.url)
        key = guarded.run(guarded.platform.call(root, "iam", "CreateAccessKey", {}))["AccessKey"]
        named = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}

        def aws(service: str) -> Any:
            return boto3.client(service, region_name="us-east-1", endpoint_url=guarded.url, **named)

        aws("ecr").create_repository(repositoryName="app")
        host = guarded.url.removeprefix("http://")
        run("podman", "build", "-t", f"{host}/app:v1", folder)
        assert "unauthorized" in run("podman", "push", "--tls-verify=false", f"{host}/app:v1", is_refused=True).stderr.lower()
        login = ("podman", "login", "--tls-verify=false", "--username", "AWS", "--password-stdin", host)
        run(*login, given="guessed", is_refused=True)
        token = aws("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]
        run(*login, given=password_of(token))
        run("podman", "push", "--tls-verify=false", f"{host}/app:v1")
        (image,) = aws("ecr").describe_images(repositoryName="app")["imageDetails"]
        assert image["imageTags"] == ["v1"]


def password_of(token: str) -> str:
    return base64.b64decode(token).decode().partition(":")[2]


@pytest.fixture(scope="module")
def debian() -> bytes:
    return images.debian().read_bytes()


def test_a_debian_is_a_root_like_any_other(debian: bytes, tmp_path: Path, client: Any) -> None:
    command = 'exec /usr/local/bin/runtime "$(cat /etc/debian_version)" "$(dpkg --print-architecture)" "$(id -u)"'
    config = {"Entrypoint": ["/bin/sh", "-c", command], "WorkingDir": "/srv", "User": "root"}
    layers = [debian, images.layer({"usr/local/bin/runtime": images.runtime(tmp_path)})]
    told = answer(client("lambda"), f"oci:{images.lay_out(tmp_path / 'image', layers, config)}")
    version, architecture, user = told["arguments"][1:]
    assert (version.partition(".")[0], user) == ("12", "1051")
    assert architecture in ("amd64", "arm64")
    assert (told["folder"], told["root"], told["tmp"]) == ("/srv", "Read-only file system", "written")
