"""Markers: where the next page begins."""

from typing import Any

import pytest

from lambent.services.lambda_ import errors
from lambent.services.lambda_.operations import pages


@pytest.mark.parametrize("key", ["name", 7, ["name", 7]])
def test_a_marker_comes_back_as_the_key_that_it_was_made_of(key: Any):
    assert pages.start({"Marker": pages.marker(key)}, key) == key


@pytest.mark.parametrize("marker", ["?", pages.marker(7)])
def test_a_marker_that_nobody_was_given_is_refused(marker: str):
    with pytest.raises(errors.InvalidParameterValue, match=r"Invalid Marker\."):
        pages.start({"Marker": marker}, "")
