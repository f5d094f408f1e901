"""Addresses of images: the registry's in all spellings, and this machine's disk."""

import pytest

from lambent.core.context import Scope
from lambent.services.lambda_.engine import image_uris
from lambent.services.lambda_.engine.image_uris import LocalImage, RegistryImage

OWN = Scope("111111111111", "us-east-1")
OTHER = Scope("222222222222", "eu-west-1")
DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("uri", "scope", "tag", "digest"),
    [
        ("localhost:4566/team/app", OWN, "latest", ""),
        ("localhost:4566/team/app:v1", OWN, "v1", ""),
        (f"127.0.0.1:4566/team/app@{DIGEST}", OWN, "", DIGEST),
        ("222222222222.dkr.ecr.eu-west-1.amazonaws.com/team/app:v1", OTHER, "v1", ""),
        ("222222222222.dkr.ecr.eu-west-1.localhost:4566/team/app:v1", OTHER, "v1", ""),
        ("localhost:4566/222222222222.dkr.ecr.eu-west-1/team/app:v1", OTHER, "v1", ""),
    ],
)
def test_the_registry_is_known_by_all_of_its_names(uri, scope, tag, digest):
    found = image_uris.parse(uri, OWN)
    assert isinstance(found, RegistryImage)
    assert (found.scope, found.repository, found.tag, found.digest) == (scope, "team/app", tag, digest)
    assert uri.startswith(found.address)
    assert found.address.endswith("team/app")


def test_the_disk_is_named_by_what_lies_there():
    assert image_uris.parse("oci:/a/b", OWN) == LocalImage("oci", "/a/b", "")
    assert image_uris.parse("docker-archive:/a.tar:app:v1", OWN) == LocalImage("docker-archive", "/a.tar", "app:v1")


@pytest.mark.parametrize(
    "uri", ["app:latest", "docker.io/library/app", "oci:relative", "localhost:4566/", "localhost/A", f"localhost/a@{DIGEST}0"]
)
def test_other_texts_name_no_image(uri):
    assert image_uris.parse(uri, OWN) is None
