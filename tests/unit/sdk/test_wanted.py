"""What a function is to be, and in what it differs from what is there."""

import dataclasses

import pytest
from tests.unit.sdk.functions_to_deploy import double

from lambent.sdk import wanted
from lambent.sdk.clients import Target
from lambent.sdk.plan import Difference
from lambent.sdk.settings import Settings, SettingsError
from lambent.sdk.wanted import Destinations, architecture_of

TARGET = Target("us-east-1")
QUEUE = "arn:aws:sqs:us-east-1:123456789012:failed"


def wants(**settings):
    return wanted.wanted(double, Settings.of(**settings), TARGET, arn_of=lambda arn, _: arn)


def found(wants, **configuration):
    """What GetFunction would answer of a function that is as ``wants``, but for ``configuration``."""
    members = {
        **wants.configuration,
        "CodeSha256": wants.package.code_sha256,
        "CodeSize": len(wants.package.content),
        "Architectures": [wants.architecture],
        "Layers": [{"Arn": arn} for arn in wants.configuration["Layers"]],
    }
    return {"Configuration": members | configuration, "Tags": wants.tags}


def test_a_function_becomes_the_members_that_aws_knows():
    made = wants(
        memory_mb=512, timeout_s=5, storage_mb=1024, environment={"STAGE": "test"}, dead_letters=QUEUE, log_format="json"
    )
    assert made.configuration | {"Runtime": ""} == {
        "Runtime": "",
        "Handler": "lambent.sdk.entry.handler",
        "Description": "",
        "MemorySize": 512,
        "Timeout": 5,
        "EphemeralStorage": {"Size": 1024},
        "Layers": [],
        "Environment": {"Variables": {"STAGE": "test", "LAMBENT_FUNCTION": "tests.unit.sdk.functions_to_deploy:double"}},
        "DeadLetterConfig": {"TargetArn": QUEUE},
        "LoggingConfig": {"LogFormat": "JSON"},
    }
    assert made.tags == {"lambent:function": "tests.unit.sdk.functions_to_deploy:double"}


def test_nothing_differs_where_everything_is_as_wanted():
    made = wants(dead_letters=QUEUE, environment={"STAGE": "test"})
    there = found(made)
    assert not list(wanted.configuration_differences(made, there))
    assert not list(wanted.code_differences(made, there))
    assert not list(wanted.tag_differences(made, there))
    assert not list(wanted.concurrency_difference(made, there))


def test_members_that_aws_leaves_out_are_their_defaults():
    made = wants()
    there = found(made)
    for member in ("EphemeralStorage", "Layers", "DeadLetterConfig", "LoggingConfig", "Description", "Architectures"):
        del there["Configuration"][member]
    assert not list(wanted.configuration_differences(made, there))
    assert not list(wanted.code_differences(made, there))


@pytest.mark.parametrize(
    ("settings", "configuration", "told"),
    [
        ({"memory_mb": 256}, {"MemorySize": 128}, [("MemorySize", "memory", "128 MB", "256 MB")]),
        ({}, {"Timeout": 3}, [("Timeout", "timeout", "3 s", "60 s")]),
        ({"description": "Doubles"}, {"Description": ""}, [("Description", "description", None, "Doubles")]),
        ({}, {"EphemeralStorage": {"Size": 1024}}, [("EphemeralStorage", "storage", "1024 MB", "512 MB")]),
        ({}, {"DeadLetterConfig": {"TargetArn": QUEUE}}, [("DeadLetterConfig", "dead letters", QUEUE, None)]),
        ({}, {"LoggingConfig": {"LogFormat": "JSON"}}, [("LoggingConfig", "log format", "json", "text")]),
        ({}, {"Layers": [{"Arn": "arn:l"}]}, [("Layers", "layers", "arn:l", None)]),
    ],
)
def test_each_setting_that_differs_is_told_with_its_unit(settings, configuration, told):
    made = wants(**settings)
    differences = wanted.configuration_differences(made, found(made, **configuration))
    assert [(member, d.what, d.before, d.after) for member, d in differences] == told


