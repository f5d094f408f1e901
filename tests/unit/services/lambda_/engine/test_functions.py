"""Functions: created, found, changed, deleted, made ready."""

import pytest

from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import aliases, functions, permissions, settings, versions
from lambent.services.lambda_.engine.identifiers import FunctionName
from lambent.services.lambda_.tables import archives, async_events, policies
from lambent.services.lambda_.tables import functions as rows
from lambent.services.lambda_.tables.async_events import AsyncEvent


def update(tx, function, **options):
    given = {"revision_id": None, "is_published": False, "is_dry_run": False, "now": 5.0} | options
    change = given.pop("change", lambda before: settings.changed(before, {"Timeout": 9}, None))
    return functions.update(tx, function, change, **given)


def test_a_new_function_is_pending_until_it_is_prepared(tx, made):
    function = made.function(is_ready=False)
    row = functions.latest_of(tx, function)
    assert (row.state, row.is_preparing) == ("Pending", True)
    assert functions.list_preparing(tx) == [row]
    assert functions.prepared(tx, row)
    ready = functions.latest_of(tx, function)
    assert (ready.state, ready.update_status, ready.is_preparing) == ("Active", "Successful", False)
    assert ready.revision_id != row.revision_id


def test_a_function_that_cannot_be_prepared_fails(tx, made):
    function = made.function(is_ready=False)
    functions.prepared(tx, functions.latest_of(tx, function), failure=functions.Failure("InvalidImage", "bad"))
    latest = functions.latest_of(tx, function)
    assert (latest.state, latest.failure, latest.failure_code) == ("Failed", "bad", "InvalidImage")
    with pytest.raises(errors.ResourceNotReady, match=r"following state: 'Failed'\. StateReasonCode: 'InvalidImage'"):
        update(tx, function)


def test_a_name_is_taken_once(tx, made):
    made.function()
    with pytest.raises(errors.FunctionExists, match="Function already exist: f"):
        made.function()


def test_an_update_is_in_progress_until_it_is_prepared(tx, made):
    function = made.function()
    before = functions.latest_of(tx, function)
    written = update(tx, function)
    assert (written.latest.state, written.latest.update_status) == ("Active", "InProgress")
    assert written.latest.environment_key != before.environment_key
    with pytest.raises(errors.UpdateInProgress, match=f"An update is in progress for resource: {function.arn}"):
        update(tx, function)
    functions.prepared(tx, written.latest)
    after = functions.latest_of(tx, function)
    assert (after.update_status, after.before) == ("Successful", None)


def test_what_was_before_an_update_is_served_until_the_update_is_done(tx, made):
    function = made.function()
    before = functions.latest_of(tx, function)
    written = update(tx, function)
    served = functions.latest_of(tx, function).served
    assert (served.environment_key, served.settings) == (before.environment_key, before.settings)
    assert written.replaced is None
    functions.prepared(tx, written.latest)
    assert functions.latest_of(tx, function).served.settings.timeout_s == 9


def test_what_was_before_failed_updates_is_served_until_one_succeeds(tx, made):
    function = made.function()
    before = functions.latest_of(tx, function)
    for timeout_s in (9, 10):
        written = update(tx, function, change=lambda each, s=timeout_s: settings.changed(each, {"Timeout": s}, None))
        functions.prepared(tx, written.latest, failure=functions.Failure("InvalidImage", "bad"))
        latest = functions.latest_of(tx, function)
        assert (latest.settings.timeout_s, latest.update_status, latest.failure) == (timeout_s, "Failed", "bad")
        assert (latest.served.environment_key, latest.served.settings) == (before.environment_key, before.settings)
    functions.prepared(tx, update(tx, function).latest)
    healed = functions.latest_of(tx, function)
    assert (healed.served, healed.update_status, healed.failure) == (healed, "Successful", "")


def test_the_code_of_before_is_kept_as_long_as_it_is_served(tx, made):
    function = made.function(sha256="a" * 64)
    for letter in "cd":
        code = settings.Code(letter * 64, 1, 2)
        written = update(tx, function, change=lambda before, code=code: settings.replace(before, code=code))
        functions.prepared(tx, written.latest, failure=functions.Failure("InvalidImage", "bad"))
        assert archives.list_used(tx) == {"a" * 64, letter * 64}
    functions.prepared(tx, update(tx, function).latest)
    assert archives.list_used(tx) == {"d" * 64}


def test_events_of_a_folder_wait_for_what_it_is_updated_to_and_go_back_where_that_fails(tx, made):
    function = made.function(folder="/home/ada/f")
    before = functions.latest_of(tx, function)
    written = update(tx, function)
    assert written.latest.served == written.latest
    assert written.replaced is not None
    assert written.replaced.environment_key == before.environment_key
    functions.prepared(tx, written.latest, failure=functions.Failure("InvalidZipFileException", "a layer is broken"))
    assert functions.latest_of(tx, function).served.settings == before.settings


