"""Groups: names, identifiers, pages, tags, retention."""

import pytest
from tests.unit.services.logs.conftest import SCOPE

from lambent.core.context import Scope
from lambent.services.logs import errors
from lambent.services.logs.engine import groups

HERE = Scope("111122223333", "eu-west-1")


async def page(world, **wanted):
    settings = {"prefix": "", "substrings": (), "class_": "", "after": "", "count_max": 50}
    return await world.store.read(groups.page, SCOPE, **(settings | wanted))


async def test_a_group_is_made_once(world):
    await world.group("g")
    with pytest.raises(errors.GroupAlreadyExists, match="The specified log group already exists"):
        await world.group("g")


async def test_pages_follow_one_another_without_gaps(world):
    names = [f"g{number:02}" for number in range(7)]
    for name in reversed(names):
        await world.group(name)
    seen, after = [], ""
    while True:
        found = await page(world, after=after, count_max=3)
        seen += [group.name for group in found.groups]
        if not found.is_truncated:
            break
        after = found.groups[-1].name
    assert seen == names


async def test_a_prefix_ends_where_other_names_begin(world):
    for name in ("a/1", "a/2", "b/1"):
        await world.group(name)
    assert [group.name for group in (await page(world, prefix="a/")).groups] == ["a/1", "a/2"]


async def test_substrings_are_searched_beyond_the_first_rows(world):
    for number in range(40):
        await world.group(f"g{number:02}")
    found = await page(world, substrings=("39",), count_max=1)
    assert [group.name for group in found.groups] == ["g39"]
    assert not found.is_truncated


async def test_an_anchored_substring_is_a_prefix(world):
    for name in ("op-1", "stop-1"):
        await world.group(name)
    assert [group.name for group in (await page(world, substrings=("^op",))).groups] == ["op-1"]
    assert len((await page(world, substrings=("op",))).groups) == 2


def test_an_identifier_is_a_name_or_an_arn():
    arn = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/f"
    assert groups.of_identifier("/aws/lambda/f", HERE) == "/aws/lambda/f"
    assert groups.of_identifier(arn, HERE) == "/aws/lambda/f"
    assert groups.of_identifier(f"{arn}:*", HERE) == "/aws/lambda/f"


@pytest.mark.parametrize("place", ["eu-west-2:111122223333", "eu-west-1:444455556666"])
def test_a_group_of_another_account_or_region_is_not_the_one_of_its_name_here(place):
    with pytest.raises(errors.NoSuchGroup):
        groups.of_arn(f"arn:aws:logs:{place}:log-group:g", HERE)


@pytest.mark.parametrize("arn", ["arn:aws:s3:::b", "arn:aws:logs:eu-west-1:1:destination:x", "arn:"])
def test_an_arn_of_something_else_is_refused(arn):
    with pytest.raises(errors.InvalidArn):
        groups.of_identifier(arn, HERE)


def test_operations_for_arns_take_no_names():
    with pytest.raises(errors.InvalidArn):
        groups.of_arn("g", HERE)


async def test_a_protected_group_is_not_deleted(world):
    await world.group("g")
    await world.store.write(groups.set_deletion_protection, SCOPE, "g", is_protected=True)
    with pytest.raises(errors.DeletionProtected):
        await world.store.write(groups.delete, SCOPE, "g")
    await world.store.write(groups.set_deletion_protection, SCOPE, "g", is_protected=False)
    await world.store.write(groups.delete, SCOPE, "g")


async def test_a_deleted_group_leaves_no_rows(world):
    await world.append("s", [(0, "a")])
    await world.store.write(groups.delete, SCOPE, "g")
    for table in ("log_groups", "log_streams", "log_batches"):
        assert await world.store.read(lambda tx, table=table: tx.one(f"SELECT COUNT(*) FROM {table}")) == (0,)


async def test_only_the_retentions_of_aws_are_taken(world):
    await world.group("g")
    for days in (1, 3653):
        await world.store.write(groups.set_retention, SCOPE, "g", days, topic="t")
    with pytest.raises(errors.InvalidRetention, match="Member must satisfy enum value set"):
        await world.store.write(groups.set_retention, SCOPE, "g", 2, topic="t")


async def test_tags_are_merged_and_removed(world):
    await world.group("g")
    await world.store.write(groups.add_tags, SCOPE, "g", {"a": "1", "b": "1"})
    await world.store.write(groups.add_tags, SCOPE, "g", {"b": "2"})
    await world.store.write(groups.remove_tags, SCOPE, "g", ["a", "none"])
    assert await world.store.read(groups.tags_of, SCOPE, "g") == {"b": "2"}


async def test_a_group_has_fifty_tags_at_most(world):
    await world.group("g")
    await world.store.write(groups.add_tags, SCOPE, "g", {f"k{number}": "" for number in range(50)})
    with pytest.raises(errors.TooManyTags):
        await world.store.write(groups.add_tags, SCOPE, "g", {"more": ""})


@pytest.mark.parametrize("tags", [{"aws:x": "1"}, {"": "1"}, {"k" * 129: "1"}, {"k": "v" * 257}, {"k!": "1"}])
def test_tags_that_aws_does_not_allow_are_refused(tags):
    with pytest.raises(errors.InvalidTag):
        groups.check_tags(tags)
