"""Repositories: one of each name, emptied before they go, tags that stay where they are."""

import pytest
from tests.unit.services.ecr.engine.conftest import NAME

from lambent.services.ecr import errors
from lambent.services.ecr.engine import images, repositories
from lambent.services.ecr.tables import layers
from lambent.services.ecr.tables.repositories import Exclusion, Settings


def test_a_name_is_of_one_repository(tx):
    with pytest.raises(errors.RepositoryAlreadyExists):
        repositories.create(tx, NAME, Settings(), 0.0)


def test_one_with_images_goes_only_by_force_and_takes_all_with_it(tx, pushed):
    images.put(tx, NAME, pushed("config"), "v1", 0.0, is_repeatable=False)
    with pytest.raises(errors.RepositoryNotEmpty):
        repositories.delete(tx, NAME, is_forced=False)
    repositories.delete(tx, NAME, is_forced=True)
    assert layers.blobs(tx) == set()
    with pytest.raises(errors.RepositoryNotFound):
        repositories.find(tx, NAME)


@pytest.mark.parametrize(
    ("mutability", "tag", "expected"),
    [
        ("MUTABLE", "v1", False),
        ("IMMUTABLE", "v1", True),
        ("IMMUTABLE_WITH_EXCLUSION", "latest", False),
        ("IMMUTABLE_WITH_EXCLUSION", "v1", True),
        ("MUTABLE_WITH_EXCLUSION", "latest", True),
        ("MUTABLE_WITH_EXCLUSION", "v1", False),
    ],
)
def test_exclusions_turn_mutability_around(mutability, tag, expected):
    exclusions = (Exclusion("lat*"),) if "EXCLUSION" in mutability else ()
    assert repositories.is_immutable(Settings(tag_mutability=mutability, exclusions=exclusions), tag) is expected


def test_tags_are_added_and_removed_and_limited(tx):
    assert repositories.tagged(Settings(tags={"a": "1", "b": "2"}), {"c": "3"}, ["a"]).tags == {"b": "2", "c": "3"}
    with pytest.raises(errors.TooManyTags):
        repositories.change(tx, NAME, lambda before: repositories.tagged(before, {str(n): "" for n in range(51)}, ()))


def test_a_policy_is_a_json_object():
    assert repositories.checked_document("{}", "PolicyText") == "{}"
    with pytest.raises(errors.InvalidParameter):
        repositories.checked_document("[", "PolicyText")


def test_what_is_no_repository_has_no_policy(tx):
    assert repositories.policy_of(tx, NAME) == ""
    repositories.delete(tx, NAME, is_forced=False)
    assert repositories.policy_of(tx, NAME) is None
