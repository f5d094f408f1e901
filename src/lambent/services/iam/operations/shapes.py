"""From rows to AWS' members and back: tags, pages, documents."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import quote

from lambent.core import page_tokens
from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.iam.engine.policies import Usage
from lambent.services.iam.errors import InvalidInput, ValidationError
from lambent.services.iam.tables.entities import Entity
from lambent.services.iam.tables.keys import AccessKey
from lambent.services.iam.tables.policies import Policy, PolicyVersion

ITEMS_DEFAULT = 100
Item = TypeVar("Item")


def time(instant: Instant) -> datetime:
    """IAM tells whole seconds."""
    return datetime.fromtimestamp(int(instant), UTC)


def document(text: str) -> str:
    """Documents leave IAM encoded as in a URL (RFC 3986)."""
    return quote(text, safe="")


def tags(parameters: Parameters) -> dict[str, str]:
    given = parameters.get("Tags") or []
    found = {tag["Key"]: tag["Value"] for tag in given}
    if len(found) < len(given):
        raise InvalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    return found


def told_tags(of: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in of.items()]


def page(
    member: str, items: Sequence[Item], parameters: Parameters, *, key: Callable[[Item], str], tell: Callable[[Item], Any]
) -> Reply:
    """One page of ``items`` as AWS cuts lists. The marker names the last item shown, so changes meanwhile do no harm."""
    count_max = parameters.get("MaxItems") or ITEMS_DEFAULT
    ordered = sorted(items, key=lambda item: key(item).lower())
    after = _after(parameters.get("Marker"))
    behind = [item for item in ordered if key(item).lower() > after] if after else ordered
    shown = behind[:count_max]
    is_truncated = len(behind) > count_max
    return {
        member: [tell(item) for item in shown],
        "IsTruncated": is_truncated,
        "Marker": page_tokens.token_of(key(shown[-1]).lower()) if is_truncated else None,
    }


def _after(marker: str | None) -> str:
    if not marker:
        return ""
    try:
        return page_tokens.key_of(marker, "")
    except page_tokens.BadPageToken as error:
        raise ValidationError("Invalid Marker.") from error


def user(of: Entity, *, is_whole: bool = True) -> Reply:
    """Lists tell neither tags nor the boundary."""
    return _entity(of, "User") | (_extras(of) if is_whole else {})


def group(of: Entity) -> Reply:
    return _entity(of, "Group")


def role(of: Entity, *, is_whole: bool = True) -> Reply:
    told = _entity(of, "Role") | {
        "AssumeRolePolicyDocument": document(of.trust_policy),
        "Description": of.description or None,
        "MaxSessionDuration": of.session_s_max,
    }
    return told | (_extras(of) | {"RoleLastUsed": {}} if is_whole else {})


def _entity(of: Entity, title: str) -> Reply:
    return {
        "Path": of.path,
        f"{title}Name": of.name,
        f"{title}Id": of.id,
        "Arn": of.arn,
        "CreateDate": time(of.created_at),
    }


def _extras(of: Entity) -> Reply:
    boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": of.boundary_arn}
    return {"Tags": told_tags(of.tags) or None, "PermissionsBoundary": boundary if of.boundary_arn else None}


def policy(of: Usage, *, is_whole: bool = True) -> Reply:
    known = of.policy
    told: Reply = {
        "PolicyName": known.name,
        "PolicyId": known.id,
        "Arn": known.arn,
        "Path": known.path,
        "DefaultVersionId": f"v{known.default_version}",
        "AttachmentCount": of.attachments,
        "PermissionsBoundaryUsageCount": of.boundaries,
        "IsAttachable": True,
        "CreateDate": time(known.created_at),
        "UpdateDate": time(known.updated_at),
    }
    if is_whole:
        told |= {"Description": known.description or None, "Tags": told_tags(known.tags)}
    return told


def policy_version(of: Policy, version: PolicyVersion, *, with_document: bool) -> Reply:
    return {
        "Document": document(version.document) if with_document else None,
        "VersionId": f"v{version.version}",
        "IsDefaultVersion": version.version == of.default_version,
        "CreateDate": time(version.created_at),
    }


def own_name(context: Context) -> str | None:
    """The name of the user that asks, None for the account's root. Raises ValidationError for a role, which is no user."""
    resource = context.principal_arn.rpartition(":")[2]
    if resource.startswith("assumed-role/"):
        raise ValidationError("Must specify userName when calling with non-User credentials")
    return resource.rpartition("/")[2] if resource.startswith("user/") else None


def access_key(key: AccessKey, user_name: str) -> Reply:
    """Without the secret, which is told once."""
    return {
        "UserName": user_name,
        "AccessKeyId": key.access_key_id,
        "Status": key.status,
        "CreateDate": time(key.created_at),
    }
