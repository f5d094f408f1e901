"""Reads what functions wrote, and waits for it without sleeping."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from lambent.core.errors import ServiceError
from lambent.durable.signals import Signals
from lambent.services.logs.engine.ingestion import TOPIC

if TYPE_CHECKING:
    from lambent.testing.functions import Function

__tracebackhide__ = True  # pytest shows the line of the test that asked, not the way through here; --full-trace shows all

T = TypeVar("T")

WAIT_S_MAX = 30.0
PLATFORM_LINE = re.compile(
    r"(START RequestId: |END RequestId: |REPORT RequestId: |INIT_START Runtime Version: |INIT_REPORT Init Duration: )"
    r'|\{"time":"[^"]*","type":"platform\.'
)
"""What Lambda itself writes into a function's log, in its two formats."""

Run = Callable[[Coroutine[Any, Any, T]], T]
AwaitedCalls = Callable[[str, str, dict[str, Any]], Coroutine[Any, Any, dict[str, Any]]]


class Logs:
    """``logs(function)``: the log of one account, oldest first."""

    def __init__(self, *, call: AwaitedCalls, run: Callable[..., Any], signals: Callable[[], Signals]) -> None:
        self._call = call
        self._run = run
        self._signals = signals

    def __call__(self, of: "Function | str", pattern: str = "", *, with_platform_lines: bool = False) -> list[str]:
        """The messages of a function, of the function of that name, or of a log group.

        ``pattern`` is one of CloudWatch Logs' filter patterns. Lambda's own START, END and REPORT lines are left out.
        """
        found: list[str] = self._run(self._messages(of, pattern))
        return found if with_platform_lines else [message for message in found if not PLATFORM_LINE.match(message)]

    def wait_for(self, of: "Function | str", text: "str | re.Pattern[str]", *, timeout_s: float = WAIT_S_MAX) -> str:
        """The first message that contains ``text`` (or that the expression finds), as soon as it is there.

        Raises AssertionError with what was there instead after ``timeout_s`` seconds of the machine's time: a message that only
        comes when the clock is turned is not waited for, but turned to.
        """
        found: str = self._run(self._first(of, re.compile(re.escape(text)) if isinstance(text, str) else text, timeout_s))
        return found

    async def _first(self, of: "Function | str", expression: "re.Pattern[str]", timeout_s: float) -> str:
        messages: list[str] = []
        try:
            async with asyncio.timeout(timeout_s):
                with self._signals().listen(TOPIC) as listener:
                    while True:
                        messages = await self._messages(of, "")
                        for message in messages:
                            if expression.search(message):
                                return message
                        await listener.wait()
        except TimeoutError:
            there = "".join(f"\n  {message}" for message in messages) or " nothing"
            raise AssertionError(
                f"no message with {expression.pattern!r} within {timeout_s:g} s; the log holds{there}"
            ) from None

    async def _messages(self, of: "Function | str", pattern: str) -> list[str]:
        if not isinstance(of, str):
            return await self._of_group(of.log_group, pattern) or []
        groups = [of] if of.startswith("/") else [f"/aws/lambda/{of}", of]
        for group in groups:
            found = await self._of_group(group, pattern)
            if found is not None:
                return found
        return []

    async def _of_group(self, group: str, pattern: str) -> list[str] | None:
        """None where nobody has written to it yet."""
        parameters: dict[str, Any] = {"logGroupName": group}
        if pattern:
            parameters["filterPattern"] = pattern
        found: list[str] = []
        while True:
            try:
                page = await self._call("logs", "FilterLogEvents", parameters)
            except ServiceError as error:
                if error.code == "ResourceNotFoundException":
                    return None
                raise
            found += [event["message"].rstrip("\n") for event in page["events"]]
            if not page.get("nextToken"):
                return found
            parameters["nextToken"] = page["nextToken"]
