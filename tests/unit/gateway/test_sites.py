"""Which site a request is for, and what the site is told of it."""

from typing import Any

import pytest

from lambent.core.clock import Clocks, Work, acting_account
from lambent.core.context import Context
from lambent.core.ports import Attempt
from lambent.core.sessions import SessionSeal
from lambent.gateway.authenticate import Authenticator, Identity
from lambent.gateway.server import Incoming
from lambent.gateway.sites import Sites, SiteVisit
from lambent.wire.http import Request, Response, TooLarge, Visit


class Kind:
    """A kind of sites, with one domain name of a user's own."""

    async def answer(self, visit: Visit) -> Response:
        return Response(200)

    def owns(self, domain: str) -> bool:
        return domain == "api.example.com"


class Service:
    def __init__(self) -> None:
        self.sites = {"execute-api": Kind()}


@pytest.fixture
def sites() -> Sites:
    authenticator = Authenticator(is_signed=False, clock=Clocks(), sessions=SessionSeal(b"x" * 32), keyring=None)
    return Sites([Service(), object()], authenticator=authenticator, judge=None)


def visit(sites: Sites, host: str, path: str = "/pets/1", **headers: str) -> SiteVisit | None:
    found = sites.find(Incoming(Request("GET", path, "", {"host": host, **headers})))
    return found[1] if found is not None else None


@pytest.mark.parametrize(
    "host",
    [
        "a1b2.execute-api.localhost:4566",
        "a1b2.execute-api.localhost",
        "a1b2.execute-api.us-east-1.localhost:4566",
        "A1B2.Execute-Api.localhost:4566",
    ],
)
def test_a_host_names_a_site(sites: Sites, host: str) -> None:
    found = visit(sites, host)
    assert found is not None
    assert (found.name, found.host, found.base_path, found.request.path) == ("a1b2", host, "", "/pets/1")


def test_a_host_longer_than_any_is_not_remembered(sites: Sites) -> None:
    visit(sites, f"{'a' * 600}.execute-api.localhost")
    assert not sites._hosts


@pytest.mark.parametrize("path", ["/_aws/execute-api/a1b2/pets/1", "/_aws/execute-api/a1b2"])
def test_a_path_names_a_site(sites: Sites, path: str) -> None:
    found = visit(sites, "localhost:4566", path)
    assert found is not None
    assert (found.name, found.base_path) == ("a1b2", "/_aws/execute-api/a1b2")
    assert found.request.path == ("/pets/1" if path.endswith("1") and "pets" in path else "/")


def test_a_site_may_claim_paths_of_the_platforms_own_address() -> None:
    class Registry(Kind):
        def claims(self, path: str) -> bool:
            return path.startswith("/v2/app/")

    class Keeper:
        sites = {"dkr": Registry()}

    authenticator = Authenticator(is_signed=False, clock=Clocks(), sessions=SessionSeal(b"x" * 32), keyring=None)
    sites = Sites([Service(), Keeper()], authenticator=authenticator, judge=None)
    claimed = visit(sites, "localhost:4566", "/v2/app/tags/list")
    assert claimed is not None
    assert (claimed.name, claimed.base_path, claimed.request.path) == ("", "", "/v2/app/tags/list")
    assert visit(sites, "localhost:4566", "/v2/apis") is None
    of_a_site = visit(sites, "a1b2.execute-api.localhost:4566", "/v2/app/tags/list")
    assert of_a_site is not None
    assert of_a_site.name == "a1b2", "the host says more than the path"


def test_a_domain_name_of_the_users_own_is_a_site(sites: Sites) -> None:
    found = visit(sites, "api.example.com:4566")
    assert found is not None
    assert found.name == "api.example.com"
    assert sites.owns("API.example.com")


@pytest.mark.parametrize("host", ["localhost:4566", "127.0.0.1:4566", "bucket.s3.localhost:4566", "", "execute-api.localhost"])
def test_all_else_is_the_api(sites: Sites, host: str) -> None:
    assert visit(sites, host) is None
    assert visit(sites, "localhost:4566", "/_aws/other/x") is None
    assert visit(sites, "localhost:4566", "/_aws/execute-api/") is None


async def test_nobody_has_signed_a_request_without_a_signature(sites: Sites) -> None:
    found = visit(sites, "a.execute-api.localhost")
    assert found is not None
    assert await found.caller("execute-api") is None


async def test_open_believes_a_signature(sites: Sites) -> None:
    scope = "Credential=111122223333/20260101/eu-west-1/execute-api/aws4_request, SignedHeaders=host, Signature=x"
    found = visit(sites, "a.execute-api.localhost", authorization=f"AWS4-HMAC-SHA256 {scope}")
    assert found is not None
    caller = await found.caller("execute-api")
    assert caller is not None
    assert (caller.account, caller.region) == ("111122223333", "eu-west-1")
    assert await found.denial("execute-api:Invoke", "arn:aws:execute-api:eu-west-1:111122223333:a/*", "") is None


async def test_a_body_has_the_limit_of_its_reader(sites: Sites) -> None:
    incoming: Any = Incoming(Request("POST", "/", "", {"host": "a.execute-api.localhost"}))
    incoming.feed(b"12345")
    incoming.finish()
    found = sites.find(incoming)
    assert found is not None
    with pytest.raises(TooLarge):
        await found[1].read(4)


async def test_a_visit_is_judged_with_the_keys_that_only_its_site_knows() -> None:
    judged: list[Attempt] = []

    async def judge(_: Context, attempt: Attempt) -> None:
        judged.append(attempt)

    authenticator = Authenticator(is_signed=False, clock=Clocks(), sessions=SessionSeal(b"x" * 32), keyring=None)
    authenticator._claimed = _ada  # type: ignore[method-assign]
    scope = "Credential=AKIA/20260101/eu-west-1/lambda/aws4_request, SignedHeaders=host, Signature=x"
    sites = Sites([Service()], authenticator=authenticator, judge=judge)
    found = visit(sites, "a.execute-api.localhost", authorization=f"AWS4-HMAC-SHA256 {scope}")
    assert found is not None
    await found.caller("lambda")
    assert await found.denial("lambda:InvokeFunctionUrl", "arn", "", {"lambda:FunctionUrlAuthType": "AWS_IAM"}) is None
    assert judged[0].keys == {"lambda:FunctionUrlAuthType": "AWS_IAM"}


async def _ada(*_: str) -> Identity:
    return Identity("111122223333", "eu-west-1", "arn:aws:iam::111122223333:user/ada", "AKIA")


def test_a_visit_is_work_for_the_account_that_the_site_says(sites: Sites) -> None:
    found = visit(sites, "a1b2.execute-api.localhost:4566")
    assert found is not None
    with Work("", is_request=True) as found.work:
        assert acting_account() == ""
        found.live_by("111122223333")
        assert acting_account() == "111122223333"
    assert acting_account() == ""


def test_a_visit_has_the_id_of_its_request(sites: Sites) -> None:
    incoming = Incoming(Request("GET", "/", "", {"host": "a1b2.execute-api.localhost:4566"}))
    found = sites.find(incoming)
    assert found is not None
    assert len(found[1].request_id) == 36
    assert found[1].request_id == incoming.request_id
