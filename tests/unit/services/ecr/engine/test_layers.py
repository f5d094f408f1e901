"""Uploads grow piece by piece; what is never finished or never used is forgotten."""

import pytest
from msgspec.structs import replace
from tests.unit.services.ecr.engine.conftest import NAME, digest_of

from lambent.services.ecr import errors
from lambent.services.ecr.engine import images, layers, limits, repositories
from lambent.services.ecr.tables.layers import Piece
from lambent.services.ecr.tables.repositories import Settings

ONE = Piece(0, "a" * 64, 10)


def test_a_piece_begins_where_the_last_one_ended(tx):
    upload = layers.begin(tx, NAME, 0.0)
    layers.add(tx, NAME, upload, ONE)
    for first_byte in (0, 9, 11):
        with pytest.raises(errors.InvalidLayerPart):
            layers.add(tx, NAME, upload, replace(ONE, first_byte=first_byte))
    layers.add(tx, NAME, upload, Piece(10, "b" * 64, 5))
    assert layers.received(layers.pieces(tx, NAME, upload)) == 15


def test_a_complete_upload_is_a_layer_and_no_upload(tx):
    upload = layers.begin(tx, NAME, 0.0)
    layers.add(tx, NAME, upload, ONE)
    layers.complete(tx, NAME, upload, digest_of("x"), 10, 0.0)
    assert layers.find(tx, NAME, digest_of("x")) == 10
    assert layers.used_blobs(tx) == {digest_of("x")[7:]}
    with pytest.raises(errors.UploadNotFound):
        layers.pieces(tx, NAME, upload)


def test_what_nobody_finished_or_used_is_forgotten_after_a_day(tx, pushed):
    images.put(tx, NAME, pushed("used"), "v1", 0.0, is_repeatable=False)
    layers.keep(tx, NAME, digest_of("unused"), 6, 100.0)
    upload = layers.begin(tx, NAME, 200.0)
    layers.add(tx, NAME, upload, ONE)
    assert layers.next_expiry(tx) == {NAME.scope.account: 100.0 + limits.UNUSED_S_MAX}
    layers.expire(tx, lambda _: 150.0 + limits.UNUSED_S_MAX)
    assert layers.used_blobs(tx) == {digest_of("used")[7:], ONE.sha256}
    layers.expire(tx, lambda _: 200.0 + limits.UNUSED_S_MAX)
    assert layers.used_blobs(tx) == {digest_of("used")[7:]}
    assert layers.next_expiry(tx) == {}


def test_a_layer_of_another_repository_is_mounted_where_it_is_there(tx):
    other = replace(NAME, name="other")
    repositories.create(tx, other, Settings(), 0.0)
    layers.keep(tx, NAME, digest_of("x"), 1, 0.0)
    assert layers.mount(tx, other, NAME, digest_of("x"), 0.0)
    assert not layers.mount(tx, other, NAME, digest_of("y"), 0.0)
    assert layers.sizes(tx, other, [digest_of("x"), digest_of("y")]) == [1, None]


def test_a_layer_that_an_image_names_is_not_removed(tx, pushed):
    images.put(tx, NAME, pushed("used"), "v1", 0.0, is_repeatable=False)
    with pytest.raises(errors.LayerInUse):
        layers.remove(tx, NAME, digest_of("used"))
    with pytest.raises(errors.LayerInaccessible):
        layers.remove(tx, NAME, digest_of("other"))
