"""Domain names: one in all accounts, kept in lower case; which stages stand below them."""

import pytest
from tests.unit.services.apigateway.conftest import SCOPE, put_stage

from lambent.core.context import Scope
from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.v2 import domains
from lambent.services.apigateway.engine.v2.resources import DomainName
from lambent.services.apigateway.tables.v2.published import mappings

OTHER = Scope("999999999999", "us-east-1")


def put(tx, name: str = "example.com", **tags: str) -> None:
    domains.create(tx, DomainName(SCOPE, name, configurations=(domains.completed({}, "us-east-1"),)), tags)


def mapped(tx, api, key: str = "", stage: str = "prod") -> str:
    return domains.create_mapping(tx, SCOPE, "example.com", key=key, api_id=api.api_id, stage=stage).mapping_id


def test_a_name_is_found_by_its_own_account_in_whatever_case(tx):
    put(tx, of="mine")
    assert domains.with_tags(tx, SCOPE, "Example.COM")[1] == {"of": "mine"}
    for scope, name in ((OTHER, "example.com"), (SCOPE, "other.com")):
        with pytest.raises(errors.NotFound, match="Invalid domain name identifier specified"):
            domains.find(tx, scope, name)


def test_a_name_is_taken_in_all_accounts(tx):
    put(tx)
    with pytest.raises(errors.Conflict, match="The domain name you provided already exists"):
        domains.create(tx, DomainName(OTHER, "example.com"), {})


@pytest.mark.parametrize("name", ["localhost", "a b.com", "-a.com", "a..com", "*.com.*"])
def test_some_names_are_none(tx, name):
    with pytest.raises(errors.BadRequest, match="Invalid domain name"):
        put(tx, name)


def test_a_configuration_keeps_its_target(tx):
    put(tx)
    before = domains.find(tx, SCOPE, "example.com").configurations[0]
    assert before["ApiGatewayDomainName"].endswith(".execute-api.us-east-1.amazonaws.com")
    changed = domains.update(tx, SCOPE, "example.com", {"configurations": ({"SecurityPolicy": "TLS_1_0"},)})
    assert changed.configurations == ({**before, "SecurityPolicy": "TLS_1_0"},)


def test_the_longest_key_comes_first(tx, api):
    put(tx)
    put_stage(tx, api)
    for key in ("", "a", "a/b/c", "a/b"):
        mapped(tx, api, key)
    assert [mapping.mapping_key for mapping in mappings(tx, "example.com")] == ["a/b/c", "a/b", "a", ""]


@pytest.mark.parametrize("key", ["/a", "a//b", "a/", "a b"])
def test_some_keys_are_none(tx, api, key):
    put(tx)
    put_stage(tx, api)
    with pytest.raises(errors.BadRequest, match="API mapping key should not start with a '/'"):
        mapped(tx, api, key)


def test_a_key_is_of_one_mapping_to_a_stage_that_is_there(tx, api):
    put(tx)
    with pytest.raises(errors.BadRequest, match="Invalid stage identifier specified"):
        mapped(tx, api)
    put_stage(tx, api)
    first, second = mapped(tx, api, "a"), mapped(tx, api, "b")
    for change in (
        lambda: mapped(tx, api, "a"),
        lambda: domains.update_mapping(tx, SCOPE, "example.com", second, {"mapping_key": "a"}),
    ):
        with pytest.raises(errors.Conflict, match="ApiMapping key already exists for this domain name"):
            change()
    assert domains.update_mapping(tx, SCOPE, "example.com", first, {"mapping_key": "a"}).mapping_id == first
    with pytest.raises(errors.BadRequest, match="Invalid API identifier specified"):
        domains.update_mapping(tx, SCOPE, "example.com", first, {"api_id": "none"})


def test_mappings_go_with_their_name(tx, api):
    put(tx)
    put_stage(tx, api)
    gone, left = mapped(tx, api, "a"), mapped(tx, api, "b")
    domains.delete_mapping(tx, SCOPE, "example.com", gone)
    assert [mapping.mapping_id for mapping in domains.mappings(tx, SCOPE, "example.com")] == [left]
    with pytest.raises(errors.NotFound, match="Invalid api mapping identifier"):
        domains.find_mapping(tx, SCOPE, "example.com", gone)
    domains.delete(tx, SCOPE, "example.com")
    assert mappings(tx, "example.com") == []
    assert domains.page(tx, SCOPE, after="", count_max=10) == []


def test_an_account_has_so_many(tx, monkeypatch):
    monkeypatch.setattr(domains, "DOMAIN_NAMES_MAX", 1)
    put(tx)
    with pytest.raises(errors.AccountLimitReached):
        put(tx, "other.com")
