"""Functions from container images: made from the registry and from disk, told, updated, refused in AWS' words."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests import images
from tests.service.lambda_.conftest import FAST, ROLE, zipped

from lambent.testing import LocalPlatform

CONFIG = {"Entrypoint": ["/bin/runtime"], "Cmd": ["a"], "WorkingDir": "/work", "Env": ["GREETING=hi"]}
PRESENT = {"PackageType": "Image", "Role": ROLE}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return images.runtime(tmp_path_factory.mktemp("runtime"))


@pytest.fixture
def layout(program: bytes, tmp_path: Path) -> Path:
    base = images.layer({"bin/runtime": program, "work": None})
    return images.lay_out(tmp_path / "image", [base, images.layer({"extra": b"x"})], CONFIG)


@pytest.fixture
def image_function(aws: Any) -> Callable[..., Any]:
    def make(uri: str, **options: Any) -> Any:
        made = aws.create_function(FunctionName="f", Code={"ImageUri": uri}, **PRESENT, **options)
        aws.get_waiter("function_active_v2").wait(FunctionName="f", WaiterConfig=FAST)
        return made

    return make


@pytest.fixture
def push(client: Any, layout: Path) -> Callable[[str], str]:
    """Puts the image of ``layout`` into the registry through operations; returns its digest."""
    ecr = client("ecr")
    ecr.create_repository(repositoryName="team/app")

    def put(tag: str) -> str:
        index = json.loads((layout / "index.json").read_text())["manifests"][0]
        manifest = (layout / "blobs/sha256" / index["digest"][7:]).read_bytes()
        for each in (json.loads(manifest)["config"], *json.loads(manifest)["layers"]):
            data = (layout / "blobs/sha256" / each["digest"][7:]).read_bytes()
            upload = {
                "repositoryName": "team/app",
                "uploadId": ecr.initiate_layer_upload(repositoryName="team/app")["uploadId"],
            }
            ecr.upload_layer_part(**upload, partFirstByte=0, partLastByte=len(data) - 1, layerPartBlob=data)
            ecr.complete_layer_upload(**upload, layerDigests=[each["digest"]])
        ecr.put_image(repositoryName="team/app", imageManifest=manifest.decode(), imageTag=tag)
        return str(index["digest"])

    return put


def call(aws: Any) -> Any:
    return json.loads(aws.invoke(FunctionName="f", Payload=b"1")["Payload"].read())


def test_a_function_of_a_pushed_image_outlives_it(aws: Any, push: Any, image_function: Any, client: Any, account: str):
    digest = push("v1")
    uri = f"{account}.dkr.ecr.us-east-1.amazonaws.com/team/app:v1"
    made = image_function(uri, ImageConfig={"Command": ["b", "c"]})
    assert (made["PackageType"], made["CodeSize"], made["CodeSha256"]) == ("Image", 0, digest.removeprefix("sha256:"))
    assert made["ImageConfigResponse"] == {"ImageConfig": {"Command": ["b", "c"]}}
    assert not {"Runtime", "Handler", "RuntimeVersionConfig"} & made.keys()
    code = aws.get_function(FunctionName="f")["Code"]
    assert code == {
        "RepositoryType": "ECR",
        "ImageUri": uri,
        "ResolvedImageUri": f"{account}.dkr.ecr.us-east-1.amazonaws.com/team/app@{digest}",
    }
    client("ecr").delete_repository(repositoryName="team/app", force=True)
    answer = call(aws)
    assert (answer["arguments"], answer["folder"], answer["variable"]) == (["/bin/runtime", "b", "c"], "/work", "hi")


def test_a_function_is_updated_to_what_a_tag_means_then(aws: Any, image_function: Any, layout: Path, program: bytes):
    first = image_function(f"oci:{layout}")
    images.lay_out(layout, [images.layer({"bin/runtime": program})], CONFIG | {"Cmd": ["new"], "WorkingDir": "/"})
    changed = aws.update_function_code(FunctionName="f", ImageUri=f"oci:{layout}:latest", Publish=True)
    aws.get_waiter("function_updated_v2").wait(FunctionName="f", WaiterConfig=FAST)
    assert changed["CodeSha256"] != first["CodeSha256"]
    assert call(aws)["arguments"] == ["/bin/runtime", "new"]
    aws.update_function_configuration(FunctionName="f", ImageConfig={"EntryPoint": ["/bin/runtime", "x"]})
    aws.get_waiter("function_updated_v2").wait(FunctionName="f", WaiterConfig=FAST)
    assert call(aws)["arguments"] == ["/bin/runtime", "x", "new"]


@pytest.mark.skipif(shutil.which("skopeo") is None, reason="skopeo is not installed (Debian: apt install skopeo)")
def test_archives_that_other_tools_write_are_images_too(
    aws: Any, image_function: Any, layout: Path, tmp_path: Path, platform: LocalPlatform, account: str, client: Any
):
    for kind in ("oci-archive", "docker-archive"):
        reference = f"{kind}:{tmp_path / kind}.tar:app:v1"
        copied = subprocess.run(["skopeo", "copy", f"oci:{layout}:latest", reference], capture_output=True, check=False)
        assert copied.returncode == 0, copied.stderr
        image_function(reference)
        assert call(aws)["arguments"] == ["/bin/runtime", "a"]
        aws.delete_function(FunctionName="f")
    client("ecr").create_repository(repositoryName="app")
    pushed = f"{platform.url.removeprefix('http://')}/{account}.dkr.ecr.us-east-1/app:v1"
    source = f"docker-archive:{tmp_path}/docker-archive.tar"
    command = ["skopeo", "copy", "--dest-tls-verify=false", source, f"docker://{pushed}"]
    copied = subprocess.run(command, capture_output=True, check=False)
    assert copied.returncode == 0, copied.stderr
    image_function(pushed)
    assert call(aws)["arguments"] == ["/bin/runtime", "a"]


def test_refusals_are_aws_own(aws: Any, layout: Path, create: Any, image_function: Any, account: str):
    def refusal(call: Any, **parameters: Any) -> str:
        with pytest.raises(aws.exceptions.InvalidParameterValueException) as caught:
            call(**parameters)
        return str(caught.value.response["Error"]["Message"])

    missing = f"{account}.dkr.ecr.us-east-1.amazonaws.com/none:v1"
    new = {"FunctionName": "g", **PRESENT}
    assert refusal(aws.create_function, **new, Code={"ImageUri": missing}) == (
        f"Source image {missing} does not exist. Provide a valid source image."
    )
    assert refusal(aws.create_function, **new, Code={"ImageUri": "python:3.12"}) == (
        "Source image python:3.12 is not valid. Provide a valid source image."
    )
    assert refusal(aws.create_function, **new, Handler="a.b", Code={"ImageUri": f"oci:{layout}"}) == (
        "Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image."
    )
    create("zip")
    assert refusal(aws.update_function_code, FunctionName="zip", ImageUri=f"oci:{layout}") == (
        "Please don't provide ImageUri when updating a function with packageType Zip."
    )
    image_function(f"oci:{layout}")
    assert refusal(aws.update_function_code, FunctionName="f", ZipFile=zipped()) == (
        "Please provide ImageUri when updating a function with packageType Image."
    )


def test_an_image_whose_configuration_is_absurdly_large_is_refused(aws: Any, push: Any, layout: Path, account: str):
    shutil.rmtree(layout)
    images.lay_out(layout, [b"x"], CONFIG | {"Labels": {"a": "x" * 5_000_000}})
    digest = push("large")
    uri = f"{account}.dkr.ecr.us-east-1.amazonaws.com/team/app@{digest}"
    with pytest.raises(aws.exceptions.InvalidParameterValueException, match="is not supported"):
        aws.create_function(FunctionName="f", Code={"ImageUri": uri}, **PRESENT)


def test_an_image_that_cannot_be_unpacked_fails_its_function(aws: Any, layout: Path):
    shutil.rmtree(layout)
    images.lay_out(layout, [b"no tar" * 500], CONFIG)
    aws.create_function(FunctionName="f", Code={"ImageUri": f"oci:{layout}"}, **PRESENT)
    while (told := aws.get_function_configuration(FunctionName="f"))["State"] == "Pending":
        pass
    assert told["State"] == "Failed"
    with pytest.raises(aws.exceptions.ClientError) as refused:
        aws.invoke(FunctionName="f")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] in (409, 502), "and not our defect"
