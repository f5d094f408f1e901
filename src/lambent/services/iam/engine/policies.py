"""The rules of managed policies and their versions."""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from lambent.core import ids
from lambent.core.arn import Arn
from lambent.core.clock import Instant
from lambent.services.iam.engine import documents, entities, managed
from lambent.services.iam.errors import AccessDenied, DeleteConflict, EntityAlreadyExists, LimitExceeded, NoSuchEntity
from lambent.services.iam.tables import policies
from lambent.services.iam.tables.entities import Entity
from lambent.services.iam.tables.policies import Policy, PolicyVersion
from lambent.store.database import Transaction

POLICY_CHARS_MAX = 6_144
VERSIONS_MAX = 5
POLICIES_MAX = 1_500


class Usage(Struct, frozen=True):
    """A policy with how often it is used."""

    policy: Policy
    attachments: int
    boundaries: int


def create(
    tx: Transaction,
    account: str,
    name: str,
    document: str,
    *,
    path: str,
    description: str,
    tags: Mapping[str, str],
    now: Instant,
) -> Policy:
    _check_document(document)
    if policies.by_name(tx, account, name) is not None:
        raise EntityAlreadyExists(f"A policy called {name} already exists. Duplicate names are not allowed.")
    if len(policies.every(tx, account)) >= POLICIES_MAX:
        raise LimitExceeded(f"Cannot exceed quota for PoliciesPerAccount: {POLICIES_MAX}")
    policy = Policy(
        account=account,
        arn=str(Arn("iam", "", account, f"policy{path}{name}")),
        id="ANPA" + ids.base32(17),
        name=name,
        path=path,
        description=description,
        created_at=now,
        updated_at=now,
        tags=entities.checked_tags(tags),
    )
    policies.insert(tx, policy)
    policies.insert_version(tx, policy, PolicyVersion(1, document, now))
    return policy


def require(tx: Transaction, account: str, arn: str) -> Policy:
    found = managed.POLICIES.get(arn) or policies.find(tx, account, arn)
    if found is None:
        raise NoSuchEntity(f"Policy {arn} was not found.")
    return found


def usage(tx: Transaction, account: str, arn: str) -> Usage:
    return _with_usage(tx, account, [require(tx, account, arn)])[0]


def page(tx: Transaction, account: str, *, scope: str, path_prefix: str, only_attached: bool) -> list[Usage]:
    """Policies of ``scope``: "All", "AWS" or "Local"."""
    own = [] if scope == "AWS" else policies.every(tx, account)
    of_aws = [] if scope == "Local" else list(managed.POLICIES.values())
    chosen = [policy for policy in (*own, *of_aws) if policy.path.startswith(path_prefix)]
    used = _with_usage(tx, account, chosen)
    return [one for one in used if one.attachments or not only_attached]


def delete(tx: Transaction, account: str, arn: str) -> None:
    found = _require_own(tx, account, arn, "DeletePolicy")
    counted = _with_usage(tx, account, [found])[0]
    if counted.attachments or counted.boundaries:
        raise DeleteConflict("Cannot delete a policy attached to entities.")
    if len(policies.versions(tx, found)) > 1:
        raise DeleteConflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
            "The default version is deleted with the policy."
        )
    policies.delete(tx, found)


def create_version(
    tx: Transaction, account: str, arn: str, document: str, *, is_default: bool, now: Instant
) -> tuple[Policy, PolicyVersion]:
    found = _require_own(tx, account, arn, "CreatePolicyVersion")
    _check_document(document)
    if len(policies.versions(tx, found)) >= VERSIONS_MAX:
        raise LimitExceeded(
            f"A managed policy can have up to {VERSIONS_MAX} versions. "
            "Before you create a new version, you must delete an existing version."
        )
    version = PolicyVersion(found.last_version + 1, document, now)
    default_version = version.version if is_default else found.default_version
    changed = replace(found, updated_at=now, last_version=version.version, default_version=default_version)
    policies.update(tx, changed)
    policies.insert_version(tx, changed, version)
    return changed, version


def versions(tx: Transaction, account: str, arn: str) -> tuple[Policy, list[PolicyVersion]]:
    found = require(tx, account, arn)
    if found.is_aws_managed:
        return found, [managed.version_of(found)]
    return found, policies.versions(tx, found)


def version(tx: Transaction, account: str, arn: str, version_id: str) -> tuple[Policy, PolicyVersion]:
    found, present = versions(tx, account, arn)
    for one in present:
        if f"v{one.version}" == version_id:
            return found, one
    raise NoSuchEntity(f"Policy {arn} version {version_id} does not exist or is not attachable.")


def delete_version(tx: Transaction, account: str, arn: str, version_id: str) -> None:
    found = _require_own(tx, account, arn, "DeletePolicyVersion")
    _, doomed = version(tx, account, arn, version_id)
    if doomed.version == found.default_version:
        raise DeleteConflict("Cannot delete the default version of a policy.")
    policies.delete_version(tx, found, doomed.version)


def set_default(tx: Transaction, account: str, arn: str, version_id: str, now: Instant) -> None:
    found = _require_own(tx, account, arn, "SetDefaultPolicyVersion")
    _, chosen = version(tx, account, arn, version_id)
    policies.update(tx, replace(found, default_version=chosen.version, updated_at=now))


def holders(tx: Transaction, account: str, arn: str) -> list[Entity]:
    require(tx, account, arn)
    return policies.holders(tx, account, arn)


def tag(tx: Transaction, account: str, arn: str, tags: Mapping[str, str]) -> None:
    found = _require_own(tx, account, arn, "TagPolicy")
    policies.update(tx, replace(found, tags=entities.merged_tags(found.tags, tags)))


def untag(tx: Transaction, account: str, arn: str, tag_keys: Sequence[str]) -> None:
    found = _require_own(tx, account, arn, "UntagPolicy")
    policies.update(tx, replace(found, tags=entities.remaining_tags(found.tags, tag_keys)))


def _require_own(tx: Transaction, account: str, arn: str, operation: str) -> Policy:
    found = require(tx, account, arn)
    if found.is_aws_managed:
        raise AccessDenied(
            f"User: arn:aws:iam::{account}:root is not authorized to perform: iam:{operation} on resource: policy {found.name}"
        )
    return found


def _check_document(document: str) -> None:
    documents.check_identity_policy(document, needs_new_version=True)
    if documents.size_of(document) > POLICY_CHARS_MAX:
        raise LimitExceeded(f"Cannot exceed quota for PolicySize: {POLICY_CHARS_MAX}")


def _with_usage(tx: Transaction, account: str, chosen: Sequence[Policy]) -> list[Usage]:
    attachments, boundaries = policies.attachment_counts(tx, account), policies.boundary_counts(tx, account)
    return [Usage(policy, attachments.get(policy.arn, 0), boundaries.get(policy.arn, 0)) for policy in chosen]