def test_what_is_published_after_a_failed_update_is_tried_by_itself(tx, made):
    function = made.function()
    functions.prepared(tx, update(tx, function).latest, failure=functions.Failure("InvalidImage", "bad"))
    latest = functions.latest_of(tx, function)
    published = versions.publish_latest(tx, latest, description=None, now=6.0)
    assert (published.state, published.is_preparing, published.before) == ("Pending", True, None)
    assert functions.list_preparing(tx) == [published]


def test_a_pending_function_is_not_updated(tx, made):
    function = made.function(is_ready=False)
    with pytest.raises(
        errors.ResourceNotReady, match=r"currently in the following state: 'Pending'\. StateReasonCode: 'Creating'"
    ):
        update(tx, function)


def test_what_was_changed_again_is_not_marked_ready(tx, made):
    function = made.function(is_ready=False)
    stale = functions.latest_of(tx, function)
    functions.prepared(tx, stale)
    update(tx, function)
    assert not functions.prepared(tx, stale)
    assert functions.latest_of(tx, function).is_preparing


def test_a_dry_run_changes_nothing(tx, made):
    function = made.function()
    before = functions.latest_of(tx, function)
    written = update(tx, function, is_dry_run=True)
    assert written.latest.settings.timeout_s == 9
    assert functions.latest_of(tx, function) == before


def test_an_update_of_an_old_revision_is_refused(tx, made):
    function = made.function()
    with pytest.raises(errors.RevisionDiffers, match="Call the GetFunction/GetAlias API"):
        update(tx, function, revision_id="old")


def test_publishing_with_an_update_makes_a_version_that_is_pending_too(tx, made):
    function = made.function()
    written = update(tx, function, is_published=True)
    assert written.published is not None
    assert (written.published.version, written.published.state) == (1, "Pending")
    assert {row.version for row in functions.list_preparing(tx)} == {0, 1}


def test_old_code_is_kept_until_the_new_is_ready(tx, made):
    function = made.function(sha256="a" * 64)
    new = settings.Code("c" * 64, 1, 2)
    written = update(tx, function, change=lambda before: settings.replace(before, code=new))
    assert archives.list_used(tx) == {"a" * 64, "c" * 64}
    functions.prepared(tx, written.latest)
    assert archives.list_used(tx) == {"c" * 64}


def test_a_qualifier_finds_latest_a_version_or_an_alias(tx, made):
    function = made.function()
    made.version(function)
    aliases.create(tx, function, "live", version="1", description="", weights={})
    for qualifier, number in ((None, 0), ("$LATEST", 0), ("1", 1), ("live", 1)):
        found = functions.find(tx, FunctionName(function.scope, "f", qualifier))
        assert found.version.version == number
    for qualifier in ("2", "dead"):
        with pytest.raises(errors.FunctionNotFound, match=f"Function not found: {function.arn}:{qualifier}"):
            functions.find(tx, FunctionName(function.scope, "f", qualifier))


def test_deleting_a_function_leaves_nothing_of_it(tx, made):
    function = made.function()
    made.version(function)
    aliases.create(tx, function, "live", version="1", description="", weights={})
    permissions.add(tx, function, permissions.Grant("s", "lambda:InvokeFunction", "s3.amazonaws.com"), revision_id=None)
    event = AsyncEvent(function.scope, "id", "f", None, b"{}", "", "", "", 1.0, 1.0)
    async_events.insert_event(tx, event)
    gone = functions.delete(tx, function)
    assert [row.version for row in gone] == [0, 1]
    assert archives.list_used(tx) == set()
    assert policies.find_policy(tx, function.scope, "function:f") is None
    assert async_events.count_events(tx, function.scope) == 0
    assert rows.list_versions(tx, function) == []
    with pytest.raises(errors.FunctionNotFound):
        functions.delete(tx, function)


def test_a_version_number_is_never_given_again(tx, made):
    function = made.function()
    assert made.version(function).version == 1
    functions.delete(tx, function)
    assert made.version(made.function()).version == 2


def test_lists_go_by_name_and_by_version(tx, made):
    for name in ("b", "a"):
        made.version(made.function(name))
    scope = FunctionName(made.function("c").scope, "c").scope
    assert [row.name for row in functions.list_latest(tx, scope, start="", count_max=2)] == ["a", "b"]
    every = functions.list_all(tx, scope, start=("a", 1), count_max=9)
    assert [(row.name, row.version) for row in every] == [("a", 1), ("b", 0), ("b", 1), ("c", 0)]


def test_a_change_says_so_after_the_commit(tx, made):
    made.function()
    assert "lambda.changed/111111111111/us-east-1/f" in tx.topics
    assert functions.PREPARE_TOPIC in tx.topics
