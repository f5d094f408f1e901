"""The clock of one account in a test's hands."""

from datetime import UTC, datetime, timedelta

import pytest

from lambent.core.clock import ClockRefusal
from lambent.testing import Account, Deployer, LocalPlatform, TurnableClock


def test_it_stands_still(clock: TurnableClock, aws: Account) -> None:
    before = clock.now()
    aws.call("logs", "CreateLogGroup", logGroupName="g")
    (group,) = aws.call("logs", "DescribeLogGroups")["logGroups"]
    assert group["creationTime"] == before.timestamp() * 1000
    assert clock.now() == before
    assert clock.mode == "virtual"


@pytest.mark.parametrize("by", [90, 90.0, timedelta(minutes=1.5)])
def test_it_is_advanced(clock: TurnableClock, by: float | timedelta) -> None:
    before = clock.now()
    clock.advance(by)
    assert clock.now() - before == timedelta(seconds=90)


def test_what_is_no_time_is_refused_with_what_is(clock: TurnableClock) -> None:
    with pytest.raises(TypeError, match=r"takes seconds \(180\) or a timedelta .*, not '3 minutes'"):
        clock.advance("3 minutes")  # type: ignore[arg-type]


def test_it_is_set(clock: TurnableClock) -> None:
    clock.set("2031-02-03T04:05:06Z")
    assert clock.now() == datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)
    with pytest.raises(ClockRefusal):
        clock.set(datetime(2030, 1, 1, tzinfo=UTC))


def test_accounts_turn_their_own(lambent: LocalPlatform, clock: TurnableClock) -> None:
    with lambent.account() as other:
        before = other.clock.now()
        clock.advance(3_600)
        assert other.clock.now() == before


def test_an_account_that_comes_again_begins_anew(lambent: LocalPlatform) -> None:
    seen = []
    for _ in range(2):
        with lambent.account("111122223333") as aws:
            seen.append(aws.clock.now())
            aws.clock.advance(3_600)
    assert seen[0] == seen[1]


def test_functions_are_given_events_at_its_time(deploy: Deployer, clock: TurnableClock) -> None:
    def handler(event, context):
        return event

    echo = deploy(handler)
    echo(1)
    clock.advance(60)
    echo(2)
    first, second = echo.invocations
    assert second.at - first.at == timedelta(seconds=60)


def test_modes_end_with_their_block(clock: TurnableClock) -> None:
    with clock.auto():
        assert clock.mode == "auto"
    with clock.real():
        assert clock.mode == "real"
        clock.freeze()
        assert clock.mode == "virtual"
    assert clock.mode == "virtual"


def test_nothing_left_to_wait_for_is_idle(clock: TurnableClock) -> None:
    assert list(clock.run_until_idle()) == []
    clock.settle()
