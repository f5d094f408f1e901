"""/_lambent/clock: what is told, what is turned, and what is refused with a next step."""

import asyncio
import json
from typing import Any

import pytest

from lambent.core.clock import Clocks, VirtualClock
from lambent.gateway.clock_page import ClockPage

ACCOUNT = "111122223333"


@pytest.fixture
def clocks() -> Clocks:
    return VirtualClock()


@pytest.fixture
def page(clocks: Clocks) -> ClockPage:
    return ClockPage(clocks)


async def post(page: ClockPage, turn: Any, account: str = "") -> tuple[int, dict[str, Any]]:
    body = turn if isinstance(turn, bytes) else json.dumps(turn).encode()
    return await page.answer("POST", f"account={account}" if account else "", body)


async def test_the_clock_tells_the_time_its_mode_and_what_is_next(clocks: Clocks, page: ClockPage) -> None:
    assert await page.answer("GET", "", b"") == (200, {"now": "2026-01-01T00:00:00.000000Z", "mode": "virtual", "next": None})
    clocks.call_at(clocks.now() + 60, lambda: None)
    clocks.call_at(clocks.now() + 30, lambda: None, is_background=True)
    _, told = await page.answer("GET", "", b"")
    assert told["next"] == "2026-01-01T00:01:00.000000Z"


async def test_turning_tells_what_fired(clocks: Clocks, page: ClockPage) -> None:
    clocks.of(ACCOUNT).call_at(clocks.now() + 60, lambda: None, kind="test.retry", key="arn")
    status, told = await post(page, {"advance_s": 61})
    assert status == 200
    assert told["now"] == "2026-01-01T00:01:01.000000Z"
    assert told["fired"] == [
        {"at": "2026-01-01T00:01:00.000000Z", "kind": "test.retry", "key": "arn", "account": ACCOUNT, "region": ""}
    ]


async def test_the_clock_is_set_run_until_idle_and_given_a_mode(clocks: Clocks, page: ClockPage) -> None:
    assert (await post(page, {"set": "2026-01-02"}))[1]["now"].startswith("2026-01-02T00:00:00")
    clocks.call_at(clocks.now() + 60, lambda: None)
    assert (await post(page, {"run_until_idle": True}))[1]["now"].startswith("2026-01-02T00:01:00")
    for mode in ("auto", "virtual", "real"):
        assert (await post(page, {"mode": mode}))[1]["mode"] == mode
    await clocks.stop()


async def test_an_accounts_own_clock_is_made_by_the_first_turn_and_given_back(clocks: Clocks, page: ClockPage) -> None:
    _, told = await page.answer("GET", f"account={ACCOUNT}", b"")
    assert (told["account"], told["has_own_clock"]) == (ACCOUNT, False)
    _, told = await post(page, {"advance_s": 5.5}, ACCOUNT)
    assert (told["now"], told["has_own_clock"]) == ("2026-01-01T00:00:05.500000Z", True)
    assert (await page.answer("GET", "", b""))[1]["now"] == "2026-01-01T00:00:00.000000Z"
    _, told = await page.answer("DELETE", f"account={ACCOUNT}", b"")
    assert (told["now"], told["has_own_clock"]) == ("2026-01-01T00:00:00.000000Z", False)
    await post(page, {"mode": "auto"}, ACCOUNT)
    _, told = await post(page, {"mode": "platform"}, ACCOUNT)
    assert (told["mode"], told["has_own_clock"]) == ("virtual", False)


@pytest.mark.parametrize(
    ("turn", "says"),
    [
        (b"{", "not JSON"),
        (b"[1]", "not a JSON object"),
        (b"", "Nothing was asked for"),
        ({}, "Nothing was asked for"),
        ({"advance": 61}, "knows no 'advance'"),
        ({"advance_s": 1, "set": "2030-01-01"}, "Several things"),
        ({"advance_s": -1}, "time does not go back"),
        ({"advance_s": "61"}, "a number of seconds"),
        ({"advance_s": True}, "a number of seconds"),
        (b'{"advance_s": NaN}', "a number of seconds"),
        (b'{"advance_s": 1e999}', "a number of seconds"),
        (b'{"advance_s": 1' + b"0" * 400 + b"}", "a number of seconds"),
        (b"[" * 3_000, "not JSON"),
        ({"advance_s": 1e300}, "No clock goes beyond"),
        ({"set": "tomorrow"}, "a date and time like"),
        ({"set": 5}, "a date and time like"),
        ({"set": "2025-12-31T23:59:59Z"}, "time does not go back"),
        ({"set": "9999-12-31T00:00:00Z"}, "No clock goes beyond"),
        ({"run_until_idle": False}, "run_until_idle is true"),
        ({"mode": "fast"}, 'mode is "real" or "virtual" or "auto", not "fast"'),
        ({"mode": "platform"}, "mode is"),
        ({"mode": ["auto"]}, "mode is"),
    ],
)
async def test_what_no_clock_can_do_is_refused_and_changes_nothing(
    clocks: Clocks, page: ClockPage, turn: Any, says: str
) -> None:
    before = clocks.now()
    status, told = await post(page, turn)
    assert (status, clocks.now()) == (400, before)
    assert says in told["message"]


@pytest.mark.parametrize("turn", [{"advance_s": -1}, {"set": "2020-01-01"}, {"advance_s": 1e300}, {}])
async def test_a_refused_turn_makes_no_clock(clocks: Clocks, page: ClockPage, turn: Any) -> None:
    assert (await post(page, turn, ACCOUNT))[0] == 400
    assert not clocks.has_own(ACCOUNT)


@pytest.mark.parametrize("query", ["account=1", "account=", "acount=111122223333", "account=111122223333&x=1"])
async def test_only_an_account_is_named(page: ClockPage, query: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        assert (await page.answer(method, query, b'{"advance_s": 1}'))[0] == 400


async def test_a_real_clock_says_how_to_make_it_virtual() -> None:
    status, told = await post(ClockPage(Clocks()), {"advance_s": 1})
    assert status == 400
    assert "lambent clock virtual" in told["message"]


async def test_the_platforms_clock_cannot_be_given_back(page: ClockPage) -> None:
    status, told = await page.answer("DELETE", "", b"")
    assert (status, "account=123456789012" in told["message"]) == (400, True)


async def test_what_repeats_for_ever_is_a_conflict_that_names_it(clocks: Clocks, page: ClockPage) -> None:
    async def every_day() -> None:
        while True:
            await clocks.sleep_until(clocks.now() + 86_400, kind="test.rule", key="daily")

    repeating = asyncio.create_task(every_day())
    status, told = await post(page, {"run_until_idle": True})
    assert status == 409
    assert "test.rule of daily" in told["message"]
    assert told["now"] == "2027-02-05T00:00:00.000000Z"
    repeating.cancel()


async def test_what_is_left_off_is_counted(clocks: Clocks, page: ClockPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lambent.core.turning.FIRED_MAX", 1)
    for number in range(3):
        clocks.call_at(clocks.now() + number + 1, lambda: None, kind="test.alarm")
    _, told = await post(page, {"advance_s": 10})
    assert (len(told["fired"]), told["fired_left_off"]) == (1, 2)
