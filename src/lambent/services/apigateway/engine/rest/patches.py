"""Patch operations: how the Update operations change a document.

Every value comes as text. Which paths there are, which operations they take and what their text means stands in a table of
``Rule``s for each kind of document.

https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
"""

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import Struct

from lambent.services.apigateway import rest_errors as errors

ADD, REMOVE, REPLACE, COPY = "add", "remove", "replace", "copy"
SET = (ADD, REPLACE)
ALL = (ADD, REMOVE, REPLACE)
ONLY_REPLACE = (REPLACE,)
ADD_OR_REMOVE = (ADD, REMOVE)

Document = dict[str, Any]
Read = Callable[[str], Any]


class Patch(NamedTuple):
    """One operation, with the segments of its path decoded."""

    operation: str
    path: str
    segments: tuple[str, ...]
    value: str
    source: str = ""  # of a copy

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Patch":
        path = given.get("path") or ""
        return cls(given.get("op") or "", path, segments_of(path), given.get("value") or "", given.get("from") or "")


class Rule(Struct, frozen=True):
    """``path`` has ``*`` where a name stands: "/requestTemplates/*".

    ``is_set``: the path names a list; a member comes and goes by the value, or by the segment that stands for ``*``.
    """

    path: str
    operations: tuple[str, ...] = ONLY_REPLACE
    read: Read = str
    is_set: bool = False

    @property
    def segments(self) -> tuple[str, ...]:
        return segments_of(self.path)

    def fits(self, segments: Sequence[str]) -> bool:
        wanted = self.segments
        return len(wanted) == len(segments) and all(want in ("*", have) for want, have in zip(wanted, segments, strict=True))


class Wording(NamedTuple):
    """How a kind of document refuses a path that it does not have, and an operation that a path does not take."""

    unknown: Callable[[Patch, Sequence[Rule]], errors.RestError]
    unsupported: Callable[[Patch, Sequence[Rule]], errors.RestError]


def apply(
    document: Document, operations: Iterable[Mapping[str, Any]], rules: Sequence[Rule], wording: "Wording | None" = None
) -> Document:
    """A changed copy. Raises BadRequestException in the document's wording."""
    changed = copy.deepcopy(document)
    for given in operations:
        patch = Patch.of(given)
        change(changed, patch, rule_for(patch, rules, wording or NAMING_ALL))
    return changed


def rule_for(patch: Patch, rules: Sequence[Rule], wording: Wording) -> Rule:
    fitting = [rule for rule in rules if rule.fits(patch.segments)]
    if not fitting:
        raise wording.unknown(patch, rules)
    rule = next((rule for rule in fitting if patch.operation in rule.operations), None)
    if rule is None:
        raise wording.unsupported(patch, fitting)
    return rule


def change(document: Document, patch: Patch, rule: Rule) -> None:
    """Carries out one operation in place. An empty value is nothing: what takes one loses what it had."""
    if rule.is_set:
        _change_set(document, patch, rule)
        return
    holder = _holder(document, patch.segments[:-1], makes=patch.operation != REMOVE)
    name = patch.segments[-1]
    if isinstance(holder, list):
        index = holder.index(name) if name in holder else int(name) if name.isdecimal() else len(holder)
        holder[index : index + 1] = [] if patch.operation == REMOVE else [rule.read(patch.value)]
    elif patch.operation == REMOVE:
        holder.pop(name, None)
        _prune(document, patch.segments[:-1])
    else:
        holder[name] = rule.read(patch.value)


def _change_set(document: Document, patch: Patch, rule: Rule) -> None:
    """AWS replaces a member by taking it away and adding the new one at the end."""
    is_in_path = rule.segments[-1] == "*"
    names = patch.segments[:-1] if is_in_path else patch.segments
    member = patch.segments[-1] if is_in_path else rule.read(patch.value)
    holder = _holder(document, names[:-1], makes=True)
    assert isinstance(holder, dict), "a list stands in a structure"
    members = holder.setdefault(names[-1], [])
    if patch.operation != ADD and member in members:
        members.remove(member)
    added = rule.read(patch.value) if patch.operation == REPLACE else member
    if patch.operation != REMOVE and added not in members:
        members.append(added)
    if not members:
        del holder[names[-1]]


def _holder(document: Document, names: Sequence[str], *, makes: bool) -> Any:
    holder: Any = document
    for name in names:
        if isinstance(holder, list):
            return {}
        following = holder.get(name)
        if following is None:
            following = {}
            if makes:
                holder[name] = following
        holder = following
    return holder


def _prune(document: Document, names: Sequence[str]) -> None:
    """A map whose last entry went is gone."""
    for count in range(len(names), 0, -1):
        holder = _holder(document, names[: count - 1], makes=False)
        if isinstance(holder, dict) and holder.get(names[count - 1]) == {}:
            del holder[names[count - 1]]


def segments_of(path: str) -> tuple[str, ...]:
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in path.removeprefix("/").split("/"))


# ---- what texts mean -------------------------------------------------------------------------------------------------


def boolean(text: str) -> bool:
    return text.lower() == "true"


def integer(text: str) -> int:
    """Terraform writes numbers with a point."""
    try:
        return int(float(text))
    except (ValueError, OverflowError) as error:
        raise errors.BadRequest(reason=f"Invalid patch value {text}: it must be a whole number") from error


def number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise errors.BadRequest(reason=f"Invalid patch value {text}: it must be a number") from error


# ---- how documents refuse --------------------------------------------------------------------------------------------


def _unknown_naming_all(patch: Patch, rules: Sequence[Rule]) -> errors.RestError:
    paths = sorted({rule.path.replace("*", "{name}") for rule in rules})
    return errors.PatchPathUnknown(path=patch.path, operation=patch.operation, paths=", ".join(paths))


def _unsupported_naming_path(patch: Patch, rules: Sequence[Rule]) -> errors.RestError:  # noqa: ARG001 - as its brother
    return errors.PatchOperationUnsupported(path=patch.path, operation=patch.operation)


def _unknown_naming_path(patch: Patch, rules: Sequence[Rule]) -> errors.RestError:  # noqa: ARG001 - as its brother
    return errors.PatchPathRefused(path=patch.path)


def _unsupported_naming_operations(patch: Patch, rules: Sequence[Rule]) -> errors.RestError:  # noqa: ARG001 - as its brother
    operations = [name for name in (ADD, REPLACE, REMOVE) if any(name in rule.operations for rule in rules)]
    return errors.PatchOperationRefused(operations=", ".join(operations))


NAMING_ALL = Wording(_unknown_naming_all, _unsupported_naming_path)
NAMING_PATH = Wording(_unknown_naming_path, _unsupported_naming_operations)
