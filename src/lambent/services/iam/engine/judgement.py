"""What is known of a principal that asks: its context keys. Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principal-properties
"""

from lambent.core.context import is_service
from lambent.lang.iam_policy import Principal, context_of
from lambent.services.iam.engine.holdings import Holdings


def principal_and_context(principal_arn: str, held: Holdings) -> tuple[Principal, dict[str, tuple[str, ...]]]:
    """A session's ``aws:PrincipalArn`` is its role's, with the path that the session's own ARN leaves out."""
    if is_service(principal_arn):
        return Principal.of(principal_arn), {}
    is_session = ":assumed-role/" in principal_arn
    name = principal_arn.rpartition("/")[2]
    principal_id = f"{held.entity_id}:{name}" if is_session else held.entity_id
    principal = Principal.of(principal_arn, principal_id)
    told = {
        "aws:PrincipalArn": held.arn,
        "aws:PrincipalAccount": principal.account,
        "aws:PrincipalType": "AssumedRole" if is_session else "User",
        "aws:userid": principal_id,
    }
    if not is_session:
        told["aws:username"] = name
    return principal, context_of(told | {f"aws:PrincipalTag/{key}": value for key, value in held.tags.items()})
