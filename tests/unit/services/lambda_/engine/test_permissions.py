"""Resource policies: who besides the account itself may use a function or a layer version."""

import json

import pytest

from lambent.core.context import Context
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import aliases, functions, permissions
from lambent.services.lambda_.engine.identifiers import FunctionName, LayerVersionName
from lambent.services.lambda_.engine.permissions import Grant

INVOKE = "lambda:InvokeFunction"


def grant(principal="s3.amazonaws.com", statement_id="s", **conditions):
    return Grant(statement_id, INVOKE, principal, **conditions)


def test_a_statement_is_written_as_aws_writes_it(tx, made):
    function = made.function()
    statement = permissions.add(
        tx, function, grant(source_arn="arn:aws:s3:::b", source_account="111111111111"), revision_id=None
    )
    assert list(statement.items()) == [
        ("Sid", "s"),
        ("Effect", "Allow"),
        ("Principal", {"Service": "s3.amazonaws.com"}),
        ("Action", INVOKE),
        ("Resource", function.arn),
        (
            "Condition",
            {"StringEquals": {"AWS:SourceAccount": "111111111111"}, "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::b"}},
        ),
    ]
    document = json.loads(permissions.document(permissions.find(tx, function)))
    assert document == {"Version": "2012-10-17", "Id": "default", "Statement": [statement]}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("*", "*"),
        ("222222222222", {"AWS": "arn:aws:iam::222222222222:root"}),
        ("arn:aws:iam::222222222222:user/u", {"AWS": "arn:aws:iam::222222222222:user/u"}),
    ],
)
def test_principals_are_told_in_full(tx, made, given, told):
    assert permissions.add(tx, made.function(), grant(given), revision_id=None)["Principal"] == told


def test_a_principal_must_be_one(tx, made):
    with pytest.raises(errors.BadPrincipal):
        permissions.add(tx, made.function(), grant("nobody"), revision_id=None)


def test_a_statement_id_is_taken_once(tx, made):
    function = made.function()
    permissions.add(tx, function, grant(), revision_id=None)
    with pytest.raises(errors.StatementExists, match=r"The statement id \(s\) provided already exists"):
        permissions.add(tx, function, grant(), revision_id=None)


def test_the_revision_of_the_function_changes_with_its_policy(tx, made):
    function = made.function()
    before = functions.latest_of(tx, function).revision_id
    permissions.add(tx, function, grant(), revision_id=before)
    after = functions.latest_of(tx, function).revision_id
    assert after != before
    assert permissions.find(tx, function).revision_id == after
    with pytest.raises(errors.RevisionDiffers, match="GetFunction/GetAlias"):
        permissions.remove(tx, function, "s", revision_id=before)
    permissions.remove(tx, function, "s", revision_id=after)


def test_latest_has_no_policy_of_its_own(tx, made):
    latest = FunctionName(made.function().scope, "f", "$LATEST")
    with pytest.raises(errors.PolicyOnLatest, match=r"adding policies for \$LATEST"):
        permissions.add(tx, latest, grant(), revision_id=None)


def test_versions_and_aliases_have_policies_of_their_own(tx, made):
    function = made.function()
    made.version(function)
    aliases.create(tx, function, "live", version="1", description="", weights={})
    for qualifier in ("1", "live"):
        qualified = FunctionName(function.scope, "f", qualifier)
        assert permissions.add(tx, qualified, grant(), revision_id=None)["Resource"] == f"{function.arn}:{qualifier}"
    with pytest.raises(errors.NoSuchResource):
        permissions.find(tx, function)


def test_what_is_not_there_is_told_in_the_words_of_each_operation(tx, made):
    scope = made.function().scope
    dead, missing, nothing = (FunctionName(scope, "f", "dead"), FunctionName(scope, "f", "42"), FunctionName(scope, "g"))
    with pytest.raises(errors.AliasArnNotFound, match=f"Cannot find alias arn: {dead.invoked_arn}"):
        permissions.add(tx, dead, grant(), revision_id=None)
    for function in (missing, nothing):
        with pytest.raises(errors.FunctionNotFound, match=f"Function not found: {function.invoked_arn}"):
            permissions.add(tx, function, grant(), revision_id=None)
    with pytest.raises(errors.FunctionNotFound):
        permissions.find(tx, nothing)
    with pytest.raises(errors.NoSuchResource):
        permissions.find(tx, missing)
    with pytest.raises(errors.PolicyOfNothing, match=f"No policy found for: {nothing.arn}"):
        permissions.remove(tx, nothing, "s", revision_id=None)
    with pytest.raises(errors.AliasArnNotFound):
        permissions.remove(tx, dead, "s", revision_id=None)


