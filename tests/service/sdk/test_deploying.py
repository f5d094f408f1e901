"""Functions deployed to a running platform, through boto3 as to AWS."""

import contextlib
import io
import json
import os
import subprocess
import sys
import zipfile
from textwrap import dedent

import pytest
from tests.projects import imported

from lambent.sdk import applying, deploying
from lambent.sdk.deploying import deploy, undeploy
from lambent.sdk.failures import DeployError

APP = """
    import words
    from lambent import function

    @function
    def greet(name: str) -> str:
        return f"{words.HELLO}, {name}"

    @function(memory_mb=256)
    def fail(event):
        raise ValueError("as asked")
"""


@pytest.fixture
def there(platform, account, monkeypatch):
    """The environment of a process that uses this test's account."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", platform.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", account)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")


@pytest.fixture
def app(there, tmp_path):
    with imported(tmp_path, {"shouts.py": APP, "words.py": "HELLO = 'Hello'\n"}, "shouts") as module:
        yield module


def actions(*things, **options):
    """What a deploy did, by name."""
    made = deploying.planned(*things, **options)
    made.apply()
    return {each.name: (each.action, [difference.what for difference in each.differences]) for each in made.planned}


def test_a_deployed_function_answers_with_the_local_modules_that_it_imports(app):
    assert app.greet("Ada") == "Hello, Ada"
    app.greet.deploy(echo=None)
    app.words.HELLO = "Goodbye"  # here, and not there
    assert app.greet("Ada") == "Hello, Ada"
    assert app.greet.local("Ada") == "Goodbye, Ada"


def test_a_second_deploy_changes_nothing_and_a_changed_module_only_the_code(app, tmp_path):
    assert {name: action for name, (action, _) in actions(app).items()} == {"shouts-greet": "create", "shouts-fail": "create"}
    assert actions(app) == {"shouts-greet": ("unchanged", []), "shouts-fail": ("unchanged", [])}
    words = tmp_path / "words.py"
    words.write_text("HELLO = 'Servus'\n")
    os.utime(words, (1, 1))
    assert actions(app.greet) == {"shouts-greet": ("update", ["code"])}
    assert app.greet("Ada") == "Servus, Ada"


def test_another_process_packs_the_same_bytes(app, tmp_path, client):
    actions(app)
    # A process in which what is here was never imported, and the file is the program.
    (tmp_path / "shouts.py").write_text(
        dedent(APP) + "\nif __name__ == '__main__':\n    greet.deploy()\n    print(greet('Bob'))\n"
    )
    actions(app)
    done = subprocess.run([sys.executable, "shouts.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "Hello, Bob\n"
    assert done.stderr == "  = shouts-greet  unchanged\n"


def test_settings_are_awss_and_go_back_to_its_defaults(app, client):
    greet, functions = app.greet, client("lambda")
    told = actions(
        greet,
        settings={
            "memory_mb": 512,
            "timeout_s": 7,
            "storage_mb": 600,
            "description": "Greets",
            "environment": {"STAGE": "test"},
            "concurrency": 3,
            "retries": 0,
            "event_age_s": 90,
            "log_format": "json",
            "tags": {"team": "books"},
        },
    )
    assert told[greet.name][0] == "create"
    found = functions.get_function(FunctionName=greet.name)
    configuration = found["Configuration"]
    assert [configuration[name] for name in ("MemorySize", "Timeout", "Description")] == [512, 7, "Greets"]
    assert configuration["Environment"]["Variables"] == {"STAGE": "test", "LAMBENT_FUNCTION": "shouts:greet"}
    assert (configuration["EphemeralStorage"], configuration["LoggingConfig"]["LogFormat"]) == ({"Size": 600}, "JSON")
    assert found["Concurrency"]["ReservedConcurrentExecutions"] == 3
    assert found["Tags"]["team"] == "books"
    asynchronous = functions.get_function_event_invoke_config(FunctionName=greet.name)
    assert (asynchronous["MaximumRetryAttempts"], asynchronous["MaximumEventAgeInSeconds"]) == (0, 90)

    told = actions(greet)[greet.name]
    assert told[0] == "update"
    assert {"memory", "timeout", "variable STAGE", "retries", "age of events", "reserved concurrency"} <= set(told[1])
    assert "Concurrency" not in functions.get_function(FunctionName=greet.name)
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_function_event_invoke_config(FunctionName=greet.name)
    assert actions(greet) == {greet.name: ("unchanged", [])}


def test_failed_events_arrive_at_their_destination_with_the_role_that_was_made(app, client):
    queues, iam = client("sqs"), client("iam")
    url = queues.create_queue(QueueName="failed")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    app.fail.deploy(retries=0, on_failure=arn, echo=None)
    app.fail.send({"id": 7})
    message = queues.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"][0]
    assert json.loads(message["Body"])["requestPayload"] == {"id": 7}
    role = "lambent-function-shouts-fail"
    document = iam.get_role_policy(RoleName=role, PolicyName="lambent")["PolicyDocument"]
    assert arn in json.dumps(document)
    undeploy(app.fail, echo=None)
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName=role)


def test_an_alias_moves_to_what_was_deployed_last(app, tmp_path, client):
    app.greet.deploy(alias="live", echo=None)
    assert app.greet.deployment.arn.endswith(":function:shouts-greet:live")
    assert actions(app.greet, settings={"alias": "live"}) == {"shouts-greet": ("unchanged", [])}
    (tmp_path / "words.py").write_text("HELLO = 'Good morning'\n")
    app.greet.deploy(alias="live", echo=None)
    assert app.greet("Ada") == "Good morning, Ada"
    versions = client("lambda").list_versions_by_function(FunctionName="shouts-greet")["Versions"]
    assert [version["Version"] for version in versions] == ["$LATEST", "1", "2"]


def test_requirements_are_there_when_the_function_runs(there, tmp_path, monkeypatch):
    monkeypatch.setenv("LAMBENT_CACHE", str(tmp_path / "cache"))
    with zipfile.ZipFile(tmp_path / "shouting-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("shouting.py", "def loud(text): return text.upper()\n")
        wheel.writestr("shouting-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: shouting\nVersion: 1.0\n")
        wheel.writestr("shouting-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("shouting-1.0.dist-info/RECORD", "")
    text = """
        from lambent import function

        @function(requirements=["./shouting-1.0-py3-none-any.whl"])
        def shout(text: str) -> str:
            from shouting import loud
            return loud(text)
    """
    with imported(tmp_path, {"loud.py": text}, "loud") as module:
        assert module.shout.deploy(echo=None)("hello") == "HELLO"


def test_a_zip_too_large_for_a_request_goes_through_s3(app, monkeypatch, client, account):
    monkeypatch.setattr(applying, "DIRECT_BYTES_MAX", 1_000)
    app.greet.deploy(echo=None)
    assert app.greet("Ada") == "Hello, Ada"
    keys = [entry["Key"] for entry in client("s3").list_objects_v2(Bucket=f"lambent-{account}-us-east-1")["Contents"]]
    assert [key.startswith("code/") for key in keys] == [True]


def test_a_function_that_something_else_made_is_replaced_only_when_asked(app, client, account):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("app.py", "def handler(event, context): return 'theirs'")
    client("lambda").create_function(
        FunctionName="shouts-greet",
        Runtime=f"python3.{sys.version_info.minor}",
        Handler="app.handler",
        Role=f"arn:aws:iam::{account}:role/theirs",
        Code={"ZipFile": archive.getvalue()},
    )
    with pytest.raises(DeployError, match="there is a function shouts-greet that this SDK did not make"):
        deploy(app.greet)
    with pytest.raises(DeployError, match="not made by this SDK"):
        undeploy(app.greet)
    app.greet.deploy(adopt=True, echo=None)
    assert app.greet("Ada") == "Hello, Ada"
    assert actions(app.greet) == {"shouts-greet": ("unchanged", [])}


def test_a_deploy_that_was_cut_short_is_finished_by_the_next(app, monkeypatch, client):
    def cut(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, contextlib.suppress(KeyboardInterrupt):
        patched.setattr(applying.Lambda, "set_destinations", cut)
        app.greet.deploy(retries=0, echo=None)
    assert actions(app.greet, settings={"retries": 0}) == {"shouts-greet": ("update", ["retries"])}
    assert client("lambda").get_function_event_invoke_config(FunctionName="shouts-greet")["MaximumRetryAttempts"] == 0


def test_what_was_undeployed_runs_here_again_and_can_be_deployed_again(app, client):
    deploy(app, echo=None)
    undeploy(app, echo=None)
    assert client("lambda").list_functions()["Functions"] == []
    app.words.HELLO = "Here"
    assert app.greet("Ada") == "Here, Ada"
    undeploy(app, echo=None)
    deploy(app, echo=None)
    assert app.greet("Ada") == "Hello, Ada"


def test_a_refusal_of_the_platform_is_told_with_the_functions_name(app):
    layer = "arn:aws:lambda:us-east-1:123456789012:layer:none:1"
    with pytest.raises(DeployError, match=r"shouts-greet: .*layer.*none.*\(\w+Exception\)"):
        deploy(app.greet, layers=[layer], echo=None)


def test_nobody_answering_is_told_with_the_next_step(app, monkeypatch):
    with pytest.raises(
        DeployError, match=r"nothing answers at http://localhost:1/.*\nStart a platform with `lambent start -d`"
    ):
        deploy(app.greet, endpoint_url="http://localhost:1", echo=None)
