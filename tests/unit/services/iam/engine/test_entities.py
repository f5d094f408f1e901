"""Users, roles and groups."""

import pytest
from msgspec.structs import replace

from lambent.services.iam.engine import entities
from lambent.services.iam.engine.entities import GROUP, ROLE, USER, Changes, Kind
from lambent.services.iam.errors import DeleteConflict, EntityAlreadyExists, InvalidInput, LimitExceeded, NoSuchEntity
from lambent.services.iam.tables.entities import Entity
from lambent.store.database import Transaction

ACCOUNT = "111122223333"
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
TRUST = '{"Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}}'
READ = '{"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}'


def make(tx: Transaction, kind: Kind, name: str = "ada") -> Entity:
    return entities.create(tx, kind, Entity(ACCOUNT, kind.name, "", name, "/team/", 1.0, trust_policy=TRUST))


@pytest.mark.parametrize(("kind", "prefix"), [(USER, "AIDA"), (ROLE, "AROA"), (GROUP, "AGPA")])
def test_a_new_entity_has_an_id_and_an_arn(tx: Transaction, kind: Kind, prefix: str):
    made = make(tx, kind)
    assert (made.id[:4], len(made.id)) == (prefix, 21)
    assert made.arn == f"arn:aws:iam::{ACCOUNT}:{kind.name}/team/ada"
    assert entities.require(tx, ACCOUNT, kind, "ada") == made


def test_names_are_unique_whatever_their_case(tx: Transaction):
    make(tx, USER, "Ada")
    with pytest.raises(EntityAlreadyExists, match=r"User with name ADA already exists\."):
        make(tx, USER, "ADA")
    with pytest.raises(NoSuchEntity, match=r"The user with name ada cannot be found\."):
        entities.require(tx, ACCOUNT, USER, "ada")


def test_a_renamed_user_keeps_what_hangs_on_it(tx: Transaction):
    made = make(tx, USER)
    entities.attach(tx, ACCOUNT, USER, "ada", BASIC)
    entities.update(tx, ACCOUNT, USER, "ada", Changes(name="grace"))
    assert entities.attached(tx, ACCOUNT, USER, "grace") == [BASIC]
    assert entities.require(tx, ACCOUNT, USER, "grace").id == made.id


def test_a_name_that_is_taken_cannot_be_taken_again(tx: Transaction):
    make(tx, USER, "ada")
    make(tx, USER, "grace")
    with pytest.raises(EntityAlreadyExists):
        entities.update(tx, ACCOUNT, USER, "ada", Changes(name="Grace"))
    assert entities.update(tx, ACCOUNT, USER, "ada", Changes(name="ADA")).name == "ADA"


def test_an_entity_with_policies_cannot_be_deleted(tx: Transaction):
    make(tx, ROLE)
    entities.attach(tx, ACCOUNT, ROLE, "ada", BASIC)
    with pytest.raises(DeleteConflict, match="must detach all policies first"):
        entities.delete(tx, ACCOUNT, ROLE, "ada")
    entities.detach(tx, ACCOUNT, ROLE, "ada", BASIC)
    entities.put_inline(tx, ACCOUNT, ROLE, "ada", "inline", READ)
    with pytest.raises(DeleteConflict, match="must delete policies first"):
        entities.delete(tx, ACCOUNT, ROLE, "ada")
    entities.delete_inline(tx, ACCOUNT, ROLE, "ada", "inline")
    entities.delete(tx, ACCOUNT, ROLE, "ada")
    with pytest.raises(NoSuchEntity):
        entities.require(tx, ACCOUNT, ROLE, "ada")


def test_a_member_of_a_group_cannot_be_deleted_nor_can_the_group(tx: Transaction):
    make(tx, USER)
    make(tx, GROUP, "staff")
    entities.add_to_group(tx, ACCOUNT, "staff", "ada")
    for kind, name in ((USER, "ada"), (GROUP, "staff")):
        with pytest.raises(DeleteConflict, match="must remove users from group first"):
            entities.delete(tx, ACCOUNT, kind, name)
    assert [one.name for one in entities.groups_of(tx, ACCOUNT, "ada")] == ["staff"]
    entities.remove_from_group(tx, ACCOUNT, "staff", "ada")
    assert entities.members(tx, ACCOUNT, "staff")[1] == []


def test_inline_policies_have_room_for_so_much(tx: Transaction):
    make(tx, USER)
    long = READ.replace('"*"', '"arn:aws:s3:::' + "x" * 1_900 + '"')
    entities.put_inline(tx, ACCOUNT, USER, "ada", "one", long)
    entities.put_inline(tx, ACCOUNT, USER, "ada", "one", long)
    with pytest.raises(LimitExceeded, match="Maximum policy size of 2048 bytes exceeded for user ada"):
        entities.put_inline(tx, ACCOUNT, USER, "ada", "two", READ.replace("GetObject", "G" * 200))


def test_an_inline_policy_that_is_not_there_is_told(tx: Transaction):
    make(tx, ROLE)
    for look in (entities.inline_document, entities.delete_inline):
        with pytest.raises(NoSuchEntity, match=r"The role policy with name x cannot be found\."):
            look(tx, ACCOUNT, ROLE, "ada", "x")


def test_only_policies_that_are_there_can_be_attached_and_detached(tx: Transaction):
    make(tx, ROLE)
    missing = f"arn:aws:iam::{ACCOUNT}:policy/missing"
    with pytest.raises(NoSuchEntity, match=f"Policy {missing} does not exist or is not attachable"):
        entities.attach(tx, ACCOUNT, ROLE, "ada", missing)
    with pytest.raises(NoSuchEntity, match=f"Policy {BASIC} was not found"):
        entities.detach(tx, ACCOUNT, ROLE, "ada", BASIC)


def test_tag_keys_are_equal_whatever_their_case():
    assert entities.merged_tags({"Team": "a", "x": "y"}, {"team": "b"}) == {"x": "y", "team": "b"}
    assert entities.remaining_tags({"Team": "a", "x": "y"}, ["TEAM"]) == {"x": "y"}
    with pytest.raises(InvalidInput, match="Duplicate tag keys found"):
        entities.checked_tags({"a": "", "A": ""})
    with pytest.raises(LimitExceeded):
        entities.checked_tags({str(number): "" for number in range(51)})


def test_a_trust_policy_has_room_for_so_much(tx: Transaction):
    make(tx, ROLE)
    long = TRUST.replace("{", '{"Id": "' + "x" * 2_100 + '", ', 1)
    with pytest.raises(LimitExceeded, match="Cannot exceed quota for ACLSizePerRole: 2048"):
        entities.set_trust_policy(tx, ACCOUNT, "ada", long)


def test_a_boundary_must_be_a_policy(tx: Transaction):
    new = Entity(ACCOUNT, "user", "", "ada", "/", 1.0, boundary_arn=f"arn:aws:iam::{ACCOUNT}:policy/missing")
    with pytest.raises(NoSuchEntity):
        entities.create(tx, USER, new)
    assert entities.create(tx, USER, replace(new, boundary_arn=BASIC)).boundary_arn == BASIC
    assert entities.update(tx, ACCOUNT, USER, "ada", Changes(boundary_arn="")).boundary_arn == ""


def test_pages_show_what_lies_below_a_path(tx: Transaction):
    make(tx, USER)
    assert [one.name for one in entities.page(tx, ACCOUNT, USER, "/team/")] == ["ada"]
    assert entities.page(tx, ACCOUNT, USER, "/other/") == []
