"""Functions from container images: made from the registry and from disk, told, updated, refused in AWS' words."""

import io
import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import WaiterError
from tests import images
from tests.service.lambda_.conftest import FAST, ROLE, zipped

from lambent.environments import image_layers, zstd
from lambent.services.lambda_.engine.images import ZSTD_LAYERS
from lambent.testing import LocalPlatform

CONFIG = {"Entrypoint": ["/bin/runtime"], "Cmd": ["a"], "WorkingDir": "/work", "Env": ["GREETING=hi"]}
ZIP = {"Role": ROLE, "Runtime": "python3.12", "Handler": "a.b"}
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


def test_a_tag_that_moves_changes_a_function_when_its_code_is_updated_and_not_before(
    aws: Any, client: Any, image_function: Any, push: Any, layout: Path, program: bytes, account: str
):
    first = push("live")
    uri = f"{account}.dkr.ecr.us-east-1.amazonaws.com/team/app:live"
    image_function(uri)
    images.lay_out(layout, [images.layer({"bin/runtime": program, "work": None, "new": b"x"})], CONFIG | {"Cmd": ["new"]})
    second = push("live")
    assert second != first
    assert call(aws)["arguments"] == ["/bin/runtime", "a"]
    assert aws.update_function_code(FunctionName="f", ImageUri=uri)["CodeSha256"] == second.removeprefix("sha256:")
    aws.get_waiter("function_updated_v2").wait(FunctionName="f", WaiterConfig=FAST)
    assert call(aws)["arguments"] == ["/bin/runtime", "new"]
    (untagged,) = client("ecr").list_images(repositoryName="team/app", filter={"tagStatus": "UNTAGGED"})["imageIds"]
    assert untagged["imageDigest"] == first


@pytest.mark.parametrize("user", ["root", "1234:5678", "nobody"])
def test_whatever_user_an_image_names_its_function_is_awss_unprivileged_one(
    aws: Any, image_function: Any, program: bytes, tmp_path: Path, user: str
):
    """https://docs.aws.amazon.com/lambda/latest/dg/images-create.html: Lambda ignores all but four settings of an image."""
    base = images.layer({"bin/runtime": program, "work": None})
    image_function(f"oci:{images.lay_out(tmp_path / 'image', [base], CONFIG | {'User': user})}")
    assert call(aws)["user"] == 1051


def test_an_image_of_another_account_takes_its_repositorys_leave_for_the_caller_and_for_lambda(
    aws: Any, client: Any, push: Any, account: str
):
    push("v1")
    stranger, owner = client("lambda", aws_access_key_id="222222222222"), client("ecr")
    uri = f"{account}.dkr.ecr.us-east-1.amazonaws.com/team/app:v1"
    actions = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    to_account = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::222222222222:root"}, "Action": actions}
    to_lambda = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": actions,
        "Condition": {"StringLike": {"aws:sourceARN": "arn:aws:lambda:us-east-1:222222222222:function:*"}},
    }

    def create() -> Any:
        return stranger.create_function(FunctionName="f", Code={"ImageUri": uri}, **PRESENT)

    for statements in ([], [to_account], [to_lambda]):
        if statements:
            owner.set_repository_policy(repositoryName="team/app", policyText=json.dumps({"Statement": statements}))
        with pytest.raises(stranger.exceptions.ClientError) as caught:
            create()
        error = caught.value.response["Error"]
        assert error["Code"] == "AccessDeniedException"
        assert error["Message"] == "Lambda does not have permission to access the ECR image. Check the ECR permissions."
    both = json.dumps({"Statement": [to_account, to_lambda]})
    owner.set_repository_policy(repositoryName="team/app", policyText=both)
    create()
    stranger.get_waiter("function_active_v2").wait(FunctionName="f", WaiterConfig=FAST)
    assert call(stranger)["arguments"] == ["/bin/runtime", "a"]


@pytest.mark.skipif(shutil.which("skopeo") is None, reason="skopeo is not installed (Debian: apt install skopeo)")
@pytest.mark.skipif(shutil.which("zstd") is None, reason="zstd is not installed (Debian: apt install zstd)")
def test_layers_that_were_pushed_in_zstd_are_unpacked(
    aws: Any, client: Any, image_function: Any, program: bytes, tmp_path: Path, platform: LocalPlatform, account: str
):
    packed = images.lay_out(
        tmp_path / "zstd", [images.layer({"bin/runtime": program, "work": None})], CONFIG, pack=images.to_zstd
    )
    client("ecr").create_repository(repositoryName="app")
    pushed = f"{platform.url.removeprefix('http://')}/{account}.dkr.ecr.us-east-1/app:v1"
    command = ["skopeo", "copy", "--dest-tls-verify=false", f"oci:{packed}", f"docker://{pushed}"]
    copied = subprocess.run(command, capture_output=True, text=True, check=False)
    assert copied.returncode == 0, copied.stderr
    (image,) = client("ecr").batch_get_image(repositoryName="app", imageIds=[{"imageTag": "v1"}])["images"]
    assert {each["mediaType"] for each in json.loads(image["imageManifest"])["layers"]} == {ZSTD_LAYERS[0]}
    image_function(pushed)
    assert call(aws)["arguments"] == ["/bin/runtime", "a"]


