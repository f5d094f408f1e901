"""The platform's own pages."""

import json
from typing import Any

import pytest

from lambent.core.ports import Metrics
from lambent.gateway.admin import Admin
from lambent.gateway.metrics import Requests
from lambent.wire.http import Request, Response


class Pages:
    def __init__(self) -> None:
        self.resets: list[str | None] = []
        self.is_ready = True
        self.admin = Admin(reset=self._reset, status=self._status, requests=Requests(), metrics=Metrics())

    async def _reset(self, account: str | None) -> None:
        self.resets.append(account)

    def _status(self) -> dict[str, object]:
        return {"ready": self.is_ready, "version": "1"}

    async def ask(self, method: str, page: str, query: str = "", *, source_ip: str = "127.0.0.1") -> tuple[int, Any]:
        response = await self.admin.answer(Request(method, f"/_lambent/{page}", query, {}), source_ip)
        assert isinstance(response, Response)
        assert isinstance(response.body, bytes)
        is_json = response.header("content-type") == "application/json"
        return response.status, json.loads(response.body) if is_json else response.body


@pytest.fixture
def pages() -> Pages:
    return Pages()


async def test_health_tells_what_runs(pages: Pages) -> None:
    assert await pages.ask("GET", "health") == (200, {"ready": True, "version": "1"})


async def test_ready_fails_until_the_platform_is(pages: Pages) -> None:
    assert (await pages.ask("GET", "ready"))[0] == 200
    pages.is_ready = False
    assert await pages.ask("GET", "ready") == (503, {"ready": False})


async def test_metrics_are_prometheus_text(pages: Pages) -> None:
    status, text = await pages.ask("GET", "metrics")
    assert status == 200
    assert text.startswith(b"# TYPE lambent_requests_total counter\n")


async def test_reset_forgets_one_account_or_all(pages: Pages) -> None:
    assert (await pages.ask("POST", "reset", "account=123456789012"))[0] == 200
    assert (await pages.ask("POST", "reset"))[0] == 200
    assert pages.resets == ["123456789012", None]


@pytest.mark.parametrize(
    "query", ["account=all", "account=", "account", "acount=123456789012", "account=123456789012&account="]
)
async def test_reset_refuses_what_is_no_account(pages: Pages, query: str) -> None:
    assert (await pages.ask("POST", "reset", query))[0] == 400
    assert pages.resets == []


async def test_reset_is_never_a_link_away(pages: Pages) -> None:
    assert (await pages.ask("GET", "reset"))[0] == 405
    assert pages.resets == []


async def test_an_unknown_page_names_those_that_are_there(pages: Pages) -> None:
    status, content = await pages.ask("GET", "stats")
    assert status == 404
    assert "/_lambent/health" in content["pages"]


async def test_reset_is_for_callers_on_this_machine(pages: Pages) -> None:
    assert (await pages.ask("POST", "reset", source_ip="10.0.0.7"))[0] == 403
    assert pages.resets == []


async def test_only_who_runs_the_platform_resets_it_where_callers_are_not_believed(pages: Pages) -> None:
    proofs = []

    async def is_operator(request: Request) -> bool:
        proofs.append(request.path)
        return False

    pages.admin = Admin(
        reset=pages._reset, status=pages._status, requests=Requests(), metrics=Metrics(), is_operator=is_operator
    )
    assert (await pages.ask("POST", "reset"))[0] == 403
    assert (pages.resets, proofs) == ([], ["/_lambent/reset"])


async def test_the_clock_is_told_to_all_and_turned_from_this_machine_only(pages: Pages) -> None:
    assert (await pages.ask("GET", "clock", source_ip="10.0.0.7"))[1]["mode"] == "real"
    for method in ("POST", "DELETE"):
        assert (await pages.ask(method, "clock", source_ip="10.0.0.7"))[0] == 403
    assert (await pages.ask("PUT", "clock"))[0] == 405
