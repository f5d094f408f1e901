"""The rules of the account itself: its alias, and the summary of what it holds."""

from lambent.services.iam.engine import entities, keys, policies
from lambent.services.iam.errors import EntityAlreadyExists, NoSuchEntity
from lambent.services.iam.tables import entities as entity_rows
from lambent.services.iam.tables import keys as key_rows
from lambent.services.iam.tables import policies as policy_rows
from lambent.store.database import Transaction


def summary(tx: Transaction, account: str) -> dict[str, int]:
    """What there is, and how much of it there may be."""
    return {
        "Users": entity_rows.count(tx, account, "user"),
        "UsersQuota": entities.USER.count_max,
        "Groups": entity_rows.count(tx, account, "group"),
        "GroupsQuota": entities.GROUP.count_max,
        "Roles": entity_rows.count(tx, account, "role"),
        "RolesQuota": entities.ROLE.count_max,
        "Policies": len(policy_rows.every(tx, account)),
        "PoliciesQuota": policies.POLICIES_MAX,
        "AccountAccessKeysPresent": int(bool(key_rows.of_user(tx, account, key_rows.ROOT))),
        "AccessKeysPerUserQuota": keys.KEYS_PER_USER_MAX,
        "AttachedPoliciesPerUserQuota": entities.USER.attached_max,
        "AttachedPoliciesPerGroupQuota": entities.GROUP.attached_max,
        "AttachedPoliciesPerRoleQuota": entities.ROLE.attached_max,
        "UserPolicySizeQuota": entities.USER.inline_chars_max,
        "GroupPolicySizeQuota": entities.GROUP.inline_chars_max,
        "RolePolicySizeQuota": entities.ROLE.inline_chars_max,
        "AssumeRolePolicySizeQuota": entities.TRUST_POLICY_CHARS_MAX,
        "PolicySizeQuota": policies.POLICY_CHARS_MAX,
        "VersionsPerPolicyQuota": policies.VERSIONS_MAX,
        "GroupsPerUserQuota": entities.GROUPS_PER_USER_MAX,
        "MFADevices": 0,
        "MFADevicesInUse": 0,
        "AccountMFAEnabled": 0,
        "ServerCertificates": 0,
        "InstanceProfiles": 0,
        "Providers": 0,
    }


def alias(tx: Transaction, account: str) -> str | None:
    return entity_rows.alias(tx, account)


def set_alias(tx: Transaction, account: str, name: str) -> None:
    """An alias is unique among all accounts; a new one takes the place of the old."""
    if entity_rows.alias_owner(tx, name) not in (None, account):
        raise EntityAlreadyExists(f"The account alias {name} already exists.")
    entity_rows.set_alias(tx, account, name)


def delete_alias(tx: Transaction, account: str, name: str) -> None:
    if entity_rows.alias(tx, account) != name:
        raise NoSuchEntity(f"The Account Alias {name} cannot be found.")
    entity_rows.set_alias(tx, account, None)
