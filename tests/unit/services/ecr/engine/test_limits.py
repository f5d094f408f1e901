"""The quotas that other numbers follow from."""

from lambent.gateway import pipeline
from lambent.services.ecr.engine import limits


def test_a_piece_of_the_told_size_fits_into_a_request_as_base64():
    bytes_max = pipeline.BODY_BYTES_MAX["ecr", "UploadLayerPart"]
    assert bytes_max >= (limits.PIECE_BYTES + 2) // 3 * 4 + 4_096
