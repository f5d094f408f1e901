"""Repositories: made, changed, deleted with what is in them."""

import fnmatch
import json
from collections.abc import Callable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from lambent.core.clock import Instant
from lambent.core.context import Context, Scope
from lambent.lang.iam_policy import lets_in
from lambent.services.ecr import errors
from lambent.services.ecr.engine import limits
from lambent.services.ecr.engine.identifiers import RepositoryName
from lambent.services.ecr.tables import images, layers, repositories
from lambent.services.ecr.tables.repositories import RepositoryRow, Settings
from lambent.store.database import Transaction


def find(tx: Transaction, name: RepositoryName) -> RepositoryRow:
    """Raises RepositoryNotFound."""
    row = repositories.find(tx, name)
    if row is None:
        raise errors.RepositoryNotFound(name=name.name, account=name.scope.account)
    return row


def create(tx: Transaction, name: RepositoryName, settings: Settings, now: Instant) -> RepositoryRow:
    """Raises RepositoryAlreadyExists, TooManyTags."""
    _check_tags(settings.tags)
    if repositories.find(tx, name) is not None:
        raise errors.RepositoryAlreadyExists(name=name.name, account=name.scope.account)
    row = RepositoryRow(name, settings, now)
    repositories.put(tx, row)
    return row


def change(
    tx: Transaction, name: RepositoryName, change: Callable[[Settings], Settings]
) -> tuple[RepositoryRow, RepositoryRow]:
    """The repository before and after. Raises RepositoryNotFound and what ``change`` raises."""
    before = find(tx, name)
    after = replace(before, settings=change(before.settings))
    _check_tags(after.settings.tags)
    repositories.put(tx, after)
    return before, after


def delete(tx: Transaction, name: RepositoryName, *, is_forced: bool) -> RepositoryRow:
    """Raises RepositoryNotFound, RepositoryNotEmpty."""
    row = find(tx, name)
    if not is_forced and images.count(tx, name):
        raise errors.RepositoryNotEmpty(name=name.name, account=name.scope.account)
    for image in images.page(tx, name):
        images.delete(tx, name, image.digest)
    layers.delete_all(tx, name)
    repositories.delete(tx, name)
    return row


def page(tx: Transaction, scope: Scope, *, after: str, count_max: int) -> list[RepositoryRow]:
    return repositories.page(tx, scope, after=after, count_max=count_max)


def named(tx: Transaction, names: Sequence[RepositoryName]) -> list[RepositoryRow]:
    """Raises RepositoryNotFound for the first that is not there."""
    return [find(tx, name) for name in names]


def is_immutable(settings: Settings, tag: str) -> bool:
    """Whether a tag, once given, stays where it is."""
    is_excluded = any(fnmatch.fnmatchcase(tag, exclusion.filter) for exclusion in settings.exclusions)
    return settings.tag_mutability.startswith("IMMUTABLE") != is_excluded


def policy_of(tx: Transaction, name: RepositoryName) -> str | None:
    """The text of its policy, "" without one, None without a repository."""
    row = repositories.find(tx, name)
    return None if row is None else row.settings.policy


def check_access(policy: str, name: RepositoryName, context: Context, action: str, now: Instant) -> None:
    """Raises AccessDenied for a caller of another account whom the repository's policy does not let do ``action``."""
    if name.scope.account == context.account or lets_in(policy, context, f"ecr:{action}", name.arn, now):
        return
    raise errors.AccessDenied(principal=context.principal_arn, action=f"ecr:{action}", arn=name.arn)


def checked_document(text: str, member: str) -> str:
    """A policy's text. Raises InvalidParameter for what is no JSON object."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise errors.InvalidParameter(member=member, must="Invalid JSON syntax") from error
    if not isinstance(document, dict):
        raise errors.InvalidParameter(member=member, must="Invalid JSON syntax")
    return text


def tagged(settings: Settings, added: Mapping[str, str], removed: Sequence[str]) -> Settings:
    tags = {key: value for key, value in {**settings.tags, **added}.items() if key not in removed}
    return msgspec.structs.replace(settings, tags=tags)


def _check_tags(tags: Mapping[str, str]) -> None:
    if len(tags) > limits.TAGS_MAX:
        raise errors.TooManyTags()
