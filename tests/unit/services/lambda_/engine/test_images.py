"""What a function takes of an image, and which images it takes."""

import json

import pytest
from tests.images import digest_of, parts

from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import images
from lambent.services.lambda_.engine.images import ImageConfig

MANIFEST, CONFIG, PACKED = parts(
    [b"one", b"two"], {"Entrypoint": ["/run"], "Cmd": ["a", "b"], "Env": ["A=1=2", "B="], "WorkingDir": "/var/task"}
)


def test_an_image_says_what_to_start_and_where():
    image = images.image_of(images.parts_of(MANIFEST, "u"), CONFIG, uri="u", resolved_uri="r")
    assert (image.entry_point, image.command, image.working_folder) == (("/run",), ("a", "b"), "/var/task")
    assert image.variables == {"A": "1=2", "B": ""}
    assert [f"sha256:{layer}" for layer in image.layers] == list(map(digest_of, PACKED))
    assert image.archives == {image.config, *image.layers}


def test_an_image_that_says_nothing_starts_nothing_in_the_root():
    image = images.image_of(images.parts_of(MANIFEST, "u"), b"{}", uri="u", resolved_uri="r")
    assert (image.entry_point, image.command, image.working_folder) == ((), (), "/")


def changed(**members) -> bytes:
    return json.dumps(json.loads(MANIFEST) | members).encode()


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"[]",
        changed(mediaType=images.INDEXES[0]),
        changed(layers=[{"mediaType": "x"}]),
        changed(config={"mediaType": "x"}),
    ],
)
def test_other_kinds_are_refused_in_aws_words(manifest):
    with pytest.raises(errors.ImageUnsupported, match="media type for the source image u is not supported"):
        images.parts_of(manifest, "u")


def test_layers_in_zstd_are_told_as_such():
    assert not images.parts_of(MANIFEST, "u").is_zstd
    layers = json.loads(MANIFEST)["layers"]
    layers[0]["mediaType"] = images.ZSTD_LAYERS[0]
    assert images.parts_of(changed(layers=layers), "u").is_zstd


@pytest.mark.parametrize("size", [-1, float("inf"), 1e30, "5", True, None])
def test_a_layer_of_no_possible_size_is_refused(size):
    layers = json.loads(MANIFEST)["layers"]
    layers[0]["size"] = size
    with pytest.raises(errors.ImageUnsupported):
        images.parts_of(changed(layers=layers), "u")


@pytest.mark.parametrize(
    "config",
    [
        b"[" * 200_000,
        b'{"config": {"Entrypoint": "/bin/sh"}}',
        b'{"config": {"Cmd": ["a\\u0000b"]}}',
        b'{"config": {"WorkingDir": "/a\\u0000b"}}',
        b'{"config": {"Env": ["A\\u0000B=c"]}}',
        b'{"config": {"Env": {"A": "b"}}}',
        b'{"config": {"Cmd": ["\\ud800"]}}',
    ],
    ids=lambda config: config[:40],
)
def test_a_configuration_that_no_program_can_be_started_by_is_refused(config):
    with pytest.raises(errors.ImageUnsupported):
        images.image_of(images.parts_of(MANIFEST, "u"), config, uri="u", resolved_uri="r")


def test_variables_without_a_name_are_passed_over():
    config = b'{"config": {"Env": ["=x", "A=b"]}}'
    assert images.image_of(images.parts_of(MANIFEST, "u"), config, uri="u", resolved_uri="r").variables == {"A": "b"}


def test_an_empty_image_config_says_nothing():
    assert images.config_of({}) is None
    assert images.config_of({"Command": [], "WorkingDirectory": ""}) is None
    assert images.config_of({"Command": ["x"]}) == ImageConfig(command=("x",))
