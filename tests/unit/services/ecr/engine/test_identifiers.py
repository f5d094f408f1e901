"""Names, digests, tags, hosts."""

import pytest

from lambent.core.context import Scope
from lambent.services.ecr.engine import identifiers
from lambent.services.ecr.engine.identifiers import RepositoryName

NAME = RepositoryName(Scope("123456789012", "eu-west-1"), "team/app")


def test_an_address_tells_account_and_region_as_aws_ones_do():
    uri = identifiers.uri_of(NAME, 4566)
    assert uri == "123456789012.dkr.ecr.eu-west-1.localhost:4566/team/app"
    assert identifiers.scope_of_host("123456789012.dkr.ecr.eu-west-1.localhost") == NAME.scope
    assert identifiers.scope_of_host("localhost") is None


def test_a_registry_may_stand_in_front_of_the_name():
    assert identifiers.split("123456789012.dkr.ecr.eu-west-1/team/app") == (NAME.scope, "team/app")
    assert identifiers.split("team/app") == (None, "team/app")


def test_an_arn_is_read_as_it_is_written():
    assert identifiers.parse_arn(NAME.arn) == NAME
    assert identifiers.parse_arn("arn:aws:s3:::bucket") is None


@pytest.mark.parametrize("text", ["a", "team/app", "a-b__c.d/e"])
def test_names_of_repositories_may_have_folders(text):
    assert identifiers.is_name(text)


@pytest.mark.parametrize("text", ["", "A", "a//b", "../a", "a/", "a" * 257])
def test_other_names_are_none(text):
    assert not identifiers.is_name(text)


def test_digests_and_tags_are_told_apart():
    digest = "sha256:" + "0" * 64
    assert identifiers.is_digest(digest)
    assert not identifiers.is_digest("latest")
    assert identifiers.is_tag("v1.2_3")
    assert not identifiers.is_tag(digest)
    assert identifiers.sha256_of(digest) == "0" * 64
