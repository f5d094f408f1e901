"""Pages of other origins in a real browser: they may ask the sites that let them, and never AWS' API.

Skipped where there is no Chromium and chromedriver (Debian: ``apt install chromium chromium-driver``).
"""

import functools
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from tests.acceptance.web import browser

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(bool(browser.missing()), reason=f"no {browser.missing()} on this machine"),
]

LET_IN, LEFT_OUT = "let-in.test", "left-out.test"
APP = """
import json

def handler(event, context):
    told = {"method": event["requestContext"]["http"]["method"], "cookies": event.get("cookies", []), "body": event.get("body")}
    cookies = ["seen=yes; SameSite=Lax; Path=/"]
    return {"statusCode": 200, "headers": {"x-told": "a", "x-kept": "b"}, "cookies": cookies, "body": json.dumps(told)}
"""
ASK = """
const [url, options] = arguments;
try {
  const answer = await fetch(url, options);
  const [told, kept] = ["x-told", "x-kept"].map(name => answer.headers.get(name));
  return {status: answer.status, told, kept, body: await answer.text()};
} catch (error) {
  return "refused: " + error.name;
}
"""
REFUSED = "refused: TypeError"
POST = {"method": "POST", "headers": {"content-type": "application/json", "x-token": "t"}, "body": "{}"}


@dataclass
class Stage:
    """A browser, the pages, and the sites they ask."""

    window: browser.Browser
    page_port: int
    sites: dict[str, str]
    platform_url: str

    def ask(self, host: str, url: str, **options: Any) -> Any:
        """What a page of this host is answered."""
        self.window.open(f"http://{host}:{self.page_port}/")
        return self.window.run(ASK, url, options)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server with one empty page."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    folder = tmp_path_factory.mktemp("pages")
    (folder / "index.html").write_text("<!doctype html><title>page</title>")
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def stage(shop: Any, pages: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    origin = f"http://{LET_IN}:{pages}"
    shop.function("asked", {"app.py": APP}, handler="app.handler", Layers=None)
    _, host = shop.api("asked", payload_format="2.0", stage="$default")
    api_id = host["host"].partition(".")[0]
    shared = {"AllowOrigins": [origin], "AllowMethods": ["GET", "POST"], "AllowHeaders": ["content-type", "x-token"]}
    shared |= {"ExposeHeaders": ["x-told"], "AllowCredentials": True, "MaxAge": 1}
    shop.apis.update_api(ApiId=api_id, CorsConfiguration=shared)
    _, url_host = shop.address("asked")
    shop.client.update_function_url_config(FunctionName="asked", Cors=shared)
    sites = {"an HTTP API": f"http://{host['host']}/x", "a function URL": f"http://{url_host['host']}/x"}
    with browser.started(tmp_path_factory.mktemp("browser"), LET_IN, LEFT_OUT) as window:
        yield Stage(window, pages, sites, shop.url)


@pytest.mark.parametrize("site", ["an HTTP API", "a function URL"])
def test_a_page_that_is_let_in_reads_the_answer_and_the_headers_it_is_shown(stage, site):
    answer = stage.ask(LET_IN, stage.sites[site])
    assert (answer["status"], answer["told"], answer["kept"]) == (200, "a", None)
    assert json.loads(answer["body"])["method"] == "GET"


@pytest.mark.parametrize("site", ["an HTTP API", "a function URL"])
def test_a_page_that_is_not_let_in_reads_nothing(stage, site):
    assert stage.ask(LEFT_OUT, stage.sites[site]) == REFUSED
    assert stage.ask(LEFT_OUT, stage.sites[site], **POST) == REFUSED


@pytest.mark.parametrize("site", ["an HTTP API", "a function URL"])
def test_what_needs_a_preflight_passes_where_method_and_headers_are_allowed(stage, site):
    answer = stage.ask(LET_IN, stage.sites[site], **POST)
    assert (answer["status"], json.loads(answer["body"])["body"]) == (200, "{}")
    assert stage.ask(LET_IN, stage.sites[site], method="DELETE") == REFUSED
    assert stage.ask(LET_IN, stage.sites[site], headers={"x-other": "1"}) == REFUSED


@pytest.mark.parametrize("site", ["an HTTP API", "a function URL"])
def test_credentials_pass_where_the_site_takes_them(stage, site):
    assert stage.ask(LET_IN, stage.sites[site], credentials="include")["status"] == 200


def test_a_page_reaches_a_site_by_its_path_too(stage):
    api_id = stage.sites["an HTTP API"].partition("//")[2].partition(".")[0]
    by_path = f"{stage.platform_url}/_aws/execute-api/{api_id}/x"
    assert stage.ask(LET_IN, by_path)["status"] == 200
    assert stage.ask(LEFT_OUT, by_path) == REFUSED


def test_no_page_of_another_site_reaches_the_api_of_aws(stage, shop):
    """Neither where the browser would let it read, nor blindly: a simple request is one that no preflight holds back."""
    form, told = {"content-type": "application/x-www-form-urlencoded"}, "Action=CreateQueue&Version=2012-11-05&QueueName="
    for host in (LET_IN, LEFT_OUT):
        blind = {"method": "POST", "headers": form, "body": f"{told}of-a-page"}
        assert stage.ask(host, f"{stage.platform_url}/", **blind) == REFUSED
        assert stage.ask(host, f"{stage.platform_url}/", mode="no-cors", **blind)["status"] == 0  # what cannot be read
        assert stage.ask(host, f"{stage.platform_url}/_lambent/reset", method="POST", mode="no-cors")["status"] == 0
    httpx.post(f"{stage.platform_url}/", headers=form, content=f"{told}of-no-page")

    queues = shop.of("sqs", "000000000000").list_queues(QueueNamePrefix="of-")["QueueUrls"]
    assert [url.rpartition("/")[2] for url in queues] == ["of-no-page"]
    assert shop.client.get_function(FunctionName="asked")["Configuration"]["State"] == "Active"


def test_a_name_that_was_made_to_lead_here_is_no_name_of_the_platform(stage):
    """DNS rebinding: the page's own origin, so that the browser asks nobody."""
    port = stage.platform_url.rpartition(":")[2]
    stage.window.open(f"http://{LEFT_OUT}:{port}/_lambent/health")
    told = stage.window.run(ASK, f"http://{LEFT_OUT}:{port}/_lambent/health", {})
    assert told["status"] == 403
