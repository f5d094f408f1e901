"""The rules of users, roles and groups: what they share, and what is special to each."""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from lambent.core import ids
from lambent.services.iam.engine import documents, managed
from lambent.services.iam.errors import (
    DeleteConflict,
    EntityAlreadyExists,
    InvalidInput,
    LimitExceeded,
    NoSuchEntity,
    ValidationError,
)
from lambent.services.iam.tables import entities, keys, policies
from lambent.services.iam.tables.entities import Entity
from lambent.store.database import Transaction

TAGS_MAX = 50
TRUST_POLICY_CHARS_MAX = 2_048
GROUPS_PER_USER_MAX = 10
SESSION_S_MAX_DEFAULT = 3_600


class Kind(Struct, frozen=True):
    """How one kind of entity differs from the others: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html."""

    name: str
    id_prefix: str
    count_max: int
    inline_chars_max: int
    attached_max: int = 10

    @property
    def title(self) -> str:
        return self.name.capitalize()


USER = Kind("user", "AIDA", count_max=5_000, inline_chars_max=2_048)
ROLE = Kind("role", "AROA", count_max=1_000, inline_chars_max=10_240)
GROUP = Kind("group", "AGPA", count_max=300, inline_chars_max=5_120)


class Changes(Struct, frozen=True):
    """What to change of an entity; None leaves a thing as it is."""

    name: str | None = None
    path: str | None = None
    description: str | None = None
    session_s_max: int | None = None
    boundary_arn: str | None = None

    def applied(self, to: Entity) -> Entity:
        return replace(
            to,
            name=to.name if self.name is None else self.name,
            path=to.path if self.path is None else self.path,
            description=to.description if self.description is None else self.description,
            session_s_max=to.session_s_max if self.session_s_max is None else self.session_s_max,
            boundary_arn=to.boundary_arn if self.boundary_arn is None else self.boundary_arn,
        )


def require(tx: Transaction, account: str, kind: Kind, name: str) -> Entity:
    found = entities.find(tx, account, kind.name, name)
    # Names are unique whatever their case, and yet must be spelt as they were given to be found.
    if found is None or found.name != name:
        raise NoSuchEntity(f"The {kind.name} with name {name} cannot be found.")
    return found


def create(tx: Transaction, kind: Kind, new: Entity) -> Entity:
    """Adds an entity; ``new.id`` is made here."""
    if entities.find(tx, new.account, kind.name, new.name) is not None:
        raise EntityAlreadyExists(f"{kind.title} with name {new.name} already exists.")
    if entities.count(tx, new.account, kind.name) >= kind.count_max:
        raise LimitExceeded(f"Cannot exceed quota for {kind.title}sPerAccount: {kind.count_max}")
    if new.boundary_arn:
        _require_boundary(tx, new.account, new.boundary_arn)
    if kind is ROLE:
        _check_trust_policy(new.trust_policy)
    created = replace(new, id=kind.id_prefix + ids.base32(17), tags=checked_tags(new.tags))
    entities.insert(tx, created)
    return created


def update(tx: Transaction, account: str, kind: Kind, name: str, changes: Changes) -> Entity:
    found = require(tx, account, kind, name)
    is_renamed = changes.name is not None and changes.name.lower() != found.name.lower()
    if is_renamed and entities.find(tx, account, kind.name, changes.name or "") is not None:
        raise EntityAlreadyExists(f"{kind.title} with name {changes.name} already exists.")
    if changes.boundary_arn:
        _require_boundary(tx, account, changes.boundary_arn)
    changed = changes.applied(found)
    entities.update(tx, changed)
    return changed


def delete(tx: Transaction, account: str, kind: Kind, name: str) -> None:
    """Deletes an entity that nothing hangs on any more."""
    found = require(tx, account, kind, name)
    if kind is USER and keys.of_user(tx, account, found.id):
        raise DeleteConflict("Cannot delete entity, must delete access keys first.")
    if policies.attached(tx, found):
        raise DeleteConflict("Cannot delete entity, must detach all policies first.")
    if policies.inline(tx, found):
        raise DeleteConflict("Cannot delete entity, must delete policies first.")
    if entities.groups_of(tx, found) or entities.members(tx, found):
        raise DeleteConflict("Cannot delete entity, must remove users from group first.")
    entities.delete(tx, found)


def page(tx: Transaction, account: str, kind: Kind, path_prefix: str) -> list[Entity]:
    return [one for one in entities.every(tx, account, kind.name) if one.path.startswith(path_prefix)]


# ---- roles -----------------------------------------------------------------------------------------------------------


def set_trust_policy(tx: Transaction, account: str, name: str, document: str) -> None:
    found = require(tx, account, ROLE, name)
    _check_trust_policy(document)
    entities.update(tx, replace(found, trust_policy=document))


def _check_trust_policy(document: str) -> None:
    documents.check_trust_policy(document)
    if documents.size_of(document) > TRUST_POLICY_CHARS_MAX:
        raise LimitExceeded(f"Cannot exceed quota for ACLSizePerRole: {TRUST_POLICY_CHARS_MAX}")


# ---- groups ----------------------------------------------------------------------------------------------------------


