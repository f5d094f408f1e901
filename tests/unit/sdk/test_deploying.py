"""deploy and undeploy: what they take, in which order it is done, and what they say."""

from dataclasses import dataclass, field

import pytest
from tests.unit.sdk import functions_to_deploy
from tests.unit.sdk.functions_to_deploy import double, half

from lambent.sdk import applying, deploying
from lambent.sdk.clients import Target
from lambent.sdk.deploying import Deployment, Plan, collected
from lambent.sdk.failures import DeployError

TARGET = Target("us-east-1")


@dataclass
class Thing:
    """A planned thing, as pipelines give them too."""

    name: str
    done: list = field(default_factory=list)
    action: str = "create"
    failure: Exception | None = None
    kind: str = "state machine"
    differences: tuple = ()
    notes: tuple = ()

    def apply(self):
        self.done.append(self.name)
        if self.failure:
            raise self.failure
        return self


class Machine:
    """What deploy() takes besides functions."""

    functions = (double,)

    def __init__(self):
        self.places = {}

    def plan(self, target, places):
        self.places = places
        return Thing("machine")


@pytest.fixture(autouse=True)
def unbound():
    yield
    double.bind(None)
    half.bind(None)


@pytest.fixture
def there(aws, refusal, monkeypatch):
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    aws.answers["get_function"] = [refusal("ResourceNotFoundException")]
    aws.answers["get_caller_identity"] = [{"Account": "123456789012"}]
    aws.answers["get_role"] = [{"Role": {"Arn": "arn:aws:iam::123456789012:role/lambent-function"}}]
    aws.answers["create_function"] = [{"State": "Active", "FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:f"}]
    return aws


def test_a_module_means_what_it_defines():
    assert collected([functions_to_deploy]) == [double, half]
    assert collected([double, functions_to_deploy, double]) == [double, half]


def test_what_was_found_by_its_name_is_called_and_not_deployed(there):
    elsewhere = double.at("double-of-others", region="us-east-1")
    machine = Machine()
    machine.functions = (elsewhere, half)
    deploying.deploy(machine, echo=None)
    created = [parameters["FunctionName"] for name, parameters in there.calls if name == "create_function"]
    assert created == [double.name, half.name]  # double as a destination of half
    with pytest.raises(DeployError, match="double-of-others is known by its name or ARN, and deployed by others"):
        deploying.deploy(elsewhere)


def test_a_module_without_functions_and_what_is_none_are_refused():
    with pytest.raises(DeployError, match="applying defines nothing to deploy") as caught:
        collected([applying])
    assert "@function" in caught.value.advice
    with pytest.raises(TypeError, match="is no function of the SDK, pipeline or module; put @function above it"):
        collected([len])
    with pytest.raises(TypeError, match=r"7 is no function of the SDK, pipeline or module$"):
        collected([7])


def test_a_plan_only_tells_and_changes_nothing(there):
    said = []
    assert deploying.deploy(double, plan_only=True, echo=said.append) is double
    assert said[0] == "Deploying to AWS, us-east-1:"
    assert "create" in said[1]
    assert set(there.names()) == {"get_function"}
    assert not double.is_deployed


def test_destinations_are_deployed_too_and_first(there):
    handles = deploying.deploy(half, echo=None)
    created = [parameters["FunctionName"] for name, parameters in there.calls if name == "create_function"]
    assert created == [double.name, half.name]
    assert handles is half
    assert double.is_deployed
    assert half.is_deployed


def test_settings_of_one_deploy_are_those_of_what_was_named_and_not_of_what_comes_along(there):
    deploying.deploy(half, memory_mb=512, echo=None)
    sizes = {p["FunctionName"]: p["MemorySize"] for name, p in there.calls if name == "create_function"}
    assert sizes == {half.name: 512, double.name: 128}


def test_several_things_and_modules_come_back_as_a_tuple(there):
    assert deploying.deploy(functions_to_deploy, echo=None) == (double, half)
    assert deploying.deploy(double, half, plan_only=True, echo=None) == (double, half)


def test_a_pipeline_is_planned_with_where_its_functions_will_be_and_applied_after_them(there):
    machine = Machine()
    said = []
    deploying.deploy(machine, echo=said.append)
    assert machine.places[double.name].arn.endswith(f":function:{double.name}")
    ends = [line.split()[0] for line in said if " in " in line]
    assert ends == [double.name, "machine"]


def test_what_can_be_done_is_done_before_the_first_failure_is_raised():
    done = []
    things = (Thing("a", done, failure=DeployError("no a")), Thing("b", done))
    later = Thing("c", done)
    told = []
    with pytest.raises(DeployError, match="no a"):
        Plan(TARGET, (things, (later,))).apply(lambda each, _: told.append(each.name))
    assert sorted(done) == ["a", "b"]
    assert told == ["b"]


def test_undeploying_a_function_leaves_its_destination(there):
    there.answers["get_function"] = [{"Tags": {"lambent:function": "x"}, "Configuration": {}}]
    there.answers["list_attached_role_policies"] = [{"AttachedPolicies": []}]
    there.answers["list_role_policies"] = [{"PolicyNames": []}]
    said = []
    deploying.undeploy(half, echo=said.append)
    assert [p["FunctionName"] for name, p in there.calls if name == "delete_function"] == [half.name]
    assert said[0] == "Deleting from AWS, us-east-1:"
    assert said[-1].startswith(f"  {half.name} deleted in ")


def test_without_a_region_there_is_nowhere_to_deploy_to(monkeypatch, tmp_path):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody-of-this-region")
    with pytest.raises(DeployError, match="no region is configured"):
        deploying.deploy(double)


def test_a_deployment_knows_its_target():
    deployment = Deployment("f", "arn", "us-east-1", "http://localhost:1", "books")
    assert deployment.target == Target("us-east-1", "http://localhost:1", "books")


def test_a_line_is_told_in_one_piece(capsys):
    deploying.tell("done")
    assert capsys.readouterr().err == "done\n"
