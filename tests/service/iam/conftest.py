"""IAM through boto3: a client, a role, and how an error looks."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@pytest.fixture
def iam(client: Callable[..., Any]) -> Any:
    return client("iam")


@pytest.fixture
def trust() -> str:
    return json.dumps(TRUST)


@pytest.fixture
def role(iam: Any, trust: str) -> str:
    iam.create_role(RoleName="worker", AssumeRolePolicyDocument=trust)
    return "worker"


@pytest.fixture
def refusal() -> Callable[..., tuple[str, int, str]]:
    """``refusal(iam.get_role, RoleName=…)``: code, HTTP status and message of the error that the call answers."""

    def refused(call: Callable[..., Any], **parameters: Any) -> tuple[str, int, str]:
        with pytest.raises(ClientError) as error:
            call(**parameters)
        response = error.value.response
        return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Message"]

    return refused
