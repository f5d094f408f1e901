"""The protocol that docker, podman and skopeo speak, at ``/v2/`` of the platform and at hosts that look like AWS' registries.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md. Here a request finds its registry, shows who asks, and is
handed to ``blob_requests`` or ``manifest_requests``.
"""

import base64
import binascii
import hmac
import json
import re
from collections.abc import Mapping
from urllib.parse import parse_qs, quote, unquote, urlencode

from msgspec import Struct

from lambent.core.clock import PLATFORM, Clock
from lambent.core.context import ACCOUNT_DEFAULT, REGION_DEFAULT, Context, Scope
from lambent.core.ports import Sessions
from lambent.services.ecr import errors
from lambent.services.ecr.engine import limits, repositories
from lambent.services.ecr.engine.identifiers import RepositoryName, is_name, scope_of_host, split
from lambent.services.ecr.operations import passwords
from lambent.services.ecr.operations.blob_requests import BlobRequests
from lambent.services.ecr.operations.exchanges import Answered, Exchange, failed, page_size
from lambent.services.ecr.operations.layer_store import LayerStore
from lambent.services.ecr.operations.manifest_requests import ManifestRequests
from lambent.services.ecr.operations.passwords import Login
from lambent.store.database import Database
from lambent.wire.http import Response, Visit

PREFIX = "/v2/"
_PATH = re.compile(r"/v2/(?P<name>.+?)/(?P<what>blobs/uploads|blobs|manifests|tags|referrers)(?:/(?P<reference>[^/]*))?")
_CATALOG = "/v2/_catalog"
_PULLS = ("GET", "HEAD")
_ACTIONS: Mapping[tuple[str, bool], str] = {
    ("blobs", True): "GetDownloadUrlForLayer",
    ("blobs", False): "BatchDeleteImage",
    ("blobs/uploads", True): "InitiateLayerUpload",
    ("blobs/uploads", False): "InitiateLayerUpload",
    ("manifests", True): "BatchGetImage",
    ("manifests", False): "PutImage",
    ("tags", True): "ListImages",
    ("referrers", True): "ListImageReferrers",
}
"""What a caller must be allowed, by what it asks for and whether it only reads."""


class _Caller(Struct, frozen=True):
    scope: Scope
    login: Login | None


