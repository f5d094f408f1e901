"""Where Lambda's API is and how one gets there, as boto3's configuration says: host, TLS, proxy, credentials, retries."""

import base64
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from lambent.sdk.clients import Target, session_of
from lambent.sdk.connections import Place


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``credentials()`` gives what botocore calls frozen ones; it may ask AWS for new ones where ``is_stale()``."""

    url: str
    host: str  # as the Host header says it
    path: str  # before each operation's; mostly empty
    region: str
    place: Place
    attempts_max: int
    credentials: Callable[[], Any]
    is_stale: Callable[[], bool]

    @property
    def target_prefix(self) -> str:
        """What stands before the path in a request's first line: a proxy is told the whole URL."""
        return f"http://{self.host}" if self.place.proxy is not None and self.place.tls is None else ""


def endpoint_of(target: Target) -> Endpoint:
    """Raises botocore's NoCredentialsError, and ValueError for a proxy that cannot be used."""
    from botocore.exceptions import NoCredentialsError

    client = target.client("lambda")
    session = session_of(target.profile)
    found = session.get_credentials()
    if found is None:
        raise NoCredentialsError
    url = urlsplit(client.meta.endpoint_url)
    is_tls = url.scheme == "https"
    port = url.port or (443 if is_tls else 80)
    proxy, authorization = _proxy(client.meta.endpoint_url, url.scheme, client.meta.config.proxies)
    return Endpoint(
        url=client.meta.endpoint_url,
        host=url.netloc.rpartition("@")[2],
        path=url.path.rstrip("/"),
        region=client.meta.region_name,
        place=Place(url.hostname or "", port, _tls(session) if is_tls else None, proxy, authorization),
        attempts_max=int(client.meta.config.retries["total_max_attempts"]),
        credentials=found.get_frozen_credentials,
        is_stale=getattr(found, "refresh_needed", lambda: False),
    )


def _tls(session: Any) -> ssl.SSLContext:
    from botocore.httpsession import get_cert_path

    bundle = session._session.get_config_variable("ca_bundle") or get_cert_path(True)
    context = ssl.create_default_context(**{"capath" if Path(bundle).is_dir() else "cafile": bundle})
    context.set_alpn_protocols(["http/1.1"])
    return context


def _proxy(endpoint: str, scheme: str, configured: dict[str, str] | None) -> tuple[tuple[str, int] | None, str]:
    """Raises ValueError."""
    from botocore.utils import get_environ_proxies

    proxies = configured if configured is not None else get_environ_proxies(endpoint)
    said = proxies.get(scheme)
    if not said:
        return None, ""
    url = urlsplit(said if "://" in said else f"http://{said}")
    if url.scheme != "http" or not url.hostname:
        raise ValueError(f"the proxy {url.scheme}://{url.hostname} is not one that is spoken to in plain HTTP")
    authorization = ""
    if url.username is not None:
        pair = f"{unquote(url.username)}:{unquote(url.password or '')}"
        authorization = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return (url.hostname, url.port or 80), authorization
