"""Plans of functions: what is asked, what is compared, what is refused."""

import pytest
from tests.projects import imported
from tests.unit.sdk.functions_to_deploy import double, half

from lambent.sdk import wanted
from lambent.sdk.clients import Target
from lambent.sdk.deploying import Deployment
from lambent.sdk.failures import DeployError
from lambent.sdk.functions import function
from lambent.sdk.planning import Planner, planned_deletion
from lambent.sdk.settings import Settings, SettingsError
from lambent.sdk.wanted import SETTINGS_TAG

TARGET = Target("us-east-1")
ROLE = "arn:aws:iam::123456789012:role/lambent-function"


def plan(each, *others, adopt=False, target=TARGET, **settings):
    wants = {each: each.settings.with_(**settings)} | {other: other.settings for other in others}
    return Planner(target, wants, is_adopting=adopt, is_fresh=False).plan(each)


def found(each, **settings):
    """What GetFunction answers of a function after it was deployed."""
    wants = wanted.wanted(each, Settings.of(**settings), TARGET, arn_of=lambda arn, _: arn)
    members = {
        **wants.configuration,
        "FunctionArn": f"arn:aws:lambda:us-east-1:123456789012:function:{wants.name}",
        "Role": ROLE,
        "CodeSha256": wants.package.code_sha256,
        "CodeSize": 1,
        "Layers": [],
    }
    return {"Configuration": members, "Tags": wants.tags | {SETTINGS_TAG: wants.settings_tag}}


@pytest.fixture(autouse=True)
def unbound():
    yield
    double.bind(None)
    half.bind(None)


def test_an_unchanged_function_is_asked_about_once_and_not_touched(aws):
    aws.answers["get_function"] = [found(double)]
    planned = plan(double)
    assert planned.action == "unchanged"
    assert planned.apply() is double
    assert aws.names() == ["get_function"]
    assert double.deployment == Deployment(double.name, planned.arn, "us-east-1")


def test_an_unchanged_function_that_another_deploy_is_at_is_waited_for(aws):
    there = found(double)
    there["Configuration"]["LastUpdateStatus"] = "InProgress"
    aws.answers["get_function"] = [there]
    aws.answers["get_function_configuration"] = [{"State": "Active", "LastUpdateStatus": "Successful"}]
    planned = plan(double)
    assert planned.action == "unchanged"
    planned.apply()
    assert aws.names() == ["get_function", "get_function_configuration"]


def test_a_function_that_failed_is_tried_again(aws):
    there = found(double)
    there["Configuration"]["State"] = "Failed"
    aws.answers["get_function"] = [there]
    aws.answers["update_function_code"] = [{"State": "Active", "LastUpdateStatus": "Successful"}]
    planned = plan(double)
    assert [(d.what, str(d)) for d in planned.differences] == [("state", "Failed → Active")]
    planned.apply()
    assert aws.names()[-1] == "update_function_code"


def test_a_function_that_is_not_there_is_created(aws, refusal):
    aws.answers["get_function"] = [refusal("ResourceNotFoundException")]
    planned = plan(double)
    assert (planned.action, planned.arn) == ("create", "")
    assert [d.what for d in planned.differences][:2] == ["code", "runtime"]


def test_only_what_differs_is_changed(aws):
    aws.answers["get_function"] = [found(double)]
    active = {"State": "Active", "LastUpdateStatus": "Successful"}
    aws.answers["update_function_configuration"] = [active]
    planned = plan(double, memory_mb=512)
    assert [(d.what, str(d)) for d in planned.differences] == [("memory", "128 MB → 512 MB")]
    planned.apply()
    assert aws.names() == ["get_function", "update_function_configuration"]
    assert aws.parameters("update_function_configuration") == {"FunctionName": double.name, "MemorySize": 512}


def test_what_get_function_does_not_show_is_asked_for_when_settings_have_changed(aws, refusal):
    aws.answers["get_function"] = [found(double)]
    aws.answers["get_function_event_invoke_config"] = [{"MaximumRetryAttempts": 2}]
    aws.answers["get_role"] = [{"Role": {"Arn": ROLE}}]
    planned = plan(double, retries=0)
    assert [(d.what, str(d)) for d in planned.differences] == [("retries", "2 → 0")]
    planned.apply()
    assert aws.names()[-2:] == ["put_function_event_invoke_config", "tag_resource"]


def test_a_function_of_another_role_gets_the_one_that_is_wanted(aws):
    other = "arn:aws:iam::123456789012:role/other"
    aws.answers["get_function"] = [found(double)]
    planned = plan(double, role=other)
    assert ("role", "lambent-function", other) in [(d.what, d.before, d.after) for d in planned.differences]
    assert "Role" in planned.work.members


