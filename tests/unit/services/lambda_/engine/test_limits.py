"""The quotas that other numbers follow from."""

from lambent.services.lambda_.engine import limits


def test_a_zip_of_the_largest_size_fits_into_the_largest_request_as_base64():
    assert (limits.ZIPPED_BYTES_MAX + 2) // 3 * 4 < limits.REQUEST_BYTES_MAX


def test_an_event_may_be_no_larger_than_a_payload():
    assert limits.EVENT_PAYLOAD_BYTES_MAX < limits.PAYLOAD_BYTES_MAX
