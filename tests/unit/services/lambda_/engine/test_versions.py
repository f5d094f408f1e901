"""Versions: numbered snapshots of $LATEST."""

import pytest

from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import aliases, functions, limits, versions
from lambent.services.lambda_.engine.identifiers import FunctionName


def publish(tx, function, description=None):
    return versions.publish_latest(tx, functions.latest_of(tx, function), description=description, now=9.0)


def test_publishing_without_a_change_gives_the_same_version(tx, made):
    function = made.function()
    first = publish(tx, function, "described")
    assert publish(tx, function) == first
    assert publish(tx, function, "otherwise") == first


def test_publishing_gives_latest_a_new_revision(tx, made):
    function = made.function()
    before = functions.latest_of(tx, function)
    publish(tx, function)
    after = functions.latest_of(tx, function)
    assert after.revision_id != before.revision_id
    assert after.environment_key == before.environment_key


def test_publishing_after_a_change_gives_the_next_number(tx, made):
    function = made.function()
    assert publish(tx, function).version == 1
    made.change(function)
    assert publish(tx, function).version == 2


def test_a_changed_description_of_latest_is_a_change(tx, made):
    function = made.function()
    publish(tx, function, "described")
    made.change(function, Description="now said of $LATEST")
    second = publish(tx, function)
    assert (second.version, second.settings.description) == (2, "now said of $LATEST")


def test_a_version_has_environments_of_its_own(tx, made):
    function = made.function()
    version = publish(tx, function)
    assert version.environment_key != functions.latest_of(tx, function).environment_key
    assert version.state == "Active"


def test_a_number_is_not_given_again_after_a_deletion(tx, made):
    function = made.function()
    publish(tx, function)
    versions.delete(tx, function, "1")
    assert publish(tx, function).version == 2


def test_latest_and_aliases_are_not_deleted_as_versions(tx, made):
    function = made.function()
    with pytest.raises(errors.LatestNotDeleted):
        versions.delete(tx, function, "$LATEST")
    with pytest.raises(errors.AliasNotDeleted):
        versions.delete(tx, function, "live")


def test_deleting_a_version_that_is_not_there_does_nothing(tx, made):
    assert versions.delete(tx, made.function(), "7") == []


def test_a_version_that_an_alias_needs_is_kept(tx, made):
    function = made.function()
    for _ in range(2):
        made.version(function)
    aliases.create(tx, function, "live", version="1", description="", weights={"2": 0.5})
    for number in ("1", "2"):
        with pytest.raises(errors.VersionInUse, match=r"the following aliases reference it: \[live\]"):
            versions.delete(tx, function, number)


def test_the_code_of_latest_may_be_demanded_by_digest(tx, made):
    latest = functions.latest_of(tx, made.function())
    versions.check_code_sha256(versions.code_sha256(latest.settings), latest)
    with pytest.raises(errors.CodeSha256Differs, match=r"CodeSHA256 \(x\) is different from current CodeSHA256 in \$LATEST"):
        versions.check_code_sha256("x", latest)


def test_versions_are_listed_with_latest_first(tx, made):
    function = made.function()
    for _ in range(3):
        made.version(function)
    assert [row.version for row in versions.list_versions(tx, function, start=0, count_max=3)] == [0, 1, 2]
    with pytest.raises(errors.FunctionNotFound):
        versions.list_versions(tx, FunctionName(function.scope, "g"), start=0, count_max=3)


def test_an_account_may_keep_75_gb_of_code(tx, made):
    function = made.function()
    versions.check_storage(tx, function.scope, limits.CODE_STORAGE_BYTES_MAX - 10)
    with pytest.raises(errors.CodeStorageExceeded):
        versions.check_storage(tx, function.scope, limits.CODE_STORAGE_BYTES_MAX - 9)
