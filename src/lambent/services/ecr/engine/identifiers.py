"""Names of repositories, ARNs, digests, and the addresses under which clients know a repository."""

import re

from msgspec import Struct

from lambent.core.arn import Arn
from lambent.core.context import Scope

_NAME = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,299}")
_AWS_HOST = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)(?:\..+)?")
NAME_CHARS_MAX = 256


class RepositoryName(Struct, frozen=True):
    """Which repository, whether it is there or not."""

    scope: Scope
    name: str

    @property
    def key(self) -> tuple[str, str, str]:
        return (*self.scope, self.name)

    @property
    def arn(self) -> str:
        return f"arn:aws:ecr:{self.scope.region}:{self.scope.account}:repository/{self.name}"


def uri_of(repository: RepositoryName, port: int) -> str:
    """As docker is given it: AWS' own form below localhost, which tells account and region."""
    scope = repository.scope
    return f"{scope.account}.dkr.ecr.{scope.region}.localhost:{port}/{repository.name}"


def scope_of_host(host: str) -> Scope | None:
    """The registry that a host names as AWS' do; None for a plain one."""
    found = _AWS_HOST.fullmatch(host)
    return Scope(found[1], found[2]) if found else None


def split(name: str) -> tuple[Scope | None, str]:
    """``123456789012.dkr.ecr.us-east-1/team/app`` names the registry before the repository, for who cannot choose hosts."""
    first, _, rest = name.partition("/")
    scope = scope_of_host(first)
    return (scope, rest) if scope is not None and rest else (None, name)


def parse_arn(text: str) -> RepositoryName | None:
    arn = Arn.parse(text)
    if arn is None or arn.service != "ecr" or not arn.resource.startswith("repository/"):
        return None
    return RepositoryName(Scope(arn.account, arn.region), arn.resource.removeprefix("repository/"))


def is_name(text: str) -> bool:
    return len(text) <= NAME_CHARS_MAX and _NAME.fullmatch(text) is not None


def is_digest(text: str) -> bool:
    return _DIGEST.fullmatch(text) is not None


def is_tag(text: str) -> bool:
    return _TAG.fullmatch(text) is not None


def sha256_of(digest: str) -> str:
    """The name of the blob that holds what the digest names."""
    return digest.removeprefix("sha256:")
