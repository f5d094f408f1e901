"""Markers: where the next page begins."""

from typing import Any

import pytest

from lambent.services.lambda_ import errors
from lambent.services.lambda_.operations import pages


@pytest.mark.parametrize("key", ["name", 7, ["name", 7]])
def test_a_marker_comes_back_as_the_key_that_it_was_made_of(key: Any):
    assert pages.start({"Marker": pages.marker(key)}, key) == key


@pytest.mark.parametrize(
    ("key", "first"),
    [(7, "a"), (2**63, 0), (True, 0), ([], ["a", 0]), (["a", "b"], ["a", 0]), (["a", 2**63], ["a", 0])],
)
def test_a_marker_that_nobody_was_given_is_refused(key: Any, first: Any):
    with pytest.raises(errors.InvalidParameterValue):
        pages.start({"Marker": pages.marker(key)}, first)


def test_a_marker_that_is_no_base64_is_refused():
    with pytest.raises(errors.InvalidParameterValue):
        pages.start({"Marker": "?"}, "")
