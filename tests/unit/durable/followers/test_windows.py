"""Tumbling windows: which record is in which, and what an event says of it."""

import pytest

from lambent.durable.followers import windows
from lambent.durable.followers.windows import Window


def test_windows_begin_at_multiples_of_their_length():
    window = windows.of(1_607_497_475.5, 120)
    assert (window.start, window.end, window.state) == (1_607_497_440.0, 1_607_497_560.0, "{}")
    assert window.holds(1_607_497_440.0)
    assert not window.holds(1_607_497_560.0)
    assert not window.holds(1_607_497_439.9)


def test_an_event_says_its_window_as_aws_does():
    told = windows.members(Window(1_607_497_440.0, 120, '{"1":282}'), shard_id="s", source_arn="arn", is_final=False)
    assert told.decode() == (
        '"window":{"start":"2020-12-09T07:04:00Z","end":"2020-12-09T07:06:00Z"},"state":{"1":282},"shardId":"s",'
        '"eventSourceARN":"arn","isFinalInvokeForWindow":false,"isWindowTerminatedEarly":false'
    )


@pytest.mark.parametrize(
    ("payload", "state"),
    [
        (b'{"state": {"a": [1, 2.50]}}', '{"a": [1, 2.50]}'),
        (b'{"state": null, "batchItemFailures": []}', "null"),
        (b'{"batchItemFailures": []}', None),
        (b"{}", None),
        (b"null", None),
        (b'"state"', None),
        (b"", None),
        (b"[", None),
        (b'{"state": "\xff"}', None),
    ],
)
def test_the_state_is_what_the_function_returned_byte_for_byte(payload, state):
    assert windows.returned_state(payload) == state


def test_a_state_of_more_than_a_megabyte_terminates_the_window():
    assert not windows.of(0.0, 60).after("x" * 1_000_000).is_terminated
    assert windows.of(0.0, 60).after("x" * 1_000_001).is_terminated
