"""Layers through AWS' operations: uploaded in parts, checked, handed out by URL; images deleted with what only they had."""

import urllib.request
from typing import Any

from tests.service.ecr.conftest import Registry, digest_of
from tests.service.ecr.test_repositories import refusal

NAME = {"repositoryName": "team/app"}


def test_a_layer_in_parts_is_given_out_by_url(ecr: Any, registry: Registry):
    upload = ecr.initiate_layer_upload(**NAME)
    assert upload["partSize"] == 20_971_520
    parts = {**NAME, "uploadId": upload["uploadId"]}
    ecr.upload_layer_part(**parts, partFirstByte=0, partLastByte=4, layerPartBlob=b"hello")
    wrong = refusal(ecr.upload_layer_part, **parts, partFirstByte=4, partLastByte=5, layerPartBlob=b"xx")
    assert wrong[0] == "InvalidLayerPartException"
    last = ecr.upload_layer_part(**parts, partFirstByte=5, partLastByte=10, layerPartBlob=b" world")
    assert last["lastByteReceived"] == 10
    digest = digest_of(b"hello world")
    ecr.complete_layer_upload(**parts, layerDigests=[digest])
    missing = digest_of(b"nothing")
    found = ecr.batch_check_layer_availability(**NAME, layerDigests=[digest, missing])["layers"]
    assert [layer["layerAvailability"] for layer in found] == ["AVAILABLE", "UNAVAILABLE"]
    url = ecr.get_download_url_for_layer(**NAME, layerDigest=digest)
    account_of_url = urllib.request.Request(url["downloadUrl"], headers={"Host": registry.headers["Host"]})
    with urllib.request.urlopen(account_of_url) as answer:
        assert answer.read() == b"hello world"


def test_a_layer_that_is_not_what_its_digest_says_is_refused(ecr: Any, registry: Registry):
    upload = ecr.initiate_layer_upload(**NAME)["uploadId"]
    ecr.upload_layer_part(**NAME, uploadId=upload, partFirstByte=0, partLastByte=0, layerPartBlob=b"x")
    complete = {**NAME, "uploadId": upload, "layerDigests": [digest_of(b"y")]}
    assert refusal(ecr.complete_layer_upload, **complete)[0] == "InvalidLayerException"
    assert refusal(ecr.complete_layer_upload, **complete)[0] == "UploadNotFoundException"


def test_an_image_that_is_deleted_takes_its_layers_along(ecr: Any, registry: Registry):
    registry.push("team/app", "v1", b"own", b"shared")
    registry.push("team/app", "v2", b"shared")
    gone = ecr.batch_delete_image(**NAME, imageIds=[{"imageTag": "v1"}, {"imageTag": "none"}])
    assert [each["imageTag"] for each in gone["imageIds"]] == ["v1"]
    assert [each["failureCode"] for each in gone["failures"]] == ["ImageNotFound"]
    checked = ecr.batch_check_layer_availability(**NAME, layerDigests=[digest_of(b"own"), digest_of(b"shared")])["layers"]
    assert [layer["layerAvailability"] for layer in checked] == ["UNAVAILABLE", "AVAILABLE"]