def test_a_function_that_something_else_made_is_not_replaced_unless_that_is_asked_for(aws):
    aws.answers["get_function"] = [found(double) | {"Tags": {}}]
    with pytest.raises(DeployError, match=r"there is a function .*double that this SDK did not make") as caught:
        plan(double)
    assert "adopt=True" in caught.value.advice
    assert plan(double, adopt=True).action == "update"


def test_two_functions_of_one_name_are_refused(aws):
    other = function(name=double.name)(half.plain)
    with pytest.raises(DeployError, match="two functions are named"):
        plan(double, other)


def test_a_destination_is_where_that_function_will_be_and_deployed_first(aws, refusal):
    aws.answers["get_function"] = [refusal("ResourceNotFoundException")]
    aws.answers["get_caller_identity"] = [{"Account": "123456789012"}]
    planner = Planner(TARGET, {each: each.settings for each in (half, double)}, is_adopting=False, is_fresh=False)
    steps = [planner.plan(half), planner.plan(double)]
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{double.name}"
    assert steps[0].wanted.destinations.on_failure == arn
    assert [[each.function for each in stage] for stage in planner.stages(steps)] == [[double], [half]]


def test_a_destination_that_was_found_by_its_name_is_named_in_full(aws, refusal):
    aws.answers["get_function"] = [refusal("ResourceNotFoundException")]
    aws.answers["get_caller_identity"] = [{"Account": "123456789012"}]
    arn = "arn:aws:lambda:us-east-1:123456789012:function:theirs"
    for named in ("theirs", arn):
        assert plan(double, on_failure=half.at(named, region="us-east-1")).wanted.destinations.on_failure == arn


def test_a_destination_that_is_no_function_is_refused(aws):
    with pytest.raises(SettingsError, match="on_success: 7 is neither an ARN nor a function of this SDK"):
        plan(double, on_success=7)


@pytest.mark.parametrize(
    ("region", "partition"),
    [("us-east-1", "aws"), ("cn-north-1", "aws-cn"), ("us-iso-east-1", "aws-iso"), ("local-1", "aws")],
)
def test_functions_stand_in_the_partition_of_their_region(aws, region, partition):
    aws.answers["get_caller_identity"] = [{"Account": "123456789012"}]
    planner = Planner(Target(region), {double: Settings(alias="live")}, is_adopting=False, is_fresh=False)
    assert planner.place(double).arn == f"arn:{partition}:lambda:{region}:123456789012:function:{double.name}:live"


def test_imports_that_will_fail_there_are_noted_unless_a_layer_may_hold_them(aws, refusal, tmp_path):
    aws.answers["get_function"] = [refusal("ResourceNotFoundException")]
    with imported(tmp_path, {"app.py": "import hypothesis\ndef handle(event): pass\n"}, "app") as app:
        handle = function(app.handle)
        assert "imports hypothesis, which is neither local nor in requirements" in plan(handle).notes[0]
        assert not plan(handle, layers=["arn:aws:lambda:us-east-1:123456789012:layer:h:1"]).notes


def test_what_a_function_itself_imports_is_noted_of_it_and_of_no_other(aws, refusal, tmp_path):
    aws.answers["get_function"] = [refusal("ResourceNotFoundException")]
    text = "def handle(event):\n    import hypothesis\ndef other(event): pass\n"
    with imported(tmp_path, {"app.py": text}, "app") as app:
        assert "imports hypothesis, which is neither local nor in requirements" in plan(function(app.handle)).notes[0]
        assert not plan(function(app.other)).notes


def test_what_cannot_be_packed_is_told_with_the_functions_name(aws):
    with pytest.raises(DeployError, match=r"is a lambda; a deployed function stands at the top of a module"):
        plan(function(name="x")(lambda: 1))


def test_a_deletion_takes_the_functions_own_role_along_and_lets_it_run_here_again(aws, refusal):
    aws.answers["get_function"] = [found(double)]
    aws.answers["get_role"] = [{"Role": {"Arn": ROLE}}]
    aws.answers["list_attached_role_policies"] = [{"AttachedPolicies": []}]
    aws.answers["list_role_policies"] = [{"PolicyNames": []}]
    planned = planned_deletion(double, TARGET)
    planned.apply()
    assert aws.names()[-1] == "delete_role"
    assert not double.is_deployed


def test_what_is_not_there_needs_no_deletion_and_what_is_not_ours_gets_none(aws, refusal):
    aws.answers["get_function"] = [refusal("ResourceNotFoundException"), found(double) | {"Tags": {}}]
    assert planned_deletion(double, TARGET) is None
    with pytest.raises(DeployError, match="was not made by this SDK, so it is not deleted by it"):
        planned_deletion(double, TARGET)
