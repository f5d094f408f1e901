"""One Flask application as a handler answers as on a server of its own."""

import logging

import pytest
from tests.acceptance.web import ways
from tests.acceptance.web.conftest import source, visitor

pytestmark = pytest.mark.slow

REQUESTS = {
    "path and query": ("GET", "/items/42?q=a%20b&q=%C3%BC", {}),
    "no such path": ("GET", "/items/abc", {}),
    "binary both ways": ("POST", "/echo", {"content": bytes(range(256)) * 8}),
    "a form": ("POST", "/form", {"data": {"name": "ü"}, "files": {"file": ("a.txt", b"hi", "text/plain")}}),
    "cookies": ("GET", "/cookies", {"headers": {"cookie": "a=1; b=2"}}),
    "a redirect": ("GET", "/redirect", {}),
    "a head": ("HEAD", "/items/1", {}),
    "a stream": ("GET", "/stream", {}),
    "an exception": ("GET", "/fails", {}),
}


@pytest.mark.parametrize("mode", ["BUFFERED", "RESPONSE_STREAM"])
def test_every_answer_is_the_applications_own(shop, own_servers, mode):
    url, headers = shop.address(
        shop.function(f"flask-{mode.lower()}", {"app.py": source("flask_app")}, handler="app.app"), mode
    )
    logging.getLogger("flask_app").disabled = logging.getLogger("werkzeug").disabled = True
    different = {}
    with visitor(url, headers=headers) as way, visitor(own_servers("flask_app", ""), headers=headers) as own:
        for name, (method, path, options) in REQUESTS.items():
            found = ways.difference(*(client.request(method, path, **options) for client in (way, own)))
            if found:
                different[name] = found
    assert different == {}
