"""The role of a pipeline's state machine: it may call the pipeline's functions, and begin the children of distributed Maps."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from lambent.sdk.failures import code_of, words_of
from lambent.sdk.names import shortened

if TYPE_CHECKING:
    from lambent.sdk.machine import Machine

T = TypeVar("T")

PREFIX, POLICY = "lambent-pipeline-", "lambent"
NAME_LENGTH_MAX = 64
KNOWN_S_MAX = 90.0  # until all of AWS knows a new role; mostly about ten
_WAIT_S_MIN, _WAIT_S_MAX = 0.05, 2.0
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def name_of(machine: Machine, given: str | None) -> str:
    if given is not None:
        return given.rpartition("/")[2]
    return shortened(PREFIX + machine.name, NAME_LENGTH_MAX)


def ensured(machine: Machine, functions: Sequence[str], *, given: str | None) -> str:
    """The ARN of the role, made or brought up to date; of one that is given by name, of that."""
    iam, name = machine.target.client("iam"), name_of(machine, given)
    if given is not None:
        return given if given.startswith("arn:") else str(iam.get_role(RoleName=name)["Role"]["Arn"])
    arn = _found_or_made(iam, name)
    document = {"Version": "2012-10-17", "Statement": _statements(machine, functions)}
    iam.put_role_policy(RoleName=name, PolicyName=POLICY, PolicyDocument=json.dumps(document))
    return arn


def _found_or_made(iam: Any, name: str) -> str:
    try:
        return str(iam.get_role(RoleName=name)["Role"]["Arn"])
    except Exception as error:
        if code_of(error) != "NoSuchEntity":
            raise
    text = json.dumps(_TRUST)
    return str(
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=text, Description="Of a pipeline of Lambent's SDK")["Role"][
            "Arn"
        ]
    )


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
    deadline, wait_s = time.monotonic() + KNOWN_S_MAX, _WAIT_S_MIN
    while True:
        try:
            return change()
        except Exception as error:
            is_early = code_of(error) in ("AccessDeniedException", "InvalidArn") and "role" in words_of(error).lower()
            if not is_early or time.monotonic() + wait_s > deadline:
                raise
        time.sleep(wait_s)
        wait_s = min(wait_s * 2, _WAIT_S_MAX)
