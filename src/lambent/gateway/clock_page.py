"""/_lambent/clock: what time it is, and turning it, for the platform and for each account."""

import json
import math
from collections.abc import Mapping
from typing import cast
from urllib.parse import parse_qsl

from lambent.core.clock import MODES, PLATFORM, ClockRefusal, Clocks, Fired, FiredList, Mode, NeverIdle, iso
from lambent.core.moments import LATEST, from_iso
from lambent.gateway.authenticate import is_account

_EXAMPLES = '{"advance_s": 61}, {"set": "2026-01-01T00:00:00Z"}, {"run_until_idle": true} or {"mode": "auto"}'

Answer = tuple[int, dict[str, object]]
"""A status and what is told."""


class BadTurn(Exception):
    """What was sent says nothing that a clock can do."""


class ClockPage:
    """Answers for the clocks of one platform."""

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks

    async def answer(self, method: str, query: str, body: bytes) -> Answer:
        """GET tells, POST turns, DELETE gives an account's own clock back."""
        try:
            account = _account(query)
            if method == "GET":
                return 200, self._told(account)
            if method == "DELETE":
                return await self._release(account)
            return await self._turn(account, _turn_of(body, account))
        except BadTurn as bad:
            return 400, {"message": str(bad)}
        except NeverIdle as never:
            return 409, {"message": str(never)} | self._told(account)
        except ClockRefusal as refusal:
            return 400, {"message": str(refusal)}

    async def _turn(self, account: str, turn: tuple[str, object]) -> Answer:
        clocks = self._clocks
        fired = FiredList()
        match turn:
            case ("advance_s", float(seconds)):
                fired = await clocks.advance(seconds, account)
            case ("set", float(to)):
                fired = await clocks.set_time(to, account)
            case ("run_until_idle", _):
                fired = await clocks.run_until_idle(account)
            case ("mode", "platform"):
                await clocks.release(account)
            case (_, mode):
                await clocks.set_mode(cast(Mode, mode), account)
        told = self._told(account) | {"fired": [_fired(each) for each in fired]}
        if fired.total > len(fired):
            told["fired_left_off"] = fired.total - len(fired)
        return 200, told

    async def _release(self, account: str) -> Answer:
        if account == PLATFORM:
            raise BadTurn(
                "Only an account's own clock can be given back: name it, as in DELETE /_lambent/clock?account=123456789012."
            )
        await self._clocks.release(account)
        return 200, self._told(account)

    def _told(self, account: str) -> dict[str, object]:
        state = self._clocks.state(account)
        told: dict[str, object] = {
            "now": iso(state.now),
            "mode": state.mode,
            "next": iso(state.next_due_at) if state.next_due_at < LATEST else None,
        }
        if account != PLATFORM:
            told["account"] = account
            told["has_own_clock"] = self._clocks.has_own(account)
        return told


def _account(query: str) -> str:
    named = parse_qsl(query, keep_blank_values=True)
    if not named:
        return PLATFORM
    ((name, account), *more) = named
    if name != "account" or more or not is_account(account):
        raise BadTurn("The clock takes account=, a number of 12 digits, or nothing, which means the platform's own.")
    return account


def _turn_of(body: bytes, account: str) -> tuple[str, object]:
    """The one member that was sent, with its value checked. Raises BadTurn."""
    try:
        content = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise BadTurn(f"The body is not JSON. Send one of {_EXAMPLES}.") from error
    if not isinstance(content, Mapping):
        raise BadTurn(f"The body is not a JSON object. Send one of {_EXAMPLES}.")
    unknown = [name for name in content if name not in _CHECKS]
    if unknown:
        raise BadTurn(f"The clock knows no {', '.join(map(repr, unknown))}. Send one of {_EXAMPLES}.")
    if len(content) != 1:
        raise BadTurn(f"{'Nothing was' if not content else 'Several things were'} asked for. Send one of {_EXAMPLES}.")
    ((name, value),) = content.items()
    return name, _CHECKS[name](value, account)


def _seconds(value: object, _account: str) -> float:
    try:
        seconds = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    except OverflowError:  # a whole number beyond all floats
        seconds = math.inf
    if not math.isfinite(seconds):
        raise BadTurn(f"advance_s is a number of seconds, not {json.dumps(value)}.")
    if seconds < 0:
        raise BadTurn(
            "advance_s is not negative: time does not go back. For an earlier time start afresh with another data directory."
        )
    return seconds


def _instant(value: object, _account: str) -> float:
    try:
        if not isinstance(value, str):
            raise ValueError
        return from_iso(value)
    except (ValueError, OverflowError) as error:
        raise BadTurn(f'set is a date and time like "2026-01-01T00:00:00Z", not {json.dumps(value)}.') from error


def _true(value: object, _account: str) -> bool:
    if value is not True:
        raise BadTurn("run_until_idle is true, or is not sent.")
    return True


def _mode(value: object, account: str) -> str:
    modes = MODES if account == PLATFORM else (*MODES, "platform")
    if value not in modes:
        choices = " or ".join(f'"{mode}"' for mode in modes)
        raise BadTurn(f"mode is {choices}, not {json.dumps(value)}.")
    return str(value)


_CHECKS = {"advance_s": _seconds, "set": _instant, "run_until_idle": _true, "mode": _mode}


def _fired(fired: Fired) -> dict[str, object]:
    return {"at": iso(fired.at), "kind": fired.kind, "key": fired.key, "account": fired.account, "region": fired.region}
