"""The site asks the fronts in turn."""

from types import SimpleNamespace
from typing import Any

from lambent.services.apigateway.operations.execute_api import ExecuteApi
from lambent.wire.http import Response


class Front:
    def __init__(self, response):
        self.response = response
        self.done = []

    async def answer(self, visit):
        self.done.append(visit)
        return self.response

    def forget(self, account):
        self.done.append(("forget", account))

    async def close(self):
        self.done.append("close")


def site(*fronts) -> ExecuteApi:
    domains: Any = SimpleNamespace(owns=lambda domain: domain == "a.example")
    return ExecuteApi(fronts, domains)


async def test_the_first_front_that_has_the_api_answers():
    nobody, owner, later = Front(None), Front(Response(200)), Front(Response(201))
    visit: Any = object()

    assert (await site(nobody, owner, later).answer(visit)).status == 200
    assert later.done == []


async def test_an_api_that_nobody_has_is_forbidden():
    visit: Any = object()

    answer = await site(Front(None)).answer(visit)

    assert (answer.status, answer.body) == (403, b'{"message":"Forbidden"}')


async def test_domains_forgetting_and_closing_are_passed_on():
    front = Front(None)
    made = site(front)

    made.forget("1")
    await made.close()

    assert front.done == [("forget", "1"), "close"]
    assert made.owns("a.example")
    assert not made.owns("b.example")