def test_removing_needs_the_statement(tx, made):
    function = made.function()
    with pytest.raises(errors.PolicyNotFound):
        permissions.remove(tx, function, "s", revision_id=None)
    permissions.add(tx, function, grant(), revision_id=None)
    with pytest.raises(errors.StatementNotFound, match="Statement other is not found in resource policy"):
        permissions.remove(tx, function, "other", revision_id=None)
    permissions.remove(tx, function, "s", revision_id=None)
    with pytest.raises(errors.NoSuchResource):
        permissions.find(tx, function)


def test_a_policy_has_at_most_20_kb(tx, made):
    function = made.function()
    for number in range(2):
        permissions.add(tx, function, grant(statement_id=f"s{number}", source_arn="x" * 9_000), revision_id=None)
    with pytest.raises(errors.PolicyTooLong, match=r"is bigger than the limit \(20480\)"):
        permissions.add(tx, function, grant(statement_id="s2", source_arn="x" * 3_000), revision_id=None)


def asked(account="222222222222", principal=""):
    return Context(account, "us-east-1", "request", principal or f"arn:aws:iam::{account}:root", "http://localhost:4566")


def check(tx, function, account="222222222222", action=INVOKE, principal=""):
    policy = permissions.text_of(tx, function.scope, permissions.function_resource(function))
    permissions.check_function_access(policy, function, asked(account, principal), action, now=0.0)


@pytest.mark.parametrize("path", ["", "team/"])
def test_who_is_granted_to_a_role_is_granted_to_its_sessions(tx, made, path):
    """A function of another account calls as a session of its role."""
    function = made.function()
    permissions.add(tx, function, grant(f"arn:aws:iam::222222222222:role/{path}worker"), revision_id=None)

    def call_as(session, account="222222222222"):
        check(tx, function, account, principal=f"arn:aws:sts::{account}:assumed-role/{session}")

    call_as("worker/f")
    for session, account in (("worker2/f", "222222222222"), ("other/worker", "222222222222"), ("worker/f", "333333333333")):
        with pytest.raises(errors.AccessDenied):
            call_as(session, account)


def test_another_account_is_let_in_by_name_only(tx, made):
    function = made.function()
    with pytest.raises(errors.AccessDenied, match=f"not authorized to perform: {INVOKE} on resource: {function.arn}"):
        check(tx, function)
    permissions.add(tx, function, grant("222222222222"), revision_id=None)
    check(tx, function)
    with pytest.raises(errors.AccessDenied):
        check(tx, function, account="333333333333")
    with pytest.raises(errors.AccessDenied):
        check(tx, function, action="lambda:DeleteFunction")


def test_a_condition_that_cannot_be_known_grants_nothing(tx, made):
    function = made.function()
    permissions.add(tx, function, grant("*", source_arn="arn:aws:s3:::b"), revision_id=None)
    with pytest.raises(errors.AccessDenied):
        check(tx, function)


def test_a_layer_version_is_shared_by_a_policy(tx, made):
    row = made.layer()
    name = LayerVersionName(row.layer, row.version)
    options = {"action": "lambda:GetLayerVersion", "organization_id": None, "revision_id": None}
    policy = permissions.add_to_layer(tx, name, statement_id="s", principal="*", **options)
    assert permissions.find_of_layer(tx, name) == policy
    permissions.check_layer_access(tx, name, asked(), now=0.0)
    permissions.remove_from_layer(tx, name, "s", revision_id=policy.revision_id)
    with pytest.raises(errors.PolicyNotFound):
        permissions.find_of_layer(tx, name)
    with pytest.raises(errors.AccessDenied):
        permissions.check_layer_access(tx, name, asked(), now=0.0)
    with pytest.raises(errors.LayerVersionNotFound):
        permissions.find_of_layer(tx, LayerVersionName(row.layer, 9))
