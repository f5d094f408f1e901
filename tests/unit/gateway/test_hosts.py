"""Which Host and Origin are let in."""

import pytest

from lambent.gateway.errors import HostNotAllowed, OriginNotAllowed
from lambent.gateway.hosts import HOST_CHARS_MAX, Hosts, is_loopback


@pytest.fixture
def hosts() -> Hosts:
    return Hosts(bound_host="127.0.0.1", allowed_hosts=("lambent", ".example.test"))


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:4566",
        "LOCALHOST:1",
        "bucket.localhost:4566",
        "127.0.0.1",
        "127.0.0.1:80",
        "[::1]:4566",
        "127.1.2.3",
    ],
)
def test_loopback_names_are_ours(hosts: Hosts, host: str) -> None:
    hosts.check({"host": host})


@pytest.mark.parametrize("host", ["lambent:4566", "a.example.test"])
def test_allowed_names_are_ours(hosts: Hosts, host: str) -> None:
    hosts.check({"host": host})


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.test",
        "localhost.evil.test:4566",
        "127.0.0.1.evil.test",
        "s3.amazonaws.com",
        "10.0.0.1",
        "[",
        "notlocalhost",
        "evil.test@localhost",
    ],
)
def test_other_names_are_refused_because_anybody_may_own_them(hosts: Hosts, host: str) -> None:
    with pytest.raises(HostNotAllowed):
        hosts.check({"host": host})


def test_a_platform_on_all_addresses_is_called_by_any_address() -> None:
    hosts = Hosts(bound_host="0.0.0.0")
    hosts.check({"host": "10.0.0.1:4566"})
    with pytest.raises(HostNotAllowed):
        hosts.check({"host": "evil.test"})


def test_a_bound_name_is_ours() -> None:
    Hosts(bound_host="192.168.1.7").check({"host": "192.168.1.7:4566"})


@pytest.mark.parametrize("origin", ["http://localhost:3000", "http://127.0.0.1", "https://app.localhost", "http://lambent"])
def test_pages_of_this_machine_may_call(hosts: Hosts, origin: str) -> None:
    hosts.check({"host": "localhost", "origin": origin, "sec-fetch-site": "same-site"})


@pytest.mark.parametrize("origin", ["https://evil.test", "null", "http://localhost.evil.test", "http://[", ""])
def test_pages_of_other_sites_may_not(hosts: Hosts, origin: str) -> None:
    with pytest.raises(OriginNotAllowed):
        hosts.check({"host": "localhost", "origin": origin})


def test_a_cross_site_request_without_an_origin_is_refused(hosts: Hosts) -> None:
    with pytest.raises(OriginNotAllowed):
        hosts.check({"host": "localhost", "sec-fetch-site": "cross-site"})


def test_a_name_longer_than_any_is_neither_ours_nor_remembered(hosts: Hosts) -> None:
    with pytest.raises(HostNotAllowed):
        hosts.check({"host": f"{'a' * HOST_CHARS_MAX}.localhost"})
    assert not hosts._known


def test_a_page_that_the_user_opened_is_let_in(hosts: Hosts) -> None:
    hosts.check({"host": "localhost", "sec-fetch-site": "none"})


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:10.0.0.7", False),
        ("localhost", True),
        ("0.0.0.0", False),
        ("10.1.2.3", False),
    ],
)
def test_a_loopback_address_is_known_as_such(bound: str, expected: bool) -> None:
    assert is_loopback(bound) is expected
