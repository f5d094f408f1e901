"""Images: whole before they are put, found by digest and tag, deleted with the layers that only they have."""

import pytest
from tests.unit.services.ecr.engine.conftest import NAME, digest_of, index, manifest

from lambent.services.ecr import errors
from lambent.services.ecr.engine import images, repositories
from lambent.services.ecr.engine.images import Failure, ImageId
from lambent.services.ecr.tables import layers


def put(tx, image, tag="", *, is_repeatable=False):
    images.put(tx, NAME, image, tag, 0.0, is_repeatable=is_repeatable)


def test_an_image_whose_parts_are_missing_is_refused(tx):
    with pytest.raises(errors.LayersNotFound, match=digest_of("config")):
        put(tx, manifest("config"))
    with pytest.raises(errors.ReferencedImagesNotFound):
        put(tx, index(manifest("config")))


def test_a_tag_moves_to_the_image_that_was_put_last(tx, pushed):
    one, other = pushed("one"), pushed("other")
    put(tx, one, "v1")
    put(tx, other, "v1")
    assert images.find(tx, NAME, ImageId(tag="v1")).row.digest == other.digest
    assert images.find(tx, NAME, ImageId(digest=one.digest)).tags == ()


def test_a_tag_of_an_immutable_repository_stays(tx, pushed):
    repositories.change(tx, NAME, lambda before: type(before)(tag_mutability="IMMUTABLE"))
    put(tx, pushed("one"), "v1")
    with pytest.raises(errors.ImageTagAlreadyExists):
        put(tx, pushed("other"), "v1")


def test_the_same_again_is_an_error_for_operations_and_none_for_docker(tx, pushed):
    image = pushed("one")
    put(tx, image, "v1")
    put(tx, image, "v1", is_repeatable=True)
    with pytest.raises(errors.ImageAlreadyExists):
        put(tx, image, "v1")


def test_the_last_tag_takes_the_image_and_its_own_layers_along(tx, pushed):
    image, other = pushed("a", "shared"), pushed("b", "shared")
    for tag in ("v1", "v2"):
        put(tx, image, tag)
    put(tx, other)
    assert images.delete(tx, NAME, [ImageId(tag="v1")]) == [ImageId(image.digest, "v1")]
    assert digest_of("a")[7:] in layers.blobs(tx)
    assert images.delete(tx, NAME, [ImageId(tag="v2")]) == [ImageId(image.digest, "v2")]
    assert layers.blobs(tx) == {digest_of("b")[7:], digest_of("shared")[7:]}


def test_an_image_of_an_index_stays_as_long_as_that(tx, pushed):
    image = pushed("a")
    put(tx, image)
    put(tx, index(image), "all")
    (failure,) = images.delete(tx, NAME, [ImageId(image.digest)])
    assert isinstance(failure, Failure)
    assert failure.code == "ImageReferencedByManifestList"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (ImageId(), "MissingDigestAndTag"),
        (ImageId("sha256:x"), "InvalidImageDigest"),
        (ImageId(tag="none"), "ImageNotFound"),
        (ImageId("sha256:" + "0" * 64, "v1"), "ImageTagDoesNotMatchDigest"),
    ],
)
def test_what_cannot_be_found_says_why(tx, pushed, wanted, code):
    put(tx, pushed("one"), "v1")
    (failure,) = images.find_each(tx, NAME, [wanted])
    assert isinstance(failure, Failure)
    assert failure.code == code
    with pytest.raises(errors.ImageNotFound):
        images.find(tx, NAME, wanted)


def test_what_refers_to_an_image_is_found_by_it(tx, pushed):
    image = pushed("one")
    signature = pushed("signature", subject=image.digest)
    put(tx, image)
    put(tx, signature)
    assert [row.digest for row in images.referrers(tx, NAME, image.digest)] == [signature.digest]
