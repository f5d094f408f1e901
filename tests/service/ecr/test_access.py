"""Who may push and pull: by policies with ``--auth iam``, by session policies, by repositories of other accounts."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from tests.service.ecr.conftest import Registry

from lambent.core.context import Context
from lambent.testing import LocalPlatform

ACCOUNT, OTHER = "111122223333", "444455556666"
ARN = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/team/app"
PULLS = ("BatchGetImage", "GetDownloadUrlForLayer")
PUSHES = ("InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload", "BatchCheckLayerAvailability", "PutImage")


@pytest.fixture(scope="module")
def guarded() -> Iterator[LocalPlatform]:
    with LocalPlatform(auth="iam") as running:
        yield running


@pytest.fixture(autouse=True)
def fresh(guarded: LocalPlatform) -> Iterator[None]:
    yield
    guarded.run(guarded.platform.reset(None))


@pytest.fixture
def as_root(guarded: LocalPlatform) -> Callable[..., Any]:
    """``as_root("ecr", "CreateRepository", …)``: in process, where nobody is asked who he is."""

    def call(service: str, operation: str, account: str = ACCOUNT, **parameters: Any) -> Any:
        context = Context(account, "us-east-1", "test", f"arn:aws:iam::{account}:root", guarded.url)
        return guarded.run(guarded.platform.call(context, service, operation, parameters))

    return call


@pytest.fixture
def user(as_root: Any) -> Callable[..., dict[str, str]]:
    """Credentials of a new user who may do these actions."""

    def make(*actions: str, name: str = "ada", account: str = ACCOUNT, resource: str = "*") -> dict[str, str]:
        as_root("iam", "CreateUser", account, UserName=name)
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        as_root("iam", "PutUserPolicy", account, UserName=name, PolicyName="p", PolicyDocument=document)
        key = as_root("iam", "CreateAccessKey", account, UserName=name)["AccessKey"]
        return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}

    return make


@pytest.fixture
def connect(guarded: LocalPlatform) -> Callable[..., Any]:
    return lambda service, keys: boto3.client(service, region_name="us-east-1", endpoint_url=guarded.url, **keys)


@pytest.fixture
def logged_in(guarded: LocalPlatform, connect: Any, as_root: Any) -> Callable[..., Registry]:
    """The registry of ``ACCOUNT`` for whom these credentials are, as ``docker login`` leaves it."""
    as_root("ecr", "CreateRepository", repositoryName="team/app")

    def make(keys: dict[str, str]) -> Registry:
        made = Registry(guarded.url, f"{ACCOUNT}.dkr.ecr.us-east-1.localhost:{guarded.url.rpartition(':')[2]}")
        made.log_in(connect("ecr", keys).get_authorization_token()["authorizationData"][0]["authorizationToken"])
        return made

    return make


def ecr(*actions: str) -> list[str]:
    return [f"ecr:{action}" for action in ("GetAuthorizationToken", *actions)]


def denied(answer: tuple[int, dict[str, str], bytes]) -> str:
    """Why, where it is a denial."""
    (error,) = json.loads(answer[2])["errors"]
    assert (answer[0], error["code"]) == (403, "DENIED")
    return str(error["message"])


def test_a_push_takes_the_actions_of_a_push_and_a_pull_those_of_a_pull(logged_in: Any, user: Any):
    pusher, puller = logged_in(user(*ecr(*PUSHES), resource="*")), logged_in(user(*ecr(*PULLS), name="bob"))
    assert denied(puller.ask("POST", "/v2/team/app/blobs/uploads/")) == (
        f"User: arn:aws:iam::{ACCOUNT}:user/bob is not authorized to perform: ecr:InitiateLayerUpload on resource: {ARN} "
        "because no identity-based policy allows the ecr:InitiateLayerUpload action"
    )
    digest = pusher.push("team/app", "v1", b"layer")
    assert puller.ask("GET", f"/v2/team/app/manifests/{digest}")[0] == 200
    assert "ecr:BatchGetImage" in denied(pusher.ask("GET", "/v2/team/app/manifests/v1"))
    assert "ecr:BatchDeleteImage" in denied(pusher.ask("DELETE", f"/v2/team/app/manifests/{digest}"))


def test_nobody_pushes_without_a_password(logged_in: Any, user: Any, basic: Any):
    registry = logged_in(user(*ecr(*PUSHES)))
    for headers in ({}, {"Authorization": f"Basic {basic('AWS', 'guessed')}"}):
        registry.headers = {"Host": registry.headers["Host"], **headers}
        status, told, _ = registry.ask("POST", "/v2/team/app/blobs/uploads/")
        assert (status, told["www-authenticate"].split()[0]) == (401, "Basic")


@pytest.fixture
def session(as_root: Any, user: Any, connect: Any) -> Callable[[str], dict[str, str]]:
    """Credentials of a role that may push and pull, narrowed by a policy."""
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}]}
    as_root("iam", "CreateRole", RoleName="ci", AssumeRolePolicyDocument=json.dumps(trust))
    allowed = {"Statement": [{"Effect": "Allow", "Action": ecr(*PUSHES, *PULLS), "Resource": "*"}]}
    as_root("iam", "PutRolePolicy", RoleName="ci", PolicyName="p", PolicyDocument=json.dumps(allowed))
    keys = user("sts:AssumeRole", name="ci-starter")

    def assume(policy: str) -> dict[str, str]:
        narrowing = {"Policy": policy} if policy else {}
        role = f"arn:aws:iam::{ACCOUNT}:role/ci"
        told = connect("sts", keys).assume_role(RoleArn=role, RoleSessionName="ci-run", **narrowing)["Credentials"]
        names = {
            "aws_access_key_id": "AccessKeyId",
            "aws_secret_access_key": "SecretAccessKey",
            "aws_session_token": "SessionToken",
        }
        return {name: told[member] for name, member in names.items()}

    return assume


def test_a_password_may_do_no_more_than_the_session_that_got_it(logged_in: Any, session: Any):
    only_pulls = json.dumps({"Statement": [{"Effect": "Allow", "Action": ecr(*PULLS), "Resource": "*"}]})
    logged_in(session("")).push("team/app", "v1", b"layer")
    registry = logged_in(session(only_pulls))
    assert registry.ask("GET", "/v2/team/app/manifests/v1")[0] == 200
    assert "no session policy allows the ecr:InitiateLayerUpload action" in denied(
        registry.ask("POST", "/v2/team/app/blobs/uploads/")
    )


@pytest.mark.parametrize("who", ["user", "root"])
def test_a_repository_of_another_account_has_to_let_in(who: str, logged_in: Any, user: Any, connect: Any, as_root: Any):
    """Who has everything in its own account, its root too, has nothing in others'."""
    stranger = user("*", account=OTHER)
    if who == "root":
        key = as_root("iam", "CreateAccessKey", OTHER)["AccessKey"]
        stranger = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    owner = connect("ecr", user("*", name="owner"))
    registry, api = logged_in(stranger), connect("ecr", stranger)
    asked = {"registryId": ACCOUNT, "repositoryName": "team/app", "imageIds": [{"imageTag": "v1"}]}

    def refused() -> bool:
        with pytest.raises(ClientError) as caught:
            api.batch_get_image(**asked)
        assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
        return "no resource-based policy allows the ecr:BatchGetImage action" in denied(
            registry.ask("GET", "/v2/team/app/manifests/v1")
        )

    assert refused()
    allowed = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"}, "Action": "ecr:PutImage"}
    owner.set_repository_policy(repositoryName="team/app", policyText=json.dumps({"Statement": [allowed]}))
    assert refused(), "a policy about something else lets nobody in"
    allowed["Action"] = "ecr:BatchGetImage"
    owner.set_repository_policy(repositoryName="team/app", policyText=json.dumps({"Statement": [allowed]}))
    assert api.batch_get_image(**asked)["failures"][0]["failureCode"] == "ImageNotFound"
    assert registry.ask("GET", "/v2/team/app/manifests/v1")[0] == 404
    with pytest.raises(ClientError, match="not authorized to perform: ecr:DescribeRepositories"):
        api.describe_repositories(registryId=ACCOUNT)


def test_without_auth_accounts_are_apart_all_the_same(client: Any, account: str):
    """With ``--auth open`` everybody is believed to be who it says; what is another's is still another's."""
    owner, stranger = client("ecr"), client("ecr", aws_access_key_id=OTHER)
    owner.create_repository(repositoryName="team/app")
    asked = {"registryId": account, "repositoryName": "team/app"}
    for call in (stranger.list_images, stranger.describe_images, stranger.initiate_layer_upload, stranger.delete_repository):
        with pytest.raises(ClientError) as caught:
            call(**asked)
        assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
    allowed = {"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": ["ecr:ListImages"]}
    owner.set_repository_policy(repositoryName="team/app", policyText=json.dumps({"Statement": [allowed]}))
    assert stranger.list_images(**asked)["imageIds"] == []


def test_what_a_password_is_made_of_names_user_and_password(logged_in: Any, user: Any, connect: Any):
    (data,) = connect("ecr", user(*ecr())).get_authorization_token()["authorizationData"]
    assert base64.b64decode(data["authorizationToken"]).decode().startswith("AWS:")
