"""Requests that nobody would write: an API in between adds no failure to those that an application has itself.

The longer runs, with seeds of their own, are among ``make realtime``.
"""

import contextlib
import logging
from collections.abc import Callable
from typing import Any
from unittest import SkipTest

import httpx
import pytest
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from tests.acceptance.web import raw
from tests.acceptance.web.conftest import source

pytestmark = pytest.mark.slow

BRIEF, LONG = 4, 50  # examples of an operation
RAW_BRIEF, RAW_LONG = 60, 1_000
ECHO = """
async def app(scope, receive, send):
    assert scope["type"] == "http"
    body = (await receive())["body"]
    headers = [(b"content-type", b"application/octet-stream"), (b"x-query", scope["query_string"].hex().encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
"""


def fuzzing(count: int, *, is_seeded: bool) -> settings:
    return settings(
        max_examples=count,
        derandomize=is_seeded,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
        verbosity=Verbosity.quiet,
    )


@pytest.fixture(autouse=True)
def quiet():
    logging.getLogger("uvicorn.error").disabled = True
    yield
    logging.getLogger("uvicorn.error").disabled = False


# ---- what an application's OpenAPI says ----


@pytest.fixture(scope="module")
def compare(shop: Any, own_servers: Any) -> Callable[[int, bool], None]:
    """Asks each operation of the application as often as told, by the API and by its own server."""
    shop.function("fuzzed", {"main.py": source("fastapi_app")}, handler="main.app")
    url, headers = shop.api("fuzzed", payload_format="2.0", stage="$default")
    own_url = own_servers("fastapi_app", "")

    def both_answer(case: Any) -> None:
        case.headers["host"] = headers["host"]
        answer, own = (case.call(base_url=base, timeout=60) for base in (url, own_url))
        assert answer.status_code == own.status_code, (case.as_curl_command(), answer.text)
        assert answer.content == own.content, case.as_curl_command()

    def run(count: int, is_seeded: bool) -> None:
        import schemathesis  # a second, which nobody pays who runs other tests

        schema = schemathesis.openapi.from_dict(httpx.get(f"{own_url}/openapi.json", trust_env=False).json())
        modes = [mode for mode in schemathesis.GenerationMode if mode.is_positive or not is_seeded]  # finding faults is slow
        for found in schema.get_all_operations():
            for mode in modes:
                cases = given(case=found.ok().as_strategy(generation_mode=mode))
                with contextlib.suppress(SkipTest, Unsatisfiable):  # where it takes nothing, nothing can be wrong
                    fuzzing(count, is_seeded=is_seeded)(cases(both_answer))()

    return run


@pytest.mark.realtime  # schemathesis sometimes trips over the ast module of Python 3.11.7
def test_an_api_answers_what_its_schema_allows_as_the_application_does(compare):
    compare(BRIEF, True)


@pytest.mark.realtime
def test_an_api_answers_what_its_schema_allows_and_what_not_as_the_application_does(compare):
    compare(LONG, False)


# ---- whatever a socket can carry ----


@pytest.fixture(scope="module")
def doors(shop: Any) -> dict[str, tuple[str, str]]:
    """Where the same application is asked, and the host and the beginning of the path by which."""
    shop.function("echo", {"main.py": ECHO}, handler="main.app", Layers=None)
    _, api = shop.api("echo", payload_format="2.0", stage="$default")
    _, url = shop.address("echo")
    shop.function("echo-rest", {"main.py": ECHO}, handler="main.app", Layers=None)
    _, rest = shop.rest_api("echo-rest")
    return {"execute-api": (api["host"], ""), "lambda-url": (url["host"], ""), "REST": (rest["host"], "/prod")}


@pytest.mark.parametrize("door", ["execute-api", "lambda-url", "REST"])
def test_whatever_a_client_sends_is_answered(doors, shop, door):
    _ask(shop.url, *doors[door], count=RAW_BRIEF, is_seeded=True)


@pytest.mark.realtime
@pytest.mark.parametrize("door", ["execute-api", "lambda-url", "REST"])
def test_whatever_else_a_client_sends_is_answered(doors, shop, door):
    _ask(shop.url, *doors[door], count=RAW_LONG, is_seeded=False)


def _ask(platform_url: str, host: str, base_path: str, *, count: int, is_seeded: bool) -> None:
    port = int(platform_url.rpartition(":")[2])

    @fuzzing(count, is_seeded=is_seeded)
    @given(request=raw.requests(host, base_path))
    def is_answered(request: raw.Sent) -> None:
        answer = raw.ask(port, request)
        assert answer is not None, (request, "no answer")
        assert answer.status < 500, (request, answer)
        if answer.status == 200 and request.method not in ("HEAD", "OPTIONS"):
            assert answer.body == request.body, (request, answer)

    @fuzzing(count // 3, is_seeded=is_seeded)
    @given(request=raw.mutilated(host, base_path), end=st.booleans())
    def is_refused_or_answered(request: bytes, end: bool) -> None:
        answer = raw.ask_bytes(port, request, ends=end)
        # HTTP asks for 501 where a transfer coding is not known, and for 505 where a version is not spoken.
        assert answer is None or answer.status < 500 or answer.status in (501, 505), (request, answer)

    is_answered()
    is_refused_or_answered()
