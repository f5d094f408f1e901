"""Queue URLs: by path, http://localhost:4566/000000000000/name, at a host that may say the region."""

import functools
import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

ADDRESSES_REMEMBERED_MAX = 8_192

_PATH = re.compile(r"(?:.*/)?(?P<account>\d{12})/(?P<name>[^/]+)/?")
_HOST = re.compile(r"(?:sqs\.(?P<region>[a-z]{2}(?:-[a-z]+)+-\d)|(?P<older>[a-z]{2}(?:-[a-z]+)+-\d)\.queue)\..+")


class Address(NamedTuple):
    """Which queue a URL is of. What it does not say is empty, and the caller's."""

    account: str
    region: str
    name: str


@functools.lru_cache(maxsize=ADDRESSES_REMEMBERED_MAX)
def address(url: str) -> Address | None:
    """The queue that a URL names, or a name alone; None for what names none."""
    if "/" not in url:
        return Address("", "", url) if url else None
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return None
    found = _PATH.fullmatch(parts.path)
    if found is None:
        return None
    return Address(found["account"], region_of_host(host), unquote(found["name"]))


@functools.lru_cache(maxsize=ADDRESSES_REMEMBERED_MAX)
def region_of_endpoint(url: str) -> str:
    """The region that an endpoint's host says, or nothing."""
    try:
        return region_of_host(urlsplit(url).hostname or "")
    except ValueError:
        return ""


def region_of_host(host: str) -> str:
    found = _HOST.fullmatch(host)
    return "" if found is None else found["region"] or found["older"]
