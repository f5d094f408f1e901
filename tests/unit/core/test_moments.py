"""Instants, and how they are written."""

import os
import sys

import pytest

from lambent.core import moments


def test_the_machines_clocks_move_forward():
    assert moments.monotonic_s() <= moments.monotonic_s()
    assert moments.wall_s() > 1_700_000_000


def test_an_instant_is_written_as_iso_and_read_again():
    assert moments.iso(1_767_225_661.5) == "2026-01-01T00:01:01.500000Z"
    assert moments.from_iso("2026-01-01T00:01:01.500000Z") == 1_767_225_661.5
    assert moments.from_iso("2026-01-01T01:00:00+01:00") == 1_767_225_600.0


def test_without_a_zone_it_is_utc():
    assert moments.from_iso("2026-01-01") == moments.from_iso("2026-01-01T00:00:00") == 1_767_225_600.0


def test_what_is_no_date_is_refused():
    with pytest.raises(ValueError, match="Invalid isoformat"):
        moments.from_iso("tomorrow")


def test_the_latest_instant_can_be_written_and_so_can_what_is_due_after_it():
    assert moments.iso(moments.LATEST).startswith("9892")
    assert moments.iso(moments.LATEST + 400 * 86_400)


@pytest.mark.skipif(sys.platform != "linux", reason="no other system tells of another process")
def test_the_processor_time_of_a_process_grows_while_it_computes():
    before_s = moments.processor_s(os.getpid())
    while moments.processor_s(os.getpid()) == before_s:
        pass
    assert before_s > 0


def test_a_process_that_is_not_there_has_used_no_time():
    assert moments.processor_s(4_100_000) == moments.processor_s(0) == 0.0
