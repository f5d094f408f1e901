"""Making a function what it is to be, where AWS answers too early, too late or otherwise than hoped."""

import pytest
from tests.unit.sdk.functions_to_deploy import double

from lambent.sdk import applying, wanted
from lambent.sdk.applying import Lambda
from lambent.sdk.clients import Target
from lambent.sdk.failures import DeployError
from lambent.sdk.settings import Settings

TARGET = Target("us-east-1")
ARN = "arn:aws:lambda:us-east-1:123456789012:function:double"
ROLE = "arn:aws:iam::123456789012:role/lambent-function"
ACTIVE = {"FunctionArn": ARN, "State": "Active", "LastUpdateStatus": "Successful"}
PENDING = {"FunctionArn": ARN, "State": "Pending"}
UPDATING = {"FunctionArn": ARN, "State": "Active", "LastUpdateStatus": "InProgress"}
UNKNOWN_ROLE = ("InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.")


def there(**settings):
    return Lambda(wanted.wanted(double, Settings.of(**settings), TARGET, arn_of=lambda arn, _: arn), TARGET)


@pytest.fixture
def new_role(aws, refusal):
    aws.answers["get_role"] = [refusal("NoSuchEntity")]
    aws.answers["create_role"] = [{"Role": {"Arn": ROLE}}]
    aws.answers["list_attached_role_policies"] = [{"AttachedPolicies": []}]
    aws.answers["create_function"] = [ACTIVE]
    return aws


def test_a_role_that_lambda_does_not_know_yet_is_waited_for(new_role, refusal):
    new_role.answers["create_function"] = [refusal(*UNKNOWN_ROLE), refusal(*UNKNOWN_ROLE), ACTIVE]
    assert there().create() == ACTIVE
    assert new_role.names().count("create_function") == 3
    assert len(new_role.pauses_s) == 2


def test_a_role_that_was_there_and_cannot_be_assumed_is_a_mistake_of_the_author(aws, refusal):
    aws.answers["create_function"] = [refusal(*UNKNOWN_ROLE)]
    with pytest.raises(Exception, match="cannot be assumed by Lambda"):
        there(role=ROLE).create()
    assert aws.pauses_s == []


def test_functions_of_one_deploy_all_wait_for_the_role_that_the_first_of_them_made(new_role, refusal):
    there().create()
    new_role.answers["create_function"] = [refusal(*UNKNOWN_ROLE), ACTIVE]
    assert there().create() == ACTIVE


def test_a_shared_role_that_was_deleted_meanwhile_is_made_again(aws, refusal):
    """What this process remembers of it is as old as its last deploy."""
    applying.roles._known[TARGET.key, "lambent-function"] = applying.roles.Role(ROLE)
    aws.answers["create_function"] = [refusal(*UNKNOWN_ROLE), ACTIVE]
    aws.answers["get_role"] = [refusal("NoSuchEntity")]
    aws.answers["create_role"] = [{"Role": {"Arn": ROLE}}]
    aws.answers["list_attached_role_policies"] = [{"AttachedPolicies": []}]
    assert there().create() == ACTIVE
    assert "create_role" in aws.names()


def test_a_role_is_not_waited_for_for_ever(new_role, refusal, monkeypatch):
    new_role.answers["create_function"] = [refusal(*UNKNOWN_ROLE)]
    monkeypatch.setattr(applying.roles, "SPREAD_S_MAX", -1.0)
    with pytest.raises(Exception, match="cannot be assumed by Lambda"):
        there().create()


def test_a_function_is_created_when_it_is_active(new_role):
    new_role.answers["create_function"] = [PENDING]
    new_role.answers["get_function_configuration"] = [PENDING, ACTIVE]
    assert there().create() == ACTIVE
    assert new_role.pauses_s == sorted(new_role.pauses_s) != []


def test_a_function_that_cannot_run_is_refused_with_the_reason(new_role):
    new_role.answers["create_function"] = [{"State": "Failed", "StateReason": "the runtime is not here"}]
    with pytest.raises(DeployError, match="double cannot run: the runtime is not here"):
        there().create()


def test_a_function_that_never_becomes_active_is_given_up(new_role, monkeypatch):
    new_role.answers["create_function"] = new_role.answers["get_function_configuration"] = [PENDING]
    monkeypatch.setattr(applying, "READY_S_MAX", -1.0)
    with pytest.raises(DeployError, match="was not ready within"):
        there().create()


