"""Repositories: made, told, listed, changed, deleted."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.service.ecr.conftest import Registry

POLICY = json.dumps({"rules": [], "Description": "as long as AWS wants it" + " to be" * 20})


def refusal(call: Any, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_what_is_made_is_told(ecr: Any, account: str):
    made = ecr.create_repository(
        repositoryName="aa", imageScanningConfiguration={"scanOnPush": True}, tags=[{"Key": "k", "Value": "v"}]
    )["repository"]
    assert made["repositoryArn"] == f"arn:aws:ecr:us-east-1:{account}:repository/aa"
    assert made["repositoryUri"].startswith(f"{account}.dkr.ecr.us-east-1.localhost:")
    assert (made["imageTagMutability"], made["imageScanningConfiguration"]) == ("MUTABLE", {"scanOnPush": True})
    assert ecr.describe_repositories(repositoryNames=["aa"])["repositories"] == [made]
    assert ecr.list_tags_for_resource(resourceArn=made["repositoryArn"])["tags"] == [{"Key": "k", "Value": "v"}]
    message = f"The repository with name 'aa' already exists in the registry with id '{account}'"
    assert refusal(ecr.create_repository, repositoryName="aa") == ("RepositoryAlreadyExistsException", message)


def test_lists_come_in_pages(ecr: Any):
    for name in ("aa", "bb", "cc"):
        ecr.create_repository(repositoryName=name)
    pages = ecr.get_paginator("describe_repositories").paginate(PaginationConfig={"PageSize": 2})
    assert [[each["repositoryName"] for each in page["repositories"]] for page in pages] == [["aa", "bb"], ["cc"]]


def test_policies_are_kept(ecr: Any):
    ecr.create_repository(repositoryName="aa")
    for kind, text in (("repository", "policyText"), ("lifecycle", "lifecyclePolicyText")):
        get = getattr(ecr, f"get_{kind}_policy")
        assert refusal(get, repositoryName="aa")[0].lower() == f"{kind}policynotfoundexception"
        put = ecr.set_repository_policy if kind == "repository" else ecr.put_lifecycle_policy
        put(repositoryName="aa", **{text: POLICY})
        assert get(repositoryName="aa")[text] == POLICY
        getattr(ecr, f"delete_{kind}_policy")(repositoryName="aa")
        assert refusal(get, repositoryName="aa")[0].lower() == f"{kind}policynotfoundexception"


def test_an_immutable_tag_stays_where_it_is(ecr: Any, registry: Registry):
    ecr.put_image_tag_mutability(repositoryName="team/app", imageTagMutability="IMMUTABLE")
    digest = registry.push("team/app", "v1", b"one")
    image = ecr.batch_get_image(repositoryName="team/app", imageIds=[{"imageTag": "v1"}])["images"][0]
    assert image["imageId"] == {"imageDigest": digest, "imageTag": "v1"}
    parameters = {"repositoryName": "team/app", "imageManifest": image["imageManifest"]}
    assert refusal(ecr.put_image, **parameters, imageTag="v1")[0] == "ImageAlreadyExistsException"
    ecr.put_image(**parameters, imageTag="v2")
    (told,) = ecr.describe_images(repositoryName="team/app")["imageDetails"]
    assert told["imageTags"] == ["v1", "v2"]


def test_one_with_images_is_deleted_by_force_only(ecr: Any, registry: Registry):
    registry.push("team/app", "v1", b"one")
    assert refusal(ecr.delete_repository, repositoryName="team/app")[0] == "RepositoryNotEmptyException"
    ecr.delete_repository(repositoryName="team/app", force=True)
    assert ecr.describe_repositories()["repositories"] == []
