"""Settings: what no function can have is refused where it is written, with what it may be."""

import pytest

from lambent.sdk.settings import Settings, SettingsError


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"memory_mb": 64}, "memory_mb: 64 is not between 128 and 10240"),
        ({"memory_mb": "512"}, "memory_mb: '512' is no whole number"),
        ({"memory_mb": True}, "memory_mb: True is no whole number"),
        ({"timeout_s": 901}, "timeout_s: 901 is not between 1 and 900"),
        ({"timeout_s": 1.5}, "timeout_s: 1.5 is no whole number"),
        ({"storage_mb": 20_000}, "storage_mb: 20000 is not between 512 and 10240"),
        ({"retries": 3}, "retries: 3 is not between 0 and 2"),
        ({"event_age_s": 10}, "event_age_s: 10 is not between 60 and 21600"),
        ({"concurrency": -1}, "concurrency: -1 is not 0 or more"),
        ({"name": "a b"}, "name: 'a b' is not 1 to 64 letters, digits, - and _"),
        ({"runtime": "nodejs22.x"}, "runtime: 'nodejs22.x' is not one like python3.12, from python3.11 on"),
        ({"runtime": "python3.9"}, "runtime: 'python3.9' is not one like python3.12, from python3.11 on"),
        ({"architecture": "riscv"}, "architecture: 'riscv' is none of x86_64, arm64"),
        ({"log_format": "xml"}, "log_format: 'xml' is none of text, json"),
        ({"requirements": "humanize"}, "requirements: 'humanize' is no list; write ['humanize']"),
        ({"requirements": [""]}, "requirements: '' is no requirement"),
        ({"layers": ["numpy"]}, "layers: 'numpy' is not the ARN of a layer's version"),
        ({"layers": [f"arn:aws:lambda:us-east-1:123456789012:layer:l:{n}" for n in range(6)]}, "layers: 6 of them"),
        ({"on_failure": "queue"}, "on_failure: 'queue' is not the ARN"),
        ({"dead_letters": "queue"}, "dead_letters: 'queue' is not the ARN"),
        ({"role": ""}, "role: '' is neither"),
        ({"alias": "12"}, "alias: '12' is not"),
        ({"environment": {"AWS_REGION": "x"}}, "environment: AWS_REGION is set by Lambda itself"),
        ({"environment": {"LAMBENT_FUNCTION": "x"}}, "environment: LAMBENT_FUNCTION is set by Lambda itself"),
        ({"environment": {"1A": "x"}}, "environment: '1A' is not a letter"),
        ({"environment": {"COUNT": 1}}, "environment: 'COUNT': 1 is not a string for a string"),
        ({"environment": {"LONG": "x" * 4_093}}, "environment: 4097 bytes of names and values; Lambda takes 4096"),
        ({"environment": ["A"]}, "environment: ['A'] is no dict"),
        ({"tags": {str(n): "" for n in range(51)}}, "tags: 51 of them"),
        ({"tags": {"aws:x": "y"}}, "tags: 'aws:x' begins with a prefix that is not yours"),
        ({"tags": {"lambent:function": "y"}}, "tags: 'lambent:function' begins with a prefix that is not yours"),
    ],
)
def test_a_setting_that_no_function_can_have_is_refused_with_what_it_may_be(options, said):
    with pytest.raises(SettingsError) as caught:
        Settings.of(**options)
    assert str(caught.value).startswith(said)


def test_a_setting_of_an_unknown_name_is_refused_with_the_one_that_was_likely_meant():
    with pytest.raises(SettingsError, match="memory is no setting of a function; did you mean memory_mb"):
        Settings.of(memory=512)
    with pytest.raises(SettingsError, match="zzzz is no setting of a function; there are name, "):
        Settings().with_(zzzz=1)


def test_settings_are_equal_whatever_kind_of_list_they_were_written_as():
    assert Settings(requirements=["a"], environment={"BB": "1", "AA": "2"}) == Settings(
        requirements=("a",), environment={"AA": "2", "BB": "1"}
    )


def test_settings_do_not_change_with_the_dict_that_they_were_made_from():
    variables = {"STAGE": "test"}
    settings = Settings(environment=variables)
    variables["STAGE"] = "production"
    assert settings.environment == {"STAGE": "test"}


def test_a_copy_differs_in_what_was_named_and_is_checked_too():
    settings = Settings(memory_mb=512, timeout_s=5)
    assert settings.with_(memory_mb=1024) == Settings(memory_mb=1024, timeout_s=5)
    with pytest.raises(SettingsError):
        settings.with_(memory_mb=1)
