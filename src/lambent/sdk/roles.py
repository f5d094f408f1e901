"""The role of functions that name none: made once, with what every function needs."""

import json
import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lambent.sdk.buckets import VALUES_PREFIX, bucket_pattern
from lambent.sdk.clients import Key, Target
from lambent.sdk.failures import DeployError, code_of
from lambent.sdk.names import shortened
from lambent.sdk.wanted import Wanted

SHARED = "lambent-function"
_OWN = "lambent-function-"
_NAME_MAX = 64
SPREAD_S_MAX = 90.0  # until all of AWS knows a new role; mostly about ten
_INLINE = "lambent"
_BASIC = "service-role/AWSLambdaBasicExecutionRole"
# What Lambda does in the function's role for a destination, by the ARN's service.
_DELIVERIES = {"sqs": "sqs:SendMessage", "sns": "sns:Publish", "lambda": "lambda:InvokeFunction", "events": "events:PutEvents"}

_lock = threading.Lock()
_known: dict[tuple[Key, str], "Role"] = {}


@dataclass(frozen=True, slots=True)
class Role:
    """``new_until_s``, on the monotonic clock: it was made or changed lately, and AWS may take till then to know everywhere."""

    arn: str
    new_until_s: float = 0.0

    @property
    def is_new(self) -> bool:
        return time.monotonic() < self.new_until_s


def name_of(wanted: Wanted) -> str:
    """The name of the function's role: one is shared by all that need nothing of their own."""
    settings = wanted.settings
    if settings.role is not None:
        return settings.role.rpartition("/")[2]
    if not settings.policies and not _deliveries(wanted):
        return SHARED
    return own_name(wanted.name)


def own_name(function: str) -> str:
    """Of the role that belongs to one function."""
    return shortened(_OWN + function, _NAME_MAX)


def ensured(wanted: Wanted, target: Target) -> Role:
    """The function's role, made or brought up to date. Raises DeployError, botocore's exceptions."""
    given = wanted.settings.role
    if given is not None and given.startswith("arn:"):
        return Role(given)
    name = name_of(wanted)
    if given is None and name == SHARED and (target.key, name) in _known:
        return _known[target.key, name]
    iam = target.client("iam")
    with _lock:
        role = found(iam, name)
        if given is not None:
            if role is None:
                raise DeployError(f"{wanted.name}: there is no role {name}", "Make it, or leave role= out and one is made.")
            return role
        if role is None or name != SHARED:
            role = role or made(iam, name, "lambda.amazonaws.com", "Of functions deployed with Lambent's SDK")
            _grant(iam, name, wanted, role.arn)
            role = Role(role.arn, time.monotonic() + SPREAD_S_MAX)
        _known[target.key, name] = role
        return role


def forget(target: Target, name: str = SHARED) -> None:
    """The role is to be looked for again: it was not there after all."""
    _known.pop((target.key, name), None)


def delete_own(function: str, target: Target) -> bool:
    """Deletes the role that was made for this function alone. False where there is none."""
    iam, name = target.client("iam"), own_name(function)
    if found(iam, name) is None:
        return False
    for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
    for inline in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=inline)
    iam.delete_role(RoleName=name)
    return True


def found(iam: Any, name: str) -> Role | None:
    try:
        return _role(iam.get_role(RoleName=name)["Role"])
    except Exception as error:
        if code_of(error) == "NoSuchEntity":
            return None
        raise


def _role(answer: Mapping[str, Any]) -> Role:
    """Another deploy may have made it a second ago."""
    age_s = time.time() - answer["CreateDate"].timestamp() if "CreateDate" in answer else SPREAD_S_MAX
    return Role(str(answer["Arn"]), time.monotonic() + SPREAD_S_MAX - max(0.0, age_s))


def made(iam: Any, name: str, service: str, description: str) -> Role:
    """A new role that a service may act in."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    try:
        answer = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, Description=description)
    except Exception as error:
        if code_of(error) == "EntityAlreadyExists":  # another deploy was quicker
            return _role(iam.get_role(RoleName=name)["Role"])
        raise
    return _role(answer["Role"])


def _grant(iam: Any, name: str, wanted: Wanted, arn: str) -> None:
    _, partition, _, _, account, _ = arn.split(":", 5)
    managed = {_managed_arn(partition, policy) for policy in (_BASIC, *wanted.settings.policies) if isinstance(policy, str)}
    attached = {policy["PolicyArn"] for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]}
    for policy in sorted(managed - attached):
        iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    for policy in sorted(attached - managed):
        iam.detach_role_policy(RoleName=name, PolicyArn=policy)
    document = {"Version": "2012-10-17", "Statement": _statements(wanted, partition, account)}
    iam.put_role_policy(RoleName=name, PolicyName=_INLINE, PolicyDocument=json.dumps(document))


def _managed_arn(partition: str, policy: str) -> str:
    return policy if policy.startswith("arn:") else f"arn:{partition}:iam::aws:policy/{policy}"


def _statements(wanted: Wanted, partition: str, account: str) -> list[Mapping[str, Any]]:
    """Calling functions that were handed over, large values, destinations, and what the settings add."""
    own = f"arn:{partition}:lambda:*:{account}:function:*"
    large = f"arn:{partition}:s3:::{bucket_pattern(account)}"
    return [
        {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": own},
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
            "Resource": f"{large}/{VALUES_PREFIX}*",
        },
        # The first large result of an account and region makes the bucket.
        {"Effect": "Allow", "Action": ["s3:CreateBucket", "s3:ListBucket", "s3:PutLifecycleConfiguration"], "Resource": large},
        *({"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in _deliveries(wanted)),
        *(_statement(policy) for policy in wanted.settings.policies if isinstance(policy, Mapping)),
    ]


def _statement(policy: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"Effect": "Allow", "Resource": "*"} | dict(policy)


def _deliveries(wanted: Wanted) -> Sequence[tuple[str, str]]:
    """The actions and resources of destinations and dead letters that not every function is allowed."""
    targets = (wanted.destinations.on_failure, wanted.destinations.on_success, wanted.settings.dead_letters)
    found = []
    for arn in targets:
        if arn is None:
            continue
        service = arn.split(":")[2]
        if service == "s3":
            found += [("s3:PutObject", f"{arn}/*"), ("s3:ListBucket", arn)]
        elif service in _DELIVERIES and not (service == "lambda" and re.search(r":function:", arn)):
            found.append((_DELIVERIES[service], arn))
    return found
