"""Where a function's image comes from: the platform's registry, however its address is spelt, or this machine's disk."""

import re

from msgspec import Struct

from lambent.core.context import Scope

LOCAL_KINDS = ("oci", "oci-archive", "docker-archive")
_REGISTRY = r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)"
_HOST = re.compile(rf"(?:(?:{_REGISTRY}\.[a-z0-9.-]+)|localhost|127\.0\.0\.1|\[::1\])(?::\d+)?")
_FIRST = re.compile(_REGISTRY)
_NAME = re.compile(r"[a-z0-9]+(?:[._/-]+[a-z0-9]+)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,299}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class RegistryImage(Struct, frozen=True):
    """One of ``tag`` and ``digest`` is empty."""

    scope: Scope
    repository: str
    tag: str
    digest: str
    address: str  # without tag and digest


class LocalImage(Struct, frozen=True):
    """``oci:/folder:tag``, ``oci-archive:/file.tar`` or ``docker-archive:/file.tar:name:tag``; the reference may be missing."""

    kind: str
    path: str
    reference: str

    @property
    def address(self) -> str:
        return f"{self.kind}:{self.path}"


def parse(uri: str, scope: Scope) -> RegistryImage | LocalImage | None:
    """``scope``: whose registry is meant where the address does not say so. None for what names no image."""
    kind, _, rest = uri.partition(":")
    if kind in LOCAL_KINDS:
        path, _, reference = rest.partition(":")
        return LocalImage(kind, path, reference) if path.startswith("/") else None
    host, _, name = uri.partition("/")
    found = _HOST.fullmatch(host)
    if found is None:
        return None
    address, at, digest = uri.partition("@")
    tag = ""
    if not at and ":" in name:
        name, _, tag = name.rpartition(":")
        address = f"{host}/{name}"
    elif at:
        name = name.partition("@")[0]
    if found["account"]:
        scope = Scope(found["account"], found["region"])
    first, _, below = name.partition("/")
    inner = _FIRST.fullmatch(first)
    if inner is not None and below:
        scope, name = Scope(inner["account"], inner["region"]), below
    is_well_formed = _NAME.fullmatch(name) and (_DIGEST.fullmatch(digest) if at else _TAG.fullmatch(tag or "latest"))
    return RegistryImage(scope, name, "" if at else tag or "latest", digest, address) if is_well_formed else None
