"""What the user chose."""

from pathlib import Path

import pytest

from lambent.core.config import Config, default_cache


def test_a_loopback_address_is_reached_as_localhost():
    assert Config(port=4567).url == "http://localhost:4567"


def test_another_address_is_reached_by_itself():
    assert Config(host="10.0.0.5").url == "http://10.0.0.5:4566"
    assert Config(host="2001:db8::5").url == "http://[2001:db8::5]:4566"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "::1"])
def test_who_listens_everywhere_is_reached_as_localhost(host):
    assert Config(host=host).url == "http://localhost:4566"


def test_the_cache_folder_follows_its_variable(monkeypatch):
    monkeypatch.setenv("LAMBENT_CACHE", "/somewhere/else")
    assert default_cache() == Path("/somewhere/else")


def test_the_cache_folder_follows_the_desktop_convention(monkeypatch):
    monkeypatch.delenv("LAMBENT_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert default_cache() == Path("/xdg/lambent")
