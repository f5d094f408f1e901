"""Settings: made from a request, changed by one, kept as JSON."""

import pytest

from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import settings
from lambent.services.lambda_.engine.settings import Code, Layer, Settings

CODE = Code("a" * 64, 10, 20)
GIVEN = {"Role": "arn:aws:iam::111111111111:role/r", "Runtime": "python3.12", "Handler": "app.handler"}


def created(**parameters: object) -> Settings:
    return settings.created("f", GIVEN | parameters, CODE, ())


def test_defaults_are_aws():
    made = created()
    assert (made.timeout_s, made.memory_mb, made.ephemeral_storage_mb) == (3, 128, 512)
    assert made.architectures == ("x86_64",)
    assert (made.logging.log_format, made.logging.group) == ("Text", "/aws/lambda/f")
    assert made.variables is None


def test_runtime_and_handler_are_mandatory():
    with pytest.raises(errors.InvalidParameterValue, match="Runtime and Handler are mandatory parameters"):
        settings.created("f", {"Role": GIVEN["Role"], "Handler": "a.b"}, CODE, ())


def test_a_change_keeps_what_it_does_not_name():
    before = created(Timeout=7, Environment={"Variables": {"AB": "1"}})
    after = settings.changed(before, {"MemorySize": 256}, None)
    assert (after.timeout_s, after.memory_mb, after.variables) == (7, 256, {"AB": "1"})


def test_empty_variables_take_them_all_away():
    before = created(Environment={"Variables": {"AB": "1"}})
    assert settings.changed(before, {"Environment": {}}, None).variables == {}


def test_json_logging_has_levels_and_text_has_none():
    as_json = created(LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG"})
    assert (as_json.logging.application_level, as_json.logging.system_level) == ("DEBUG", "INFO")
    as_text = settings.changed(as_json, {"LoggingConfig": {"LogFormat": "Text"}}, None)
    assert as_text.logging.application_level == ""
    with pytest.raises(errors.InvalidParameterValue):
        created(LoggingConfig={"LogFormat": "Text", "SystemLogLevel": "WARN"})


def test_all_of_it_survives_json():
    made = created(
        Environment={"Variables": {"AB": "ü"}},
        VpcConfig={"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
        FileSystemConfigs=[{"Arn": "arn:x", "LocalMountPath": "/mnt/x"}],
        DeadLetterConfig={"TargetArn": "arn:aws:sqs:us-east-1:111111111111:q"},
        Architectures=["arm64"],
        SnapStart={"ApplyOn": "PublishedVersions"},
    )
    made = settings.changed(made, {}, (Layer("arn:l:1", Code("b" * 64, 1, 2)),))
    assert settings.decode(settings.encode(made)) == made
    assert made.archives == {"a" * 64, "b" * 64}


def test_layers_count_towards_the_size():
    with pytest.raises(errors.CodeWithLayersTooLarge):
        settings.changed(created(), {}, (Layer("arn:l:1", Code("b" * 64, 1, 262_143_999)),))


def test_a_runtime_has_one_version_a_region():
    first = settings.runtime_version_arn("us-east-1", "python3.12")
    assert first.startswith("arn:aws:lambda:us-east-1::runtime:")
    assert first == settings.runtime_version_arn("us-east-1", "python3.12")
    assert first != settings.runtime_version_arn("us-east-1", "python3.13")