def test_variables_are_told_by_their_names_and_never_by_their_values():
    made = wants(environment={"KEPT": "1", "PASSWORD": "new-secret", "NEW": "n"})
    now = made.configuration["Environment"]["Variables"] | {"PASSWORD": "old-secret", "GONE": "g"}
    del now["NEW"]
    differences = [d for _, d in wanted.configuration_differences(made, found(made, Environment={"Variables": now}))]
    assert [(d.what, d.before, d.after) for d in differences] == [
        ("variable GONE", "(set)", None),
        ("variable NEW", None, "(set)"),
        ("variable PASSWORD", "(set)", "(set otherwise)"),
    ]
    assert "secret" not in repr(differences)


def test_other_code_and_another_processor_are_told():
    made = wants(architecture="x86_64")
    there = found(made, CodeSha256="AAAABBBBCCCC", CodeSize=2_500_000, Architectures=["arm64"])
    code, architecture = wanted.code_differences(made, there)
    assert code.before == "2.5 MB, AAAABBBB"
    assert architecture == Difference("architecture", "arm64", "x86_64")


def test_reserved_concurrency_is_compared_and_none_is_a_value_too():
    made = wants(concurrency=0)
    assert [str(d) for d in wanted.concurrency_difference(made, found(made))] == ["0"]
    there = found(made) | {"Concurrency": {"ReservedConcurrentExecutions": 5}}
    assert [str(d) for d in wanted.concurrency_difference(wants(), there)] == ["5 → (none)"]


def test_tags_that_others_put_stay_untold():
    made = wants(tags={"team": "books"})
    there = found(made) | {"Tags": made.tags | {"cost": "1", "team": "films"}}
    assert list(wanted.tag_differences(made, there)) == [Difference("tag team", "films", "books")]


def test_destinations_are_what_aws_takes_and_come_back_from_what_it_answers():
    destinations = Destinations(0, 60, QUEUE, None)
    parameters = destinations.parameters()
    assert parameters == {
        "MaximumRetryAttempts": 0,
        "MaximumEventAgeInSeconds": 60,
        "DestinationConfig": {"OnFailure": {"Destination": QUEUE}},
    }
    assert Destinations.found(parameters) == destinations
    differences = wanted.destination_differences(destinations, Destinations(2, None, None, None))
    assert [(d.what, str(d)) for d in differences] == [("retries", "2 → 0"), ("age of events", "60 s"), ("on failure", QUEUE)]


def test_the_tag_of_settings_changes_with_each_setting_that_get_function_does_not_show():
    tags = {
        wants(**settings).settings_tag
        for settings in (
            {},
            {"retries": 0},
            {"event_age_s": 60},
            {"on_failure": QUEUE},
            {"on_success": QUEUE},
            {"policies": ["AmazonS3ReadOnlyAccess"]},
            {"policies": [{"Action": "s3:GetObject"}]},
            {"role": "mine"},
        )
    }
    assert len(tags) == 8
    assert wants(memory_mb=512).settings_tag == wants().settings_tag


def test_a_policy_that_is_none_is_refused():
    with pytest.raises(SettingsError, match="policies: 7 is neither the name of a managed policy nor a statement"):
        _ = wants(policies=[7]).settings_tag


def test_a_new_functions_settings_are_told_as_far_as_they_are_worth_it():
    told = {d.what: d.after for d in wanted.summary(wants(requirements=[], concurrency=0, environment={"STAGE": "x"}))}
    assert told.keys() == {"code", "runtime", "memory", "timeout", "environment", "reserved concurrency"}
    assert told["environment"] == "STAGE"


def test_what_a_new_function_will_be_allowed_is_told():
    policies = ["AmazonS3ReadOnlyAccess", {"Action": "sqs:SendMessage", "Resource": "*"}]
    told = {d.what: d.after for d in wanted.summary(wants(policies=policies))}
    assert told["policies"] == 'AmazonS3ReadOnlyAccess, {"Action": "sqs:SendMessage", "Resource": "*"}'
    assert {d.what: d.after for d in wanted.summary(wants(role="reader"))}["role"] == "reader"


def test_at_an_endpoint_of_ones_own_the_processor_is_this_machines(monkeypatch):
    monkeypatch.setattr(wanted.platform, "machine", lambda: "aarch64")
    assert architecture_of(Target("us-east-1")) == "x86_64"
    assert architecture_of(Target("us-east-1", "https://lambda.us-east-1.amazonaws.com")) == "x86_64"
    assert architecture_of(Target("us-east-1", "http://localhost:4566")) == "arm64"


def test_what_is_wanted_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        wants().name = "other"
