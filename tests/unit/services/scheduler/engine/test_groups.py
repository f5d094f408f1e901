"""Groups: made, closed, listed, tagged."""

import pytest
from tests.unit.services.scheduler.engine.conftest import GROUP, NOW, SCOPE

from lambent.services.scheduler import errors
from lambent.services.scheduler.engine import groups
from lambent.services.scheduler.engine.identifiers import GroupName

OWN = GroupName(SCOPE, "g")


def test_a_group_is_made_once(tx):
    groups.create(tx, OWN, {"k": "v"}, NOW)
    found = groups.find(tx, OWN)
    assert (found.state, found.tags, found.created_at, found.modified_at) == ("ACTIVE", {"k": "v"}, NOW, NOW)
    with pytest.raises(errors.GroupExists):
        groups.create(tx, OWN, {}, NOW)


def test_one_that_is_closed_takes_nothing_any_more(tx):
    groups.create(tx, OWN, {}, NOW)
    groups.close(tx, OWN, NOW + 1)
    assert groups.find(tx, OWN).state == "DELETING"
    with pytest.raises(errors.GroupIsBeingDeleted):
        groups.find_open(tx, OWN)


def test_the_default_group_is_there_and_can_be_tagged(tx):
    assert groups.find(tx, GROUP).created_at is None
    for change in (lambda: groups.create(tx, GROUP, {}, NOW), lambda: groups.close(tx, GROUP, NOW)):
        with pytest.raises(errors.ValidationException):
            change()
    groups.tag(tx, GROUP, {"k": "v"}, (), NOW)
    assert groups.find(tx, GROUP).tags == {"k": "v"}


def test_there_are_at_most_500(tx):
    for number in range(groups.GROUPS_MAX):
        groups.create(tx, GroupName(SCOPE, f"g{number}"), {}, NOW)
    with pytest.raises(errors.QuotaExceeded):
        groups.create(tx, OWN, {}, NOW)


def test_a_page_has_one_more_where_there_is_a_next(tx):
    for name in ("a", "e", "f"):
        groups.create(tx, GroupName(SCOPE, name), {}, NOW)

    def page(**options):
        return [row.name.name for row in groups.page(tx, SCOPE, **{"prefix": "", "after": "", "count_max": 2, **options})]

    assert page() == ["a", "default", "e"]
    assert page(after="default") == ["e", "f"]
    assert page(prefix="d") == ["default"]


def test_tags_have_a_limit(tx):
    groups.create(tx, OWN, {}, NOW)
    with pytest.raises(errors.ValidationException):
        groups.tag(tx, OWN, {str(number): "v" for number in range(groups.TAGS_MAX + 1)}, (), NOW)
    with pytest.raises(errors.GroupNotFound):
        groups.tag(tx, GroupName(SCOPE, "none"), {}, (), NOW)
