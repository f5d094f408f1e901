"""The rules of log groups."""

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from lambent.core.arn import Arn
from lambent.core.context import Scope
from lambent.services.logs import errors
from lambent.services.logs.tables import batches, groups, streams
from lambent.services.logs.tables.groups import Group
from lambent.store.database import Transaction

TAGS_MAX = 50
RETENTION_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)

_TAG_KEY = re.compile(r"[\w\s.:/=+\-@]{1,128}")
_TAG_VALUE = re.compile(r"[\w\s.:/=+\-@]{0,256}")


class Page(Struct, frozen=True):
    """Groups in order, and whether there are more behind them."""

    groups: list[Group]
    is_truncated: bool


def require(tx: Transaction, scope: Scope, name: str) -> Group:
    group = groups.find(tx, scope.account, scope.region, name)
    if group is None:
        raise errors.NoSuchGroup()
    return group


def create(
    tx: Transaction,
    scope: Scope,
    name: str,
    *,
    now_ms: int,
    class_: str,
    kms_key_id: str,
    is_deletion_protected: bool,
    tags: Mapping[str, str],
) -> None:
    check_tags(tags)
    if groups.find_id(tx, scope.account, scope.region, name) is not None:
        raise errors.GroupAlreadyExists()
    groups.insert(
        tx,
        scope.account,
        scope.region,
        name,
        created_ms=now_ms,
        class_=class_,
        kms_key_id=kms_key_id,
        is_deletion_protected=is_deletion_protected,
        tags=tags,
    )


def delete(tx: Transaction, scope: Scope, name: str) -> None:
    """Deletes the group with its streams and all their events."""
    group = require(tx, scope, name)
    if group.is_deletion_protected:
        raise errors.DeletionProtected(name=name)
    batches.delete_of_group(tx, group.id)
    streams.delete_all(tx, group)
    groups.delete(tx, group)


def page(
    tx: Transaction, scope: Scope, *, prefix: str, substrings: Sequence[str], class_: str, after: str, count_max: int
) -> Page:
    """Groups in order of their names that begin with ``prefix`` and contain one of ``substrings``, where there are any."""
    found: list[Group] = []
    chunk_size = count_max + 1
    while len(found) <= count_max:
        chunk = groups.page(tx, scope.account, scope.region, after=after, first=prefix, count_max=chunk_size)
        for group in chunk:
            if not group.name.startswith(prefix):
                return Page(found[:count_max], len(found) > count_max)
            if _contains_any(group.name, substrings) and class_ in ("", group.class_):
                found.append(group)
        if len(chunk) < chunk_size:
            break
        after = chunk[-1].name
    return Page(found[:count_max], len(found) > count_max)


def _contains_any(name: str, substrings: Sequence[str]) -> bool:
    """A substring may be anchored with ``^``."""
    if not substrings:
        return True
    return any(name.startswith(each[1:]) if each.startswith("^") else each in name for each in substrings)


def of_identifier(identifier: str, scope: Scope) -> str:
    """The name of the group that an identifier tells: the name itself, or an ARN with or without ``:*`` at its end.

    Raises NoSuchGroup for a group of another account or region: one of the same name here is not the one that is meant.
    """
    if not identifier.startswith("arn:"):
        return identifier
    arn = Arn.parse(identifier)
    if arn is None or arn.service != "logs" or not arn.resource.startswith("log-group:"):
        raise errors.InvalidArn(arn=identifier)
    if (arn.account, arn.region) != (scope.account, scope.region):
        raise errors.NoSuchGroup()
    return arn.resource.removeprefix("log-group:").removesuffix(":*")


def of_arn(arn: str, scope: Scope) -> str:
    """The name of the group whose ARN this is, for operations that take nothing else."""
    if not arn.startswith("arn:"):
        raise errors.InvalidArn(arn=arn)
    return of_identifier(arn, scope)


# ---- settings --------------------------------------------------------------------------------------------------------


def set_retention(tx: Transaction, scope: Scope, name: str, days: int, *, topic: str) -> None:
    """``days`` is 0 for ever."""
    if days != 0 and days not in RETENTION_DAYS:
        raise errors.InvalidRetention(days=days, allowed=", ".join(map(str, RETENTION_DAYS)))
    groups.set_retention(tx, require(tx, scope, name), days)
    tx.signal(topic)


def set_deletion_protection(tx: Transaction, scope: Scope, name: str, *, is_protected: bool) -> None:
    groups.set_deletion_protection(tx, require(tx, scope, name), is_protected=is_protected)


def tags_of(tx: Transaction, scope: Scope, name: str) -> Mapping[str, str]:
    return require(tx, scope, name).tags


def add_tags(tx: Transaction, scope: Scope, name: str, tags: Mapping[str, str]) -> None:
    check_tags(tags)
    group = require(tx, scope, name)
    merged = {**group.tags, **tags}
    if len(merged) > TAGS_MAX:
        raise errors.TooManyTags(count_max=TAGS_MAX)
    groups.set_tags(tx, group, merged)


def remove_tags(tx: Transaction, scope: Scope, name: str, keys: Sequence[str]) -> None:
    group = require(tx, scope, name)
    groups.set_tags(tx, group, {key: value for key, value in group.tags.items() if key not in keys})


def check_tags(tags: Mapping[str, str]) -> None:
    for key, value in tags.items():
        if key.lower().startswith("aws:"):
            raise errors.InvalidTag(reason="Tag keys beginning with aws: are reserved for system use.")
        if not _TAG_KEY.fullmatch(key) or not _TAG_VALUE.fullmatch(value):
            raise errors.InvalidTag(reason=f"Invalid tag: {key}")
