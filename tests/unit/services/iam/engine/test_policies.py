"""Managed policies and their versions."""

import pytest

from lambent.services.iam.engine import entities, policies
from lambent.services.iam.engine.entities import USER
from lambent.services.iam.errors import AccessDenied, DeleteConflict, EntityAlreadyExists, LimitExceeded, NoSuchEntity
from lambent.services.iam.tables.entities import Entity
from lambent.services.iam.tables.policies import Policy
from lambent.store.database import Transaction

ACCOUNT = "111122223333"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
READ = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}'


@pytest.fixture
def made(tx: Transaction) -> Policy:
    return policies.create(tx, ACCOUNT, "Read", READ, path="/team/", description="reads", tags={"a": "b"}, now=1.0)


def test_a_new_policy_is_found_by_its_arn(tx: Transaction, made: Policy):
    assert made.arn == f"arn:aws:iam::{ACCOUNT}:policy/team/Read"
    assert policies.require(tx, ACCOUNT, made.arn) == made
    assert policies.version(tx, ACCOUNT, made.arn, "v1")[1].document == READ


@pytest.mark.usefixtures("made")
def test_names_of_policies_are_unique_whatever_path_and_case(tx: Transaction):
    words = r"A policy called READ already exists\. Duplicate names are not allowed\."
    with pytest.raises(EntityAlreadyExists, match=words):
        policies.create(tx, ACCOUNT, "READ", READ, path="/", description="", tags={}, now=1.0)


def test_a_policy_has_at_most_five_versions(tx: Transaction, made: Policy):
    for _ in range(4):
        policies.create_version(tx, ACCOUNT, made.arn, READ, is_default=False, now=2.0)
    with pytest.raises(LimitExceeded, match="A managed policy can have up to 5 versions"):
        policies.create_version(tx, ACCOUNT, made.arn, READ, is_default=True, now=3.0)


def test_version_numbers_are_not_used_again(tx: Transaction, made: Policy):
    policies.create_version(tx, ACCOUNT, made.arn, READ, is_default=False, now=2.0)
    policies.delete_version(tx, ACCOUNT, made.arn, "v2")
    _, version = policies.create_version(tx, ACCOUNT, made.arn, READ, is_default=True, now=3.0)
    assert version.version == 3
    assert policies.require(tx, ACCOUNT, made.arn).default_version == 3


def test_the_default_version_cannot_be_deleted(tx: Transaction, made: Policy):
    with pytest.raises(DeleteConflict, match=r"Cannot delete the default version of a policy\."):
        policies.delete_version(tx, ACCOUNT, made.arn, "v1")


def test_a_policy_in_use_or_with_versions_cannot_be_deleted(tx: Transaction, made: Policy):
    entities.create(tx, USER, Entity(ACCOUNT, "user", "", "ada", "/", 1.0))
    entities.attach(tx, ACCOUNT, USER, "ada", made.arn)
    with pytest.raises(DeleteConflict, match=r"Cannot delete a policy attached to entities\."):
        policies.delete(tx, ACCOUNT, made.arn)
    assert [one.name for one in policies.holders(tx, ACCOUNT, made.arn)] == ["ada"]
    entities.detach(tx, ACCOUNT, USER, "ada", made.arn)
    policies.create_version(tx, ACCOUNT, made.arn, READ, is_default=True, now=2.0)
    with pytest.raises(DeleteConflict, match="This policy has more than one version"):
        policies.delete(tx, ACCOUNT, made.arn)
    policies.delete_version(tx, ACCOUNT, made.arn, "v1")
    policies.delete(tx, ACCOUNT, made.arn)
    with pytest.raises(NoSuchEntity, match=f"Policy {made.arn} was not found"):
        policies.require(tx, ACCOUNT, made.arn)


def test_a_policy_has_room_for_so_much(tx: Transaction):
    long = READ.replace('"*"', '"arn:aws:s3:::' + "x" * 6_200 + '"')
    with pytest.raises(LimitExceeded, match="Cannot exceed quota for PolicySize: 6144"):
        policies.create(tx, ACCOUNT, "Long", long, path="/", description="", tags={}, now=1.0)


def test_what_aws_manages_is_there_and_stays_as_it_is(tx: Transaction):
    assert policies.usage(tx, ACCOUNT, ADMINISTRATOR).attachments == 0
    assert policies.version(tx, ACCOUNT, ADMINISTRATOR, "v1")[1].version == 1
    with pytest.raises(AccessDenied):
        policies.delete(tx, ACCOUNT, ADMINISTRATOR)


def test_lists_are_of_ones_own_of_aws_or_of_those_in_use(tx: Transaction, made: Policy):
    own = policies.page(tx, ACCOUNT, scope="Local", path_prefix="/", only_attached=False)
    assert [one.policy for one in own] == [made]
    of_aws = policies.page(tx, ACCOUNT, scope="AWS", path_prefix="/service-role/", only_attached=False)
    assert "AWSLambdaBasicExecutionRole" in {one.policy.name for one in of_aws}
    assert policies.page(tx, ACCOUNT, scope="All", path_prefix="/", only_attached=True) == []


def test_tags_of_a_policy_can_be_changed(tx: Transaction, made: Policy):
    policies.tag(tx, ACCOUNT, made.arn, {"c": "d"})
    policies.untag(tx, ACCOUNT, made.arn, ["a"])
    assert policies.require(tx, ACCOUNT, made.arn).tags == {"c": "d"}


def test_another_version_can_become_the_default(tx: Transaction, made: Policy):
    policies.create_version(tx, ACCOUNT, made.arn, READ, is_default=True, now=2.0)
    policies.set_default(tx, ACCOUNT, made.arn, "v1", 3.0)
    assert policies.require(tx, ACCOUNT, made.arn).default_version == 1
    with pytest.raises(NoSuchEntity):
        policies.set_default(tx, ACCOUNT, made.arn, "v9", 3.0)
