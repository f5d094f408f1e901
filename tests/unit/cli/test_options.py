"""Where a command looks for its platform, and as whom it speaks."""

import os

import click
import pytest

from lambent.cli import options
from lambent.cli.client import Identity
from lambent.cli.failures import NoPlatform
from lambent.core.sessions import SessionSeal
from lambent.store import lock
from lambent.store.folder import Folder, Running


@pytest.fixture
def variables(monkeypatch):
    given: dict[str, str] = {}
    monkeypatch.setattr(options, "environment", lambda: given)
    return given


@pytest.fixture
def data(tmp_path):
    """A data directory in which a platform runs."""
    folder = Folder(tmp_path / "data")
    folder.prepare()
    with lock.hold(folder.path):
        folder.note(Running(pid=os.getpid(), url="http://localhost:4999"))
        yield folder.path


def test_the_platform_of_a_data_directory_is_found_by_its_note(data):
    assert options.url_of(data) == "http://localhost:4999"


def test_without_a_note_the_default_address_is_tried(tmp_path):
    assert options.url_of(tmp_path) == "http://127.0.0.1:4566"


def test_an_endpoint_that_is_given_comes_before_the_environments_and_that_before_the_note(data, variables):
    assert options.endpoint(None, data) == "http://localhost:4999"
    variables.update(AWS_ENDPOINT_URL="http://there:1/")
    assert options.endpoint(None, data) == "http://there:1"
    assert options.endpoint("https://here:2", data) == "https://here:2"


@pytest.mark.parametrize("given", ["localhost:4566", "4566", "http://"])
def test_an_endpoint_that_is_no_url_is_a_usage_error(data, variables, given):
    with pytest.raises(click.BadParameter, match="is not a URL like http://localhost:4566"):
        options.endpoint(given, data)


def test_keys_of_the_environment_come_first(data, variables):
    variables.update(AWS_ACCESS_KEY_ID="AKIA", AWS_SECRET_ACCESS_KEY="secret", AWS_SESSION_TOKEN="token")
    assert options.identity_for(data, "http://localhost:4999", None) == Identity("AKIA", "secret", "token")


def test_whoever_may_read_the_data_directory_is_root_there(data, variables):
    identity = options.identity_for(data, "http://localhost:4999", "111122223333")
    session = SessionSeal(Folder(data).seal_key()).read(identity.session_token)
    assert session is not None
    assert session.principal_arn == "arn:aws:iam::111122223333:root"
    assert session.access_key_id == identity.access_key_id


def test_another_platform_never_sees_the_roots_token(data, variables):
    assert options.identity_for(data, "http://elsewhere:4566", "111122223333") == Identity("111122223333", "lambent")


@pytest.mark.parametrize(
    ("given", "region"),
    [
        ({}, "us-east-1"),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-1"),
        ({"AWS_REGION": "eu-north-1", "AWS_DEFAULT_REGION": "eu-west-1"}, "eu-north-1"),
    ],
)
def test_the_region_is_what_aws_tools_take(variables, given, region):
    variables.update(given)
    assert options.region_default() == region


@pytest.fixture
def killed(tmp_path):
    """A data directory whose platform was killed."""
    folder = Folder(tmp_path / "killed")
    folder.prepare()
    folder.note(Running(pid=os.getpid(), url="http://localhost:4888"))
    return folder.path


def ask(*arguments):
    """The platform that a command with these arguments is for."""

    @click.command()
    @options.endpoint_option
    @options.data_option
    def command(endpoint_url, data):
        return options.endpoint(endpoint_url, data)

    return command.main(list(arguments), standalone_mode=False)


def test_the_note_of_a_killed_platform_leads_nowhere(killed):
    assert options.url_of(killed) == "http://127.0.0.1:4566"


def test_a_data_directory_that_is_given_comes_before_the_environment(data, variables):
    variables.update(AWS_ENDPOINT_URL="http://elsewhere:1")
    assert ask("--data", str(data)) == "http://localhost:4999"
    assert ask() == "http://elsewhere:1"
    assert ask("--data", str(data), "--endpoint-url", "http://named:2") == "http://named:2"


def test_what_is_meant_for_the_platform_of_a_directory_reaches_no_other(killed, tmp_path, variables):
    variables.update(AWS_ENDPOINT_URL="http://elsewhere:1")
    for data in (killed, tmp_path / "nowhere"):
        with pytest.raises(NoPlatform, match="no platform runs in"):
            ask("--data", str(data))


@pytest.mark.parametrize("url", ["localhost:4566", "http://localhost:abc", "http://[", "ftp://x", "http://"])
def test_what_is_no_url_is_refused(url, variables):
    with pytest.raises(click.BadParameter, match="is not a URL"):
        ask("--endpoint-url", url)