def test_members_without_a_value_are_left_out_of_a_creation(new_role):
    there().create()
    parameters = new_role.parameters("create_function")
    assert not parameters.keys() & {"Description", "Layers", "DeadLetterConfig"}
    assert parameters["Role"] == ROLE


def test_which_settings_are_there_is_written_when_they_are_and_not_before(new_role):
    there(retries=0, concurrency=2).create()
    assert "lambent:settings" not in new_role.parameters("create_function")["Tags"]
    assert new_role.names()[-3:] == ["put_function_concurrency", "put_function_event_invoke_config", "tag_resource"]
    assert "lambent:settings" in new_role.parameters("tag_resource")["Tags"]


def test_a_function_without_more_is_created_by_one_request(new_role):
    there().create()
    assert new_role.names()[-1] == "create_function"
    assert "lambent:settings" in new_role.parameters("create_function")["Tags"]


def test_an_update_waits_for_another_that_is_under_way_and_for_its_own_end(aws, refusal):
    busy = refusal(
        "ResourceConflictException", "The operation cannot be performed at this time. An update is in progress for …"
    )
    aws.answers["update_function_configuration"] = [busy, UPDATING]
    aws.answers["get_function_configuration"] = [UPDATING, ACTIVE]
    assert there().update_configuration({"MemorySize"}) == ACTIVE
    assert aws.parameters("update_function_configuration") == {"FunctionName": there()._wanted.name, "MemorySize": 128}
    assert len(aws.pauses_s) == 3


def test_an_update_that_fails_is_told_with_its_reason(aws):
    aws.answers["update_function_code"] = [UPDATING]
    aws.answers["get_function_configuration"] = [
        {"State": "Active", "LastUpdateStatus": "Failed", "LastUpdateStatusReason": "no such layer"}
    ]
    with pytest.raises(DeployError, match="was not updated: no such layer"):
        there().update_code()


def test_dead_letters_are_removed_by_an_empty_target(aws):
    aws.answers["update_function_configuration"] = [ACTIVE]
    there().update_configuration({"DeadLetterConfig"})
    assert aws.parameters("update_function_configuration")["DeadLetterConfig"] == {"TargetArn": ""}


def test_what_is_back_at_its_default_is_deleted(aws):
    there().set_concurrency()
    there().set_destinations(was_default=False)
    there().set_destinations(was_default=True)
    assert aws.names() == ["delete_function_concurrency", "delete_function_event_invoke_config"]


def test_a_large_zip_goes_through_s3(aws, monkeypatch):
    monkeypatch.setattr(applying, "DIRECT_BYTES_MAX", 10)
    aws.answers["update_function_code"] = [ACTIVE]
    aws.answers["get_caller_identity"] = [{"Account": "123456789012"}]
    there().update_code()
    parameters = aws.parameters("update_function_code")
    assert parameters["S3Bucket"] == "lambent-123456789012-us-east-1"
    assert "ZipFile" not in parameters


@pytest.mark.parametrize(
    ("alias_now", "told"), [(None, "create_alias"), ({"FunctionVersion": "1"}, "update_alias"), ({"FunctionVersion": "2"}, "")]
)
def test_an_alias_follows_the_version_of_the_deploy(aws, refusal, alias_now, told):
    aws.answers["publish_version"] = [{"Version": "2"} | ACTIVE]
    aws.answers["get_alias"] = [alias_now or refusal("ResourceNotFoundException")]
    assert there(alias="live").published(ARN) == f"{ARN}:live"
    assert aws.names() == ["publish_version", "get_alias", *([told] if told else [])]


def test_without_an_alias_the_version_is_what_was_deployed(aws):
    aws.answers["publish_version"] = [{"Version": "7"} | ACTIVE]
    assert there(publish=True).published(ARN) == f"{ARN}:7"


def test_a_function_that_another_deploy_made_meanwhile_is_not_overwritten(new_role, refusal):
    new_role.answers["create_function"] = [refusal("ResourceConflictException", "Function already exist: double")]
    with pytest.raises(DeployError, match="has been made by another deploy meanwhile\nDeploy again"):
        there().create()
