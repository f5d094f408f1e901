"""What an entity holds of policies."""

import json

import pytest
from msgspec.structs import replace

from lambent.lang.iam_policy import Kind
from lambent.services.iam.engine import entities, holdings, policies
from lambent.services.iam.engine.entities import GROUP, ROLE, USER, Changes
from lambent.services.iam.errors import InvalidInput, MalformedPolicyDocument, NoSuchEntity
from lambent.services.iam.tables import policies as policy_rows
from lambent.services.iam.tables.entities import Entity
from lambent.store.database import Transaction

ACCOUNT = "111122223333"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
TRUST = '{"Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}}'
READ = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}'
WRITE = READ.replace("Get", "Put")

ADA = Entity(ACCOUNT, "user", "", "ada", "/team/", 1.0, tags={"Team": "blue"})


def ids_of(tx: Transaction, arn: str) -> list[str]:
    return [source.id for source in holdings.find(tx, ACCOUNT, arn).sources]


def test_a_user_holds_its_own_policies_and_those_of_its_groups(tx: Transaction):
    user = entities.create(tx, USER, ADA)
    entities.create(tx, GROUP, Entity(ACCOUNT, "group", "", "Readers", "/", 1.0))
    entities.put_inline(tx, ACCOUNT, USER, "ada", "write", WRITE)
    entities.put_inline(tx, ACCOUNT, GROUP, "Readers", "read", READ)
    entities.attach(tx, ACCOUNT, GROUP, "Readers", ADMINISTRATOR)
    assert ids_of(tx, user.arn) == ["user_ada_write"]
    entities.add_to_group(tx, ACCOUNT, "Readers", "ada")
    assert ids_of(tx, user.arn) == ["user_ada_write", "group_Readers_read", "AdministratorAccess"]
    assert ids_of(tx, f"arn:aws:iam::{ACCOUNT}:group/Readers") == ["group_Readers_read", "AdministratorAccess"]


def test_who_it_is_is_told_beside_them(tx: Transaction):
    user = entities.create(tx, USER, ADA)
    found = holdings.find(tx, ACCOUNT, user.arn)
    assert (found.arn, found.entity_id, found.tags) == (user.arn, user.id, {"Team": "blue"})


def test_a_boundary_is_held_apart(tx: Transaction):
    role = entities.create(tx, ROLE, Entity(ACCOUNT, "role", "", "worker", "/", 1.0, trust_policy=TRUST))
    entities.update(tx, ACCOUNT, ROLE, "worker", Changes(boundary_arn=ADMINISTRATOR))
    found = holdings.find(tx, ACCOUNT, role.arn)
    assert found.identity == ()
    assert [(source.kind, source.id) for source in found.sources] == [(Kind.BOUNDARY, "AdministratorAccess")]


def test_of_a_managed_policy_the_default_version_counts(tx: Transaction):
    role = entities.create(tx, ROLE, Entity(ACCOUNT, "role", "", "worker", "/", 1.0, trust_policy=TRUST))
    made = policies.create(tx, ACCOUNT, "p", READ, path="/", description="", tags={}, now=1.0)
    entities.attach(tx, ACCOUNT, ROLE, "worker", made.arn)
    policies.create_version(tx, ACCOUNT, made.arn, WRITE, is_default=False, now=2.0)
    assert holdings.find(tx, ACCOUNT, role.arn).sources[0].policy.text == READ
    policies.set_default(tx, ACCOUNT, made.arn, "v2", 3.0)
    assert holdings.find(tx, ACCOUNT, role.arn).sources[0].policy.text == WRITE


@pytest.mark.parametrize("path", ["role/nobody", "role/other/worker", "user/worker"])
def test_whom_nobody_made_holds_nothing(tx: Transaction, path: str):
    entities.create(tx, ROLE, Entity(ACCOUNT, "role", "", "worker", "/", 1.0, trust_policy=TRUST))
    with pytest.raises(NoSuchEntity):
        holdings.find(tx, ACCOUNT, f"arn:aws:iam::{ACCOUNT}:{path}")


@pytest.mark.parametrize(
    "arn", ["worker", f"arn:aws:iam::{ACCOUNT}:root", f"arn:aws:iam::{ACCOUNT}:policy/p", "arn:aws:sts::1:assumed-role/a/b"]
)
def test_what_names_no_entity_is_refused(tx: Transaction, arn: str):
    with pytest.raises(InvalidInput, match="does not clearly define entity type and name"):
        holdings.find(tx, ACCOUNT, arn)


def test_a_document_kept_before_it_was_checked_is_an_answer_and_no_defect(tx: Transaction):
    user = entities.create(tx, USER, replace(ADA, path="/"))
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEqual": {"k": "v"}}}
    policy_rows.put_inline(tx, user, "old", json.dumps({"Statement": statement}))
    with pytest.raises(MalformedPolicyDocument, match="Invalid Condition type : StringEqual"):
        holdings.find(tx, ACCOUNT, user.arn)
