"""A plan: what would be created, updated or deleted, and in what it differs from what is there."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from lambent.sdk.clients import Target

Action = Literal["create", "update", "unchanged", "delete"]

_SIGNS: dict[Action, str] = {"create": "+", "update": "~", "unchanged": "=", "delete": "-"}
_COLORS: dict[Action, str] = {"create": "green", "update": "yellow", "unchanged": "", "delete": "red"}

Style = Callable[[str, str], str]
"""A text in a color, or as it is where the color is empty or nobody wants colors."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting, ``memory: 128 MB → 256 MB``. ``before`` is None where there is none yet, ``after`` where none will be."""

    what: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        if self.before is None:
            return f"{self.after}"
        return f"{self.before} → {self.after or '(none)'}"


class Planned(Protocol):
    """One thing of a plan: a function, a pipeline's state machine. Planning it has changed nothing yet.

    A thing that ``deploy()`` takes and that is no Function, a Pipeline, has two members: ``functions: Sequence[Function]``,
    which are deployed before it, and ``plan(target: Target, functions: Mapping[str, Deployment]) -> Planned``, asked for before
    anything is applied; ``functions`` tells where each of its functions will be, by the function's name.
    """

    @property
    def kind(self) -> str:
        """``function``, ``state machine`` …"""

    @property
    def name(self) -> str: ...
    @property
    def action(self) -> Action: ...
    @property
    def differences(self) -> Sequence[Difference]: ...
    @property
    def notes(self) -> Sequence[str]:
        """What the reader should know before it is applied."""

    def apply(self) -> Any:
        """Makes it so, binds the handle, and returns it. Raises DeployError."""


def is_changing(planned: Iterable[Planned]) -> bool:
    return any(each.action != "unchanged" for each in planned)


def lines(planned: Sequence[Planned], style: Style = lambda text, _: text) -> Iterator[str]:
    """The plan for people."""
    width = max((len(each.name) for each in planned), default=0)
    for each in planned:
        kind = "" if each.kind == "function" else f"{each.kind} "
        sign = f"{_SIGNS[each.action]} {each.name.ljust(width)}  {kind}{each.action}"
        yield "  " + style(sign, _COLORS[each.action]).rstrip()
        label = max((len(difference.what) for difference in each.differences), default=0)
        for difference in each.differences:
            yield f"      {difference.what.ljust(label)}  {difference}"
        for note in each.notes:
            yield "      " + style(f"! {note}", "yellow")


def where(target: Target) -> str:
    """The place in words: ``AWS, us-east-1``."""
    return f"{target.endpoint_url or 'AWS'}, {target.region}"


def as_json(planned: Iterable[Planned]) -> list[dict[str, Any]]:
    """The plan for programs."""
    return [
        {
            "kind": each.kind,
            "name": each.name,
            "action": each.action,
            "differences": [
                {"what": difference.what, "before": difference.before, "after": difference.after}
                for difference in each.differences
            ],
            "notes": list(each.notes),
        }
        for each in planned
    ]
