"""One request of docker's protocol and what its answers have in common."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from lambent.core.errors import LambentError
from lambent.services.ecr.engine.identifiers import RepositoryName
from lambent.wire.http import Response, Visit

_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Exchange:
    """``what``: "blobs", "blobs/uploads", "manifests", "tags", "referrers"; ``reference``: a digest, a tag, an upload's id."""

    visit: Visit
    name: str  # as the client knows the repository
    repository: RepositoryName
    what: str
    reference: str
    query: Mapping[str, str]

    @property
    def method(self) -> str:
        return self.visit.request.method

    def location(self, what: str, reference: str) -> tuple[str, str]:
        """The header that says where something is."""
        return "Location", f"{self.visit.base_path}/v2/{self.name}/{what}/{reference}"


class Answered(LambentError):
    """The answer is known, wherever it turned out."""

    def __init__(self, response: Response) -> None:
        super().__init__(str(response.status))
        self.response = response


def failed(status: int, code: str, message: str) -> Response:
    body = json.dumps({"errors": [{"code": code, "message": message}]}).encode()
    return Response(status, [("Content-Type", "application/json; charset=utf-8")], body)


def page_size(query: Mapping[str, str], count_max: int) -> int:
    """``n`` of a list, at most ``count_max``."""
    given = query.get("n", "")
    return min(int(given), count_max) if _NUMBER.fullmatch(given) and int(given) else count_max
