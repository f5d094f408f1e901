"""The two kinds of failure: ServiceError is an answer to the caller, Defect is our own mistake."""

from collections.abc import Mapping
from typing import Any, ClassVar


class LambentError(Exception):
    """The root of everything Lambent raises on purpose."""


class ServiceError(LambentError):
    """An answer to the caller: a class holds the code, the status and the wording; raise it with facts.

    ``wording`` is formatted with the facts. ``members`` are further members of the modelled error shape
    (``Reason`` of TooManyRequestsException, say), keyed by AWS' names.
    """

    code: ClassVar[str] = "InternalFailure"
    status: ClassVar[int] = 500
    wording: ClassVar[str] = ""
    members: Mapping[str, Any] = {}
    headers: Mapping[str, str] = {}  # told beside the error where the protocol is rest-xml (S3's delete markers)

    def __init__(self, *, members: Mapping[str, Any] | None = None, **facts: object) -> None:
        self.facts = facts
        self.message = self.wording.format(**facts)
        if members is not None:
            self.members = members
        super().__init__(f"{self.code}: {self.message}")

    @property
    def is_senders_fault(self) -> bool:
        return self.status < 500


class Defect(LambentError):
    """Our own mistake: it fails the request with InternalFailure, is logged with its trace, and is never caught to go on."""


class StartupError(LambentError):
    """Lambent cannot start as asked; the message says why and what to do next."""
