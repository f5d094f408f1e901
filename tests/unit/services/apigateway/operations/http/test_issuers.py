"""An issuer's keys are found, kept, and looked for again when one is missing."""

import asyncio
import json

import pytest
from tests.unit.services.apigateway.keys import jwks

from lambent.core.clock import VirtualClock
from lambent.services.apigateway.operations.http.issuers import Issuers, IssuerUnreachable


class Pages:
    """The web, as far as it matters."""

    def __init__(self, **pages):
        self.pages = pages
        self.asked = []

    async def get(self, url, *, bytes_max):
        self.asked.append(url)
        for end, page in self.pages.items():
            if url.endswith(end):
                return page
        raise OSError(url)


DISCOVERY = json.dumps({"jwks_uri": "https://i.example/keys"}).encode()


async def test_keys_are_found_by_discovery_and_then_kept():
    pages = Pages(configuration=DISCOVERY, keys=jwks("k1"))
    issuers = Issuers(web=pages, clock=VirtualClock())

    for _ in range(2):
        assert list(await issuers.keys("https://i.example/", "k1", 0.0)) == ["k1"]

    assert pages.asked == ["https://i.example/.well-known/openid-configuration", "https://i.example/keys"]


async def test_a_missing_key_is_not_looked_for_again_at_once():
    pages = Pages(configuration=DISCOVERY, keys=jwks("k1"))
    issuers = Issuers(web=pages, clock=VirtualClock())

    for _ in range(2):
        assert "k2" not in await issuers.keys("https://i.example", "k2", 0.0)

    assert len(pages.asked) == 2


@pytest.mark.parametrize(
    "pages",
    [
        {},
        {"configuration": b"x"},
        {"configuration": b"{}"},
        {"configuration": DISCOVERY},
        {"configuration": DISCOVERY, "keys": b"[]"},
    ],
)
async def test_an_issuer_without_keys_is_unreachable(pages):
    with pytest.raises(IssuerUnreachable):
        await Issuers(web=Pages(**pages), clock=VirtualClock()).keys("https://i.example", "k1", 0.0)


async def test_an_issuer_that_did_not_answer_is_not_asked_again_at_once():
    pages = Pages()
    issuers = Issuers(web=pages, clock=VirtualClock())

    for _ in range(3):
        with pytest.raises(IssuerUnreachable):
            await issuers.keys("https://i.example", "k1", 0.0)

    assert len(pages.asked) == 1


async def test_visitors_that_come_together_ask_an_issuer_once_and_the_first_may_leave():
    pages = Pages(configuration=DISCOVERY, keys=jwks("k1"))
    issuers = Issuers(web=pages, clock=VirtualClock())
    first, *others = (asyncio.create_task(issuers.keys("https://i.example", "k1", 0.0)) for _ in range(4))
    await asyncio.sleep(0)
    first.cancel()

    assert [list(keys) for keys in await asyncio.gather(*others)] == [["k1"]] * 3
    assert len(pages.asked) == 2