def failed(aws: Any, uri: str) -> tuple[str, str]:
    """Why a function of this image never becomes active."""
    aws.create_function(FunctionName="f", Code={"ImageUri": uri}, **PRESENT)
    with pytest.raises(WaiterError):
        aws.get_waiter("function_active_v2").wait(FunctionName="f", WaiterConfig=FAST)
    told = aws.get_function_configuration(FunctionName="f")
    return told["StateReasonCode"], told["StateReason"]


def test_layers_in_zstd_are_refused_where_nothing_reads_them(
    refused: Any, program: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    packed = images.lay_out(tmp_path / "zstd", [images.layer({"bin/runtime": program})], CONFIG, pack=lambda data: data)
    monkeypatch.setattr(zstd, "is_here", lambda: False)
    code, message = refused("create_function", FunctionName="f", Code={"ImageUri": f"oci:{packed}"}, **PRESENT)
    assert code == "InvalidParameterValueException"
    assert message.startswith(f"The image manifest, config or layer media type for the source image oci:{packed} is not supp")
    assert "zstd" in message


def test_a_layer_that_is_no_tar_fails_the_function_in_awss_words(aws: Any, tmp_path: Path):
    layout = images.lay_out(tmp_path / "image", [b"no tar" * 1000], CONFIG)
    manifest = json.loads((layout / "index.json").read_text())["manifests"][0]["digest"]
    layer = json.loads((layout / "blobs/sha256" / manifest[7:]).read_text())["layers"][0]["digest"]
    code, reason = failed(aws, f"oci:{layout}")
    assert code == "InvalidImage"
    assert reason.startswith(f"ImageLayerFailure: UnsupportedImageLayerDetected - Layer Digest {layer} (")


def test_an_image_beyond_ten_gigabytes_fails_in_awss_words(aws: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(image_layers, "IMAGE_BYTES_MAX", 100_000)
    layout = images.lay_out(tmp_path / "image", [images.layer({"a": bytes(200_000)})], CONFIG)
    reason = "SizeLimitExceeded: Uncompressed container image size exceeds 10 GiB limit"
    assert failed(aws, f"oci:{layout}") == ("InvalidImage", reason)


@pytest.mark.slow
def test_what_is_too_large_for_a_zip_is_not_too_large_for_an_image(
    aws: Any, refused: Any, image_function: Any, program: bytes, tmp_path: Path
):
    """300 MB of dependencies."""
    parts = {f"python/part{number}.bin": bytes(30_000_000) for number in range(10)}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    assert refused("create_function", FunctionName="z", Code={"ZipFile": content.getvalue()}, **ZIP) == (
        "InvalidParameterValueException",
        "Unzipped size must be smaller than 262144000 bytes",
    )
    whole = images.layer({f"var/task/{name}": data for name, data in parts.items()} | {"bin/runtime": program, "work": None})
    image_function(f"oci:{images.lay_out(tmp_path / 'image', [whole], CONFIG)}")
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
    assert failed(aws, f"oci:{layout}")[0] == "InvalidImage"
    with pytest.raises(aws.exceptions.ClientError) as refused:
        aws.invoke(FunctionName="f")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] in (409, 502), "and not our defect"


def test_the_image_of_before_runs_where_a_new_one_cannot_be_had_or_unpacked(
    aws: Any, image_function: Any, layout: Path, program: bytes, tmp_path: Path
):
    image_function(f"oci:{layout}")
    before = aws.get_function_configuration(FunctionName="f")
    with pytest.raises(aws.exceptions.InvalidParameterValueException, match="does not exist"):
        aws.update_function_code(FunctionName="f", ImageUri=f"oci:{layout}:none")
    assert aws.get_function_configuration(FunctionName="f")["RevisionId"] == before["RevisionId"]
    broken = images.lay_out(tmp_path / "broken", [b"no tar" * 500], CONFIG)
    aws.update_function_code(FunctionName="f", ImageUri=f"oci:{broken}")
    with pytest.raises(WaiterError):
        aws.get_waiter("function_updated_v2").wait(FunctionName="f", WaiterConfig=FAST)
    told = aws.get_function(FunctionName="f")
    assert (told["Code"]["ImageUri"], told["Configuration"]["LastUpdateStatusReasonCode"]) == (f"oci:{broken}", "InvalidImage")
    assert call(aws)["arguments"] == ["/bin/runtime", "a"]
    good = images.lay_out(tmp_path / "good", [images.layer({"bin/runtime": program, "work": None})], CONFIG | {"Cmd": ["good"]})
    aws.update_function_code(FunctionName="f", ImageUri=f"oci:{good}")
    aws.get_waiter("function_updated_v2").wait(FunctionName="f", WaiterConfig=FAST)
    assert call(aws)["arguments"] == ["/bin/runtime", "good"]
