"""Which Host and Origin a request may have, so that a web page in the user's browser cannot drive a local platform.

A page of another site can make its own name resolve to 127.0.0.1 (DNS rebinding), so the name in ``Host`` must be one that
nobody else can own. And a browser sends whatever a page asks for to any address (CSRF), but says so in ``Origin`` and
``Sec-Fetch-Site``, which a page cannot forge.
"""

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from lambent.gateway.errors import HostNotAllowed, OriginNotAllowed

HOST_CHARS_MAX = 512  # more than any name and port have: what is remembered must not grow with what strangers send
_HOSTS_REMEMBERED_MAX = 4_096
_HOST = re.compile(r"[^\s@/\\?#,]+")  # what reads as one host to everybody


class Hosts:
    """Knows the names of this platform: localhost and names below it, addresses, and what the user allowed."""

    def __init__(self, *, bound_host: str, allowed_hosts: tuple[str, ...] = ()) -> None:
        self._is_bound_to_all = bound_host in ("0.0.0.0", "::", "")  # noqa: S104
        self._bound_host = bound_host.lower()
        self._allowed = tuple(host.lower() for host in allowed_hosts)
        self._known: dict[str, bool] = {}

    def check(self, headers: Mapping[str, str]) -> None:
        """Raises HostNotAllowed or OriginNotAllowed."""
        self.check_host(headers)
        if "origin" in headers or "sec-fetch-site" in headers:
            self._check_origin(headers)

    def check_host(self, headers: Mapping[str, str]) -> None:
        """The name alone: a site says itself which pages may ask it. Raises HostNotAllowed."""
        host = headers.get("host", "")
        if not self.allows(host):
            raise HostNotAllowed(host=host)

    def allows(self, host: str) -> bool:
        known = self._known.get(host)
        return self._remember(host) if known is None else known

    def _check_origin(self, headers: Mapping[str, str]) -> None:
        origin = headers.get("origin")
        if origin is None:
            if headers["sec-fetch-site"] == "cross-site":
                raise OriginNotAllowed(origin="another site")
            return
        if not self._is_ours(_name_in(origin)):
            raise OriginNotAllowed(origin=origin)

    def _remember(self, host: str) -> bool:
        if len(host) > HOST_CHARS_MAX or not _HOST.fullmatch(host):
            return False
        if len(self._known) >= _HOSTS_REMEMBERED_MAX:
            self._known.clear()
        known = self._known[host] = self._is_ours(_name_in(f"//{host}"))
        return known

    def _is_ours(self, name: str) -> bool:
        if not name:
            return False
        if is_loopback(name) or name == self._bound_host:
            return True
        if self._is_bound_to_all and _is_address(name):
            return True
        return any(name == allowed or (allowed.startswith(".") and name.endswith(allowed)) for allowed in self._allowed)


def _name_in(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_loopback(name: str) -> bool:
    """Whether a host's name or address can only mean this machine."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    if not _is_address(name):
        return False
    address = ipaddress.ip_address(name)
    # An IPv6 socket that also takes IPv4 sees such a caller as ::ffff:127.0.0.1.
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
