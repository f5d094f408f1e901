"""Sites: addresses that users made (HTTP APIs, function URLs), beside AWS' API. Here a request finds the one it is meant for.

A host names a site (``a1b2c3d4e5.execute-api.localhost:4566``, with or without the region after the kind, or a domain name of
the user's own), or, where hosts cannot be chosen, the path does (``/_aws/execute-api/a1b2c3d4e5/…``).
A site may also claim paths of the platform's own address (docker's ``/v2/``).
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping

from lambent.core.clock import Work
from lambent.core.context import Context
from lambent.core.ports import Attempt, Denial
from lambent.gateway import authenticate
from lambent.gateway.authenticate import Authenticator, Identity, Target
from lambent.gateway.hosts import HOST_CHARS_MAX
from lambent.gateway.server import BodyTooLarge, Incoming
from lambent.wire import sigv4
from lambent.wire.http import Request, Site, TooLarge
from lambent.wire.route import SITES_PATH

_HOSTS_REMEMBERED_MAX = 4_096

Judgement = Callable[[Context, Attempt], Awaitable[Denial | None]]
"""Why somebody may not do what it attempts. Its context keys and what narrows a session are added to the attempt."""


class Sites:
    """Knows the kinds of sites, and which requests are theirs."""

    def __init__(self, services: Iterable[object], *, authenticator: Authenticator, judge: Judgement | None) -> None:
        """``judge``: None where whoever is let in may do everything."""
        self._kinds: dict[str, Site] = {}
        for service in services:
            self._kinds.update(getattr(service, "sites", {}))
        self._claimants = [site for site in self._kinds.values() if hasattr(site, "claims")]
        self._authenticator = authenticator
        self._judge = judge
        self._hosts: dict[str, tuple[Site, str]] = {}

    def find(self, incoming: Incoming) -> "tuple[Site, SiteVisit] | None":
        """The site that a request is for, and the visit that it is."""
        request = incoming.request
        host = request.headers.get("host", "")
        if request.path.startswith(SITES_PATH):
            kind, _, rest = request.path[len(SITES_PATH) :].partition("/")
            name, slash, path = rest.partition("/")
            site = self._kinds.get(kind)
            if site is not None and name:
                base_path = f"{SITES_PATH}{kind}/{name}"
                return site, self._visit(incoming, name, base_path, slash + path or "/")
        found = self._of_host(host)
        if found is None:
            for claimant in self._claimants:
                if claimant.claims(request.path):
                    return claimant, self._visit(incoming, "", "", request.path)
            return None
        return found[0], self._visit(incoming, found[1], "", request.path)

    def owns(self, host: str) -> bool:
        """Whether a host is a domain name that a user gave to a site."""
        domain = _without_port(host)
        return any(site.owns(domain) for site in self._kinds.values())

    def _visit(self, incoming: Incoming, name: str, base_path: str, path: str) -> "SiteVisit":
        incoming.request.path = path
        return SiteVisit(incoming, name, base_path, self._authenticator, self._judge)

    def _of_host(self, host: str) -> tuple[Site, str] | None:
        known = self._hosts.get(host)
        if known is not None:
            return known
        domain = _without_port(host)
        name, _, rest = domain.partition(".")
        site = self._kinds.get(rest.partition(".")[0])
        if site is None:
            # Not remembered: what a user names today may be gone tomorrow.
            return next(((site, domain) for site in self._kinds.values() if site.owns(domain)), None)
        if len(host) <= HOST_CHARS_MAX:
            if len(self._hosts) >= _HOSTS_REMEMBERED_MAX:
                self._hosts.clear()
            self._hosts[host] = site, name
        return site, name


class SiteVisit:
    """``wire.http.Visit`` of a request that came over HTTP."""

    __slots__ = (
        "_authenticator",
        "_context",
        "_identity",
        "_judge",
        "base_path",
        "host",
        "incoming",
        "name",
        "request",
        "source_ip",
        "work",
    )

    def __init__(
        self,
        incoming: Incoming,
        name: str,
        base_path: str,
        authenticator: Authenticator,
        judge: Judgement | None,
    ) -> None:
        self.incoming = incoming
        self.request = incoming.request
        self.name = name
        self.host = incoming.request.headers.get("host", "")
        self.base_path = base_path
        self.source_ip = incoming.source_ip
        self._authenticator = authenticator
        self._judge = judge
        self._identity: Identity | None = None
        self._context: Context | None = None
        self.work: Work | None = None  # as which it is answered

    @property
    def request_id(self) -> str:
        return self.incoming.request_id

    def live_by(self, account: str) -> None:
        assert self.work is not None
        self.work.account = account

    async def read(self, bytes_max: int) -> bytes:
        try:
            self.request.body = await self.incoming.read(bytes_max)
        except BodyTooLarge as error:
            raise TooLarge from error
        return self.request.body

    def chunks(self) -> AsyncIterator[bytes]:
        return self.incoming.chunks()

    def act_for(self, context: Context, *, session_policy: str, session_policy_arns: tuple[str, ...]) -> None:
        self._context = context
        self._identity = Identity(
            context.account,
            context.region,
            context.principal_arn,
            context.access_key_id,
            session_policy,
            session_policy_arns,
        )

    async def caller(self, service: str) -> Context | None:
        request = self._as_signed()
        if sigv4.scope_of(request) is None:
            return None
        if self._authenticator.is_signed:
            target = Target(service, "", "rest-json")
            identity, _, _ = await self._authenticator.prove(request, target)
            authenticate.check_payload(request, request.body)
        else:
            identity = await self._authenticator.believe(request)
        self._identity = identity
        self._context = Context(
            account=identity.account,
            region=identity.region,
            request_id=self.request_id,
            principal_arn=identity.principal_arn,
            endpoint_url=f"http://{self.host}",
            access_key_id=identity.access_key_id,
            source_ip=self.source_ip,
            user_agent=request.headers.get("user-agent", ""),
        )
        return self._context

    async def denial(
        self, action: str, resource: str, resource_policy: str | None, keys: Mapping[str, str] | None = None
    ) -> Denial | None:
        assert self._context is not None, "caller comes first"
        assert self._identity is not None
        if self._judge is None or self._context.principal_arn.endswith(":root"):
            return None
        attempt = Attempt(
            self._context.principal_arn,
            action,
            resource,
            keys or {},
            session_policy=self._identity.session_policy,
            session_policy_arns=self._identity.session_policy_arns,
            resource_policy=resource_policy,
        )
        return await self._judge(self._context, attempt)

    def _as_signed(self) -> Request:
        """The request with the path that its caller signed."""
        if not self.base_path:
            return self.request
        request = self.request
        return Request(request.method, self.base_path + request.path, request.query, request.headers, request.body)


def _without_port(host: str) -> str:
    name, _, port = host.rpartition(":")
    return (name if port.isdigit() and name else host).lower()
