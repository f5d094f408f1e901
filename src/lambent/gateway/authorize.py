"""May the caller do it. Each mode of ``--auth`` is one function; the pipeline asks it after the parameters are known."""

from collections.abc import Callable

from lambent.core.context import Context
from lambent.core.errors import StartupError
from lambent.core.ports import Parameters

Authorize = Callable[[Context, str, str, Parameters], None]
"""Raises the ServiceError that denies ``(context, service, operation, parameters)``."""


def policy_of(auth: str) -> Authorize:
    """What a mode allows. Raises StartupError for a mode that cannot be kept."""
    if auth in ("open", "signed"):
        return allow_all
    if auth == "iam":
        raise StartupError(
            "--auth iam needs the evaluation of IAM policies, which this version does not have yet."
            " Use --auth signed: callers are authenticated, and each of them may do everything in its account."
        )
    raise StartupError(f"--auth {auth} is not a mode; choose open or signed")


def allow_all(_context: Context, _service: str, _operation: str, _parameters: Parameters) -> None:
    """``open`` and ``signed``: whoever is let in may do everything in its account."""
