"""Errors of streams: their codes."""

import pytest

from lambent.services.dynamodb import stream_errors


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (stream_errors.StreamNotFound(arn="a"), "ResourceNotFoundException"),
        (stream_errors.ExpiredIterator(), "ExpiredIteratorException"),
        (stream_errors.TrimmedDataAccess(), "TrimmedDataAccessException"),
        (stream_errors.TooManyReaders(), "ThrottlingException"),
        (stream_errors.DestinationState(reason="r"), "ValidationException"),
    ],
)
def test_an_error_has_aws_code_and_blames_the_request(error, code):
    assert (error.code, error.status) == (code, 400)