class Distribution:
    """``wire.http.Site`` of the registry."""

    def __init__(self, *, store: Database, layers: LayerStore, clock: Clock, sessions: Sessions, is_open: bool) -> None:
        self._store = store
        self._clock = clock
        self._sessions = sessions
        self._is_open = is_open
        self._blobs = BlobRequests(layers=layers)
        self._manifests = ManifestRequests(store=store, clock=clock)

    def owns(self, domain: str) -> bool:  # noqa: ARG002 - users give no names of their own to a registry
        return False

    def claims(self, path: str) -> bool:
        """Whether a request to the platform's own address is docker's: API Gateway has paths below /v2/ too."""
        if not path.startswith("/v2"):
            return False
        return path in ("/v2", PREFIX, _CATALOG) or _PATH.fullmatch(unquote(path)) is not None

    def download_url(self, context: Context, name: RepositoryName, digest: str) -> str:
        """Gives a layer to whoever has it, for an hour."""
        expires = str(int(self._clock.of(PLATFORM).now() + limits.DOWNLOAD_S))
        signature = self._signature(name, digest, expires)
        query = {"Registry": "/".join(name.scope), "Expires": expires, "Signature": signature}
        return f"{context.endpoint_url}/v2/{quote(name.name)}/blobs/{digest}?{urlencode(query)}"

    async def answer(self, visit: Visit) -> Response:
        try:
            return await self._answer(visit)
        except Answered as answered:
            return answered.response
        except errors.EcrError as error:
            status, code = error.distribution
            return failed(status, code, error.message)

    async def _answer(self, visit: Visit) -> Response:
        request = visit.request
        if "origin" in request.headers:
            return failed(403, "DENIED", "Pages in browsers may not use the registry.")
        path = unquote(request.path)
        caller = self._caller(visit)
        if caller is None:
            return _unauthorized(visit)
        if path in ("/v2", PREFIX):
            return Response(200, [_VERSION, ("Content-Type", "application/json")], b"{}")
        query = {key: values[-1] for key, values in parse_qs(request.query, keep_blank_values=True).items()}
        if path == _CATALOG:
            return await self._catalog(caller.scope, query)
        found = _PATH.fullmatch(path)
        scope, name = split(found["name"]) if found is not None else (None, "")
        if found is None or not is_name(name):
            return failed(404, "NAME_INVALID", "The path names no repository.")
        repository = RepositoryName(scope or caller.scope, name)
        exchange = Exchange(visit, found["name"], repository, found["what"], found["reference"] or "", query)
        await self._check(exchange, caller.login)
        response = await self._respond(exchange)
        response.headers.append(_VERSION)
        return response

    async def _respond(self, exchange: Exchange) -> Response:
        match exchange.what:
            case "blobs":
                return await self._blobs.blob(exchange)
            case "blobs/uploads":
                return await self._blobs.upload(exchange)
            case "manifests":
                return await self._manifests.manifest(exchange)
            case "tags" if exchange.reference == "list" and exchange.method in _PULLS:
                return await self._manifests.tags(exchange)
            case "referrers" if exchange.method in _PULLS:
                return await self._manifests.referrers(exchange)
        return failed(405, "UNSUPPORTED", "The operation is unsupported.")

    async def _catalog(self, scope: Scope, query: Mapping[str, str]) -> Response:
        count_max = page_size(query, limits.CATALOG_ITEMS_MAX)
        rows = await self._store.read(repositories.page, scope, after=query.get("last", ""), count_max=count_max + 1)
        names = [row.name.name for row in rows]
        headers = [("Content-Type", "application/json")]
        if len(names) > count_max:
            headers.append(("Link", f'<{_CATALOG}?n={count_max}&last={quote(names[count_max - 1], safe="")}>; rel="next"'))
        return Response(200, headers, json.dumps({"repositories": names[:count_max]}).encode())

    # ---- who asks ----------------------------------------------------------------------------------------------------

    def _caller(self, visit: Visit) -> _Caller | None:
        """None where it has to log in first. With ``--auth open`` whatever it says is believed, and nothing need be said."""
        of_host = scope_of_host(visit.host.partition(":")[0])
        user, password = _basic(visit)
        login = passwords.read(self._sessions, password)
        if login is not None and login.session.expires_at <= self._clock.of(login.session.account).now():
            return None
        if login is not None:
            return _Caller(of_host or Scope(login.session.account, login.region), login)
        if self._is_open:
            return _Caller(of_host or Scope(user if re.fullmatch(r"\d{12}", user) else ACCOUNT_DEFAULT, REGION_DEFAULT), None)
        presigned = self._presigned(visit)
        return _Caller(presigned, None) if presigned is not None else None

    async def _check(self, exchange: Exchange, login: Login | None) -> None:
        """Raises AccessDenied where the caller may not do this: by ``--auth iam``, and by a repository of another account."""
        if login is None:
            return
        visit, session = exchange.visit, login.session
        is_read = exchange.method in _PULLS
        action = _ACTIONS.get((exchange.what, is_read), "PutImage")
        if exchange.what == "manifests" and exchange.method == "DELETE":
            action = "BatchDeleteImage"
        context = Context(
            account=session.account,
            region=exchange.repository.scope.region,
            request_id=visit.request_id,
            principal_arn=session.principal_arn,
            endpoint_url=f"http://{visit.host}",
            access_key_id=session.access_key_id,
            source_ip=visit.source_ip,
        )
        visit.act_for(context, session_policy=session.policy, session_policy_arns=session.policy_arns)
        arn = exchange.repository.arn
        policy = await self._store.read(repositories.policy_of, exchange.repository) or ""
        denial = await visit.denial(f"ecr:{action}", arn, policy)
        if denial is not None:
            raise errors.AccessDenied(principal=session.principal_arn, action=f"ecr:{action}", arn=arn, policy=denial.policy)
        repositories.check_access(policy, exchange.repository, context, action, self._clock.now())

    def _presigned(self, visit: Visit) -> Scope | None:
        """The registry of a download URL that is ours and not over."""
        found = _PATH.fullmatch(unquote(visit.request.path))
        given = {key: values[-1] for key, values in parse_qs(visit.request.query).items()}
        if found is None or found["what"] != "blobs" or visit.request.method not in _PULLS or "Signature" not in given:
            return None
        account, _, region = given.get("Registry", "").partition("/")
        expires = given.get("Expires", "")
        wanted = self._signature(RepositoryName(Scope(account, region), found["name"]), found["reference"] or "", expires)
        if not hmac.compare_digest(wanted.encode(), given["Signature"].encode()):
            return None
        return Scope(account, region) if float(expires) >= self._clock.of(PLATFORM).now() else None

    def _signature(self, name: RepositoryName, digest: str, expires: str) -> str:
        return self._sessions.secret_of(f"ecr/{name.arn}/{digest}/{expires}")


_VERSION = ("Docker-Distribution-Api-Version", "registry/2.0")


def _basic(visit: Visit) -> tuple[str, str]:
    """User and password of the request; empty where it has none."""
    scheme, _, text = visit.request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return user, password


def _unauthorized(visit: Visit) -> Response:
    response = failed(401, "UNAUTHORIZED", "Not Authorized")
    realm = f'Basic realm="http://{visit.host}/",service="ecr.amazonaws.com"'
    response.headers += [("Www-Authenticate", realm), _VERSION]
    return response
