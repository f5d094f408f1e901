"""The role of a pipeline's state machine: it may call the pipeline's functions, and begin the children of distributed Maps."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from lambent.sdk import applying, roles
from lambent.sdk.failures import code_of, words_of
from lambent.sdk.names import shortened

if TYPE_CHECKING:
    from lambent.sdk.machine import Machine

T = TypeVar("T")

PREFIX, POLICY = "lambent-pipeline-", "lambent"
NAME_LENGTH_MAX = 64
_WAIT_S_MIN, _WAIT_S_MAX = 0.05, 2.0
SERVICE = "states.amazonaws.com"


def name_of(machine: Machine, given: str | None) -> str:
    if given is not None:
        return given.rpartition("/")[2]
    return shortened(PREFIX + machine.name, NAME_LENGTH_MAX)


def ensured(machine: Machine, functions: Sequence[str], *, given: str | None) -> str:
    """The ARN of the role, made or brought up to date; of one that is given by name, of that."""
    iam, name = machine.target.client("iam"), name_of(machine, given)
    if given is not None:
        return given if given.startswith("arn:") else str(iam.get_role(RoleName=name)["Role"]["Arn"])
    arn = (roles.found(iam, name) or roles.made(iam, name, SERVICE, "Of a pipeline of Lambent's SDK")).arn
    document = {"Version": "2012-10-17", "Statement": _statements(machine, functions)}
    iam.put_role_policy(RoleName=name, PolicyName=POLICY, PolicyDocument=json.dumps(document))
    return arn


def _statements(machine: Machine, functions: Sequence[str]) -> list[dict[str, Any]]:
    executions = machine.arn.replace(":stateMachine:", ":execution:")
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": "states:StartExecution", "Resource": machine.arn},
        {
            "Effect": "Allow",
            "Action": ["states:DescribeExecution", "states:StopExecution"],
            "Resource": [executions + ":*", executions + "/*"],
        },
    ]
    if functions:
        statements.insert(0, {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": list(functions)})
    return statements


def delete(machine: Machine) -> None:
    iam, name = machine.target.client("iam"), name_of(machine, None)
    try:
        iam.delete_role_policy(RoleName=name, PolicyName=POLICY)
        iam.delete_role(RoleName=name)
    except Exception as error:
        if code_of(error) != "NoSuchEntity":
            raise


def when_known(change: Callable[[], T]) -> T:
    """Tries again while Step Functions may not assume a role that was made just now."""

    def is_early(error: Exception) -> bool:
        return code_of(error) in ("AccessDeniedException", "InvalidArn") and "role" in words_of(error).lower()

    return applying.again_while(is_early, change, roles.SPREAD_S_MAX, wait_s=_WAIT_S_MIN, wait_s_max=_WAIT_S_MAX)
