"""What the protocols in CBOR share: bodies, and the scalars that are the same in both."""

import cbor2
import pytest

from lambent.wire import cbor_shapes
from lambent.wire.problems import Serialization


@pytest.mark.parametrize("body", [b"\xff", b"\x81", b"\xc2\x01", b"\x9f" * 10_000])
def test_what_is_no_cbor_is_refused(body: bytes):
    with pytest.raises(Serialization):
        cbor_shapes.decode(body)


def test_a_protocol_reads_a_tag_in_its_own_way():
    tagged = cbor_shapes.encode(cbor2.CBORTag(cbor_shapes.EPOCH_TAG, 5_000))
    assert cbor_shapes.decode(tagged, {cbor_shapes.EPOCH_TAG: lambda value, _: value}) == 5_000
    assert cbor_shapes.decode(tagged).timestamp() == 5_000


def test_numbers_and_bytes_are_read_strictly_and_written_kindly():
    codec = cbor_shapes.codec(read_timestamp=str, write_timestamp=str, wire_name=lambda name, _: name)
    assert codec.scalar_readers["float"](1) == 1.0
    assert codec.scalar_readers["blob"](b"x") == b"x"
    assert codec.scalar_writers["blob"]("x") == b"x"
    for kind, wrong in (("double", "1"), ("float", True), ("blob", "x")):
        with pytest.raises(Serialization):
            codec.scalar_readers[kind](wrong)
