"""What a manifest says of its image."""

import json

import pytest
from tests.unit.services.ecr.engine.conftest import digest_of, index, manifest

from lambent.services.ecr import errors
from lambent.services.ecr.engine import manifests


def test_an_image_is_its_configuration_and_its_layers():
    read = manifest("config", "one", "three")
    assert read.layers == {digest_of("config"): 6, digest_of("one"): 3, digest_of("three"): 5}
    assert (read.digest, read.images) == (digest_of(read.text), ())


def test_an_index_is_images():
    one, other = manifest("a"), manifest("b")
    assert index(one, other).images == (one.digest, other.digest)


def test_a_kind_that_the_text_does_not_tell_is_the_client_s_word():
    text = json.dumps({"schemaVersion": 2, "config": {"digest": digest_of("c"), "size": 1}, "layers": []})
    assert manifests.parse(text, manifests.DOCKER_MANIFEST).media_type == manifests.DOCKER_MANIFEST
    assert manifests.parse(text).media_type == manifests.OCI_MANIFEST


@pytest.mark.parametrize("size", ["1e999", "-1", "1e30", "9" * 30, '"5"', "true", "null", "1.5"])
def test_a_size_that_no_layer_has_is_refused(size):
    text = f'{{"schemaVersion": 2, "config": {{"digest": "{digest_of("c")}", "size": {size}}}, "layers": []}}'
    with pytest.raises(errors.InvalidParameter):
        manifests.parse(text)


@pytest.mark.parametrize(
    "text",
    ["\ud800", "", "[]", "{}", '{"schemaVersion":1}', '{"schemaVersion":2,"layers":[]}', '{"schemaVersion":2,"mediaType":"x"}'],
)
def test_what_is_no_manifest_is_refused(text):
    with pytest.raises(errors.InvalidParameter):
        manifests.parse(text)