def add_to_group(tx: Transaction, account: str, group_name: str, user_name: str) -> None:
    group = require(tx, account, GROUP, group_name)
    user = require(tx, account, USER, user_name)
    groups = entities.groups_of(tx, user)
    if len(groups) >= GROUPS_PER_USER_MAX and group not in groups:
        raise LimitExceeded(f"Cannot exceed quota for GroupsPerUser: {GROUPS_PER_USER_MAX}")
    entities.add_member(tx, group, user)


def remove_from_group(tx: Transaction, account: str, group_name: str, user_name: str) -> None:
    group = require(tx, account, GROUP, group_name)
    user = require(tx, account, USER, user_name)
    entities.remove_member(tx, group, user)


def members(tx: Transaction, account: str, group_name: str) -> tuple[Entity, list[Entity]]:
    group = require(tx, account, GROUP, group_name)
    return group, entities.members(tx, group)


def groups_of(tx: Transaction, account: str, user_name: str) -> list[Entity]:
    return entities.groups_of(tx, require(tx, account, USER, user_name))


# ---- tags ------------------------------------------------------------------------------------------------------------


def tag(tx: Transaction, account: str, kind: Kind, name: str, tags: Mapping[str, str]) -> None:
    found = require(tx, account, kind, name)
    entities.update(tx, replace(found, tags=merged_tags(found.tags, tags)))


def untag(tx: Transaction, account: str, kind: Kind, name: str, tag_keys: Sequence[str]) -> None:
    found = require(tx, account, kind, name)
    entities.update(tx, replace(found, tags=remaining_tags(found.tags, tag_keys)))


def merged_tags(present: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """Tag keys are equal whatever their case; a tag given anew takes the new spelling."""
    folded = {key.lower() for key in new}
    kept = {key: value for key, value in present.items() if key.lower() not in folded}
    return checked_tags({**kept, **new})


def remaining_tags(present: Mapping[str, str], gone: Sequence[str]) -> dict[str, str]:
    folded = {key.lower() for key in gone}
    return {key: value for key, value in present.items() if key.lower() not in folded}


def checked_tags(tags: Mapping[str, str]) -> dict[str, str]:
    if len(tags) > TAGS_MAX:
        raise LimitExceeded(f"The number of tags has reached the maximum limit: {TAGS_MAX}.")
    if len({key.lower() for key in tags}) < len(tags):
        raise InvalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    for key in tags:
        if key.lower().startswith("aws:"):
            raise InvalidInput("Tag key prefix aws: is reserved, you cannot use it.")
    return dict(tags)


# ---- policies of an entity -------------------------------------------------------------------------------------------


def put_inline(tx: Transaction, account: str, kind: Kind, name: str, policy_name: str, document: str) -> None:
    found = require(tx, account, kind, name)
    documents.check_identity_policy(document)
    others = {one: text for one, text in policies.inline(tx, found).items() if one != policy_name}
    if sum(map(documents.size_of, (document, *others.values()))) > kind.inline_chars_max:
        raise LimitExceeded(f"Maximum policy size of {kind.inline_chars_max} bytes exceeded for {kind.name} {name}")
    policies.put_inline(tx, found, policy_name, document)


def inline(tx: Transaction, account: str, kind: Kind, name: str) -> dict[str, str]:
    return policies.inline(tx, require(tx, account, kind, name))


def inline_document(tx: Transaction, account: str, kind: Kind, name: str, policy_name: str) -> str:
    document = inline(tx, account, kind, name).get(policy_name)
    if document is None:
        raise NoSuchEntity(f"The {kind.name} policy with name {policy_name} cannot be found.")
    return document


def delete_inline(tx: Transaction, account: str, kind: Kind, name: str, policy_name: str) -> None:
    if not policies.delete_inline(tx, require(tx, account, kind, name), policy_name):
        raise NoSuchEntity(f"The {kind.name} policy with name {policy_name} cannot be found.")


def attach(tx: Transaction, account: str, kind: Kind, name: str, policy_arn: str) -> None:
    found = require(tx, account, kind, name)
    if not is_policy(tx, account, policy_arn):
        raise NoSuchEntity(f"Policy {policy_arn} does not exist or is not attachable.")
    attached = policies.attached(tx, found)
    if len(attached) >= kind.attached_max and policy_arn not in attached:
        raise LimitExceeded(f"Cannot exceed quota for PoliciesPer{kind.title}: {kind.attached_max}")
    policies.attach(tx, found, policy_arn)


def detach(tx: Transaction, account: str, kind: Kind, name: str, policy_arn: str) -> None:
    if not policies.detach(tx, require(tx, account, kind, name), policy_arn):
        raise NoSuchEntity(f"Policy {policy_arn} was not found.")


def attached(tx: Transaction, account: str, kind: Kind, name: str) -> list[str]:
    return policies.attached(tx, require(tx, account, kind, name))


def is_policy(tx: Transaction, account: str, policy_arn: str) -> bool:
    return policy_arn in managed.POLICIES or policies.find(tx, account, policy_arn) is not None


def _require_boundary(tx: Transaction, account: str, policy_arn: str) -> None:
    if not policy_arn.startswith("arn:"):
        raise ValidationError(f"Value ({policy_arn}) for parameter PermissionsBoundary is invalid.")
    if not is_policy(tx, account, policy_arn):
        raise NoSuchEntity(f"Scope ARN: {policy_arn} does not exist or is not attachable.")
