"""A plan: what would be created, updated or deleted, and in what it differs from what is there."""

from dataclasses import dataclass
from typing import Any, Literal, Protocol

Action = Literal["create", "update", "unchanged", "delete"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting: ``memory: 128 MB → 256 MB``. ``before`` None where there was none, ``after`` None where there will be none."""

    what: str
    before: str | None
    after: str | None


class Planned(Protocol):
    """One thing of a plan: a function, a role, a pipeline's state machine. Making it has changed nothing yet.

    A thing that ``deploy()`` takes and that is no Function (a Pipeline) has two members:
    ``functions: Sequence[Function]``, which are deployed before it, and ``plan(target: Target) -> Planned``, asked for after the
    functions have been bound to where they will be.
    """

    kind: str  # "function", "state machine", "role"
    name: str
    action: Action
    differences: tuple[Difference, ...]

    def apply(self) -> Any:
        """Makes it so; the handle of what is there now."""
