"""STS through boto3: who asks, and temporary credentials."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

TRUST = json.dumps({"Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}})


@pytest.fixture
def sts(client: Callable[..., Any]) -> Any:
    return client("sts")


@pytest.fixture
def role(client: Callable[..., Any]) -> dict[str, Any]:
    made = client("iam").create_role(RoleName="worker", Path="/team/", AssumeRolePolicyDocument=TRUST)
    return dict(made["Role"])


@pytest.fixture
def with_credentials(client: Callable[..., Any]) -> Callable[..., Any]:
    """``with_credentials("sts", reply["Credentials"])``: a client that signs with them."""

    def make(service: str, credentials: dict[str, Any]) -> Any:
        return client(
            service,
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
        )

    return make


def refusal(call: Callable[..., Any], **parameters: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as error:
        call(**parameters)
    response = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Message"]


def test_the_root_of_an_account_is_told(sts: Any, account: str):
    told = sts.get_caller_identity()
    assert (told["UserId"], told["Account"], told["Arn"]) == (account, account, f"arn:aws:iam::{account}:root")


def test_who_assumes_a_role_is_its_session(sts: Any, role: dict[str, Any], account: str, with_credentials: Callable[..., Any]):
    assumed = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="job")
    user = {"AssumedRoleId": f"{role['RoleId']}:job", "Arn": f"arn:aws:sts::{account}:assumed-role/worker/job"}
    assert assumed["AssumedRoleUser"] == user
    assert assumed["Credentials"]["AccessKeyId"].startswith("ASIA")
    told = with_credentials("sts", assumed["Credentials"]).get_caller_identity()
    assert (told["UserId"], told["Account"], told["Arn"]) == (user["AssumedRoleId"], account, user["Arn"])


def test_a_session_acts_in_the_account_of_its_role(sts: Any, role: dict[str, Any], with_credentials: Callable[..., Any]):
    assumed = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="job")
    assert with_credentials("iam", assumed["Credentials"]).get_role(RoleName="worker")["Role"]["RoleId"] == role["RoleId"]


def test_a_role_of_another_account_may_be_assumed(role: dict[str, Any], client: Callable[..., Any], account: str):
    other = client("sts", aws_access_key_id="999988887777")
    assumed = other.assume_role(RoleArn=role["Arn"], RoleSessionName="job")
    assert f"::{account}:" in assumed["AssumedRoleUser"]["Arn"]


def test_a_role_of_another_account_lets_in_only_whom_it_trusts(client: Callable[..., Any]):
    trusted = {"Effect": "Allow", "Principal": {"AWS": ["999988887777"]}, "Action": "sts:AssumeRole"}
    demanding = {**trusted, "Condition": {"StringEquals": {"sts:ExternalId": "secret"}}}
    service = {**trusted, "Principal": {"Service": "lambda.amazonaws.com"}}
    arns = {}
    for name, statement in {"trusting": trusted, "demanding": demanding, "service": service}.items():
        policy = json.dumps({"Statement": [statement]})
        arns[name] = client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    other = client("sts", aws_access_key_id="999988887777")
    third = client("sts", aws_access_key_id="555566667777")
    other.assume_role(RoleArn=arns["trusting"], RoleSessionName="job")
    other.assume_role(RoleArn=arns["demanding"], RoleSessionName="job", ExternalId="secret")
    for caller, name in ((third, "trusting"), (other, "demanding"), (other, "service")):
        assert refusal(caller.assume_role, RoleArn=arns[name], RoleSessionName="job")[:2] == ("AccessDenied", 403)


def test_a_session_policy_that_is_nested_too_deep_is_malformed(sts: Any, role: dict[str, Any]):
    asked = {"RoleArn": role["Arn"], "RoleSessionName": "job", "Policy": "[" * 2_000}
    assert refusal(sts.assume_role, **asked)[0] == "MalformedPolicyDocument"


def test_credentials_last_as_long_as_asked(sts: Any, role: dict[str, Any]):
    assumed = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="job", DurationSeconds=900)
    left = assumed["Credentials"]["Expiration"] - datetime.now(UTC)
    assert timedelta(seconds=890) < left <= timedelta(seconds=900)


def test_a_role_that_is_not_there_is_denied(sts: Any, account: str):
    arn = f"arn:aws:iam::{account}:role/nobody"
    told = refusal(sts.assume_role, RoleArn=arn, RoleSessionName="job")
    user = f"User: arn:aws:iam::{account}:root is not authorized to perform: sts:AssumeRole on resource: {arn}"
    assert told == ("AccessDenied", 403, user)


def test_a_role_named_without_its_path_is_denied(sts: Any, role: dict[str, Any]):
    without_path = role["Arn"].replace("/team", "")
    assert refusal(sts.assume_role, RoleArn=without_path, RoleSessionName="job")[0] == "AccessDenied"


def test_a_session_longer_than_the_role_allows_is_refused(sts: Any, role: dict[str, Any]):
    told = refusal(sts.assume_role, RoleArn=role["Arn"], RoleSessionName="job", DurationSeconds=7_200)
    words = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    assert told == ("ValidationError", 400, words)


def test_a_role_chained_to_a_role_lasts_an_hour(
    sts: Any, role: dict[str, Any], client: Callable[..., Any], with_credentials: Callable[..., Any]
):
    client("iam").update_role(RoleName="worker", MaxSessionDuration=7_200)
    assumed = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="one", DurationSeconds=7_200)
    chained = with_credentials("sts", assumed["Credentials"])
    told = refusal(chained.assume_role, RoleArn=role["Arn"], RoleSessionName="two", DurationSeconds=7_200)
    assert told[2].startswith("The requested DurationSeconds exceeds the 1 hour session limit")
    chained.assume_role(RoleArn=role["Arn"], RoleSessionName="two")


def test_a_session_token_stands_for_who_asked(sts: Any, account: str, with_credentials: Callable[..., Any]):
    session = sts.get_session_token()["Credentials"]
    assert with_credentials("sts", session).get_caller_identity()["Arn"] == f"arn:aws:iam::{account}:root"


def test_a_session_is_worth_nothing_without_its_user(client: Callable[..., Any], with_credentials: Callable[..., Any]):
    iam = client("iam")
    iam.create_user(UserName="ada")
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    session = with_credentials("sts", client("sts", **keys).get_session_token()["Credentials"])
    assert session.get_caller_identity()["UserId"] == iam.get_user(UserName="ada")["User"]["UserId"]
    iam.delete_access_key(UserName="ada", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="ada")
    assert refusal(session.get_caller_identity)[:2] == ("InvalidClientTokenId", 403)


def test_a_session_of_a_role_gets_no_session_token(sts: Any, role: dict[str, Any], with_credentials: Callable[..., Any]):
    assumed = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="job")
    told = refusal(with_credentials("sts", assumed["Credentials"]).get_session_token)
    assert told == ("AccessDenied", 403, "Cannot call GetSessionToken with session credentials")


def test_a_key_id_tells_its_account(sts: Any, account: str, client: Callable[..., Any]):
    client("iam").create_user(UserName="ada")
    key_id = client("iam").create_access_key(UserName="ada")["AccessKey"]["AccessKeyId"]
    assert sts.get_access_key_info(AccessKeyId=key_id)["Account"] == account
