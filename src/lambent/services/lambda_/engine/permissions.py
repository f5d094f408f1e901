"""Resource policies: who besides the account itself may use a function or a layer version.

https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
"""

import re
from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.core.context import Context, Scope
from lambent.lang.iam_policy import lets_in, statements
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine import checks, limits
from lambent.services.lambda_.engine.identifiers import LATEST, FunctionName, LayerVersionName, version_number
from lambent.services.lambda_.tables import aliases, functions, layers, policies
from lambent.services.lambda_.tables.policies import PolicyRow, Statement
from lambent.store.database import Transaction

_SERVICE = re.compile(r"[a-z0-9][a-z0-9.-]*\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal)")
GET_LAYER_VERSION = "lambda:GetLayerVersion"
_PRINCIPAL_ARN = re.compile(r"arn:aws[a-zA-Z-]*:(iam|sts)::\d{12}:.+")


class Grant(Struct, frozen=True):
    """What AddPermission asks for."""

    statement_id: str
    action: str
    principal: str
    source_arn: str | None = None
    source_account: str | None = None
    event_source_token: str | None = None
    principal_org_id: str | None = None
    function_url_auth_type: str | None = None
    is_via_function_url: bool | None = None


def function_resource(function: FunctionName) -> str:
    """The key of the policy of a function, or of the version or alias that its qualifier names."""
    return f"function:{function.name}" if function.qualifier is None else f"function:{function.name}:{function.qualifier}"


def layer_resource(name: LayerVersionName) -> str:
    return f"layer:{name.layer.name}:{name.version}"


def add(tx: Transaction, function: FunctionName, grant: Grant, *, revision_id: str | None) -> Statement:
    """Adds a statement to the policy. The function's revision changes with it, as on AWS."""
    if function.qualifier == LATEST:
        raise errors.PolicyOnLatest()
    current = _revision_of(tx, function)
    checks.check_revision(revision_id, current, operation="GetFunction/GetAlias")
    condition = _condition(grant)
    statement: dict[str, Any] = {
        "Sid": grant.statement_id,
        "Effect": "Allow",
        "Principal": _principal(grant.principal),
        "Action": grant.action,
        "Resource": function.invoked_arn,
    }
    if condition:
        statement["Condition"] = condition
    _add_statement(tx, function.scope, function_resource(function), statement)
    _renew_revision(tx, function)
    return statement


def find(tx: Transaction, function: FunctionName) -> PolicyRow:
    """The policy, with the revision of what it hangs on. Raises NoSuchResource where there is none."""
    if function.qualifier == LATEST:
        raise errors.PolicyOnLatest()
    if functions.find_function(tx, function) is None:
        raise errors.FunctionNotFound(arn=function.arn)
    row = policies.find_policy(tx, function.scope, function_resource(function))
    if row is None:
        raise errors.NoSuchResource()
    return replace(row, revision_id=_revision_of(tx, function))


def remove(tx: Transaction, function: FunctionName, statement_id: str, *, revision_id: str | None) -> None:
    """Raises StatementNotFound, and PolicyNotFound where there is no policy at all."""
    if function.qualifier == LATEST:
        raise errors.PolicyOnLatest()
    if functions.find_function(tx, function) is None:
        raise errors.PolicyOfNothing(arn=function.arn)
    current = _revision_of(tx, function)
    row = policies.find_policy(tx, function.scope, function_resource(function))
    if row is None:
        raise errors.PolicyNotFound()
    _check_has(row, statement_id)
    checks.check_revision(revision_id, current, operation="GetFunction/GetAlias")
    _remove_statement(tx, row, statement_id)
    _renew_revision(tx, function)


def add_to_layer(
    tx: Transaction,
    name: LayerVersionName,
    *,
    statement_id: str,
    action: str,
    principal: str,
    organization_id: str | None,
    revision_id: str | None,
) -> PolicyRow:
    """Returns the policy with the new statement last."""
    _check_layer(tx, name)
    before = policies.find_policy(tx, name.layer.scope, layer_resource(name))
    checks.check_revision(revision_id, before.revision_id if before else "", operation="GetLayerPolicy")
    statement: dict[str, Any] = {
        "Sid": statement_id,
        "Effect": "Allow",
        "Principal": _principal(principal),
        "Action": action,
        "Resource": name.arn,
    }
    if organization_id:
        statement["Condition"] = {"StringEquals": {"aws:PrincipalOrgID": organization_id}}
    return _add_statement(tx, name.layer.scope, layer_resource(name), statement)


def find_of_layer(tx: Transaction, name: LayerVersionName) -> PolicyRow:
    _check_layer(tx, name)
    row = policies.find_policy(tx, name.layer.scope, layer_resource(name))
    if row is None:
        raise errors.PolicyNotFound()
    return row


def remove_from_layer(tx: Transaction, name: LayerVersionName, statement_id: str, *, revision_id: str | None) -> None:
    row = find_of_layer(tx, name)
    _check_has(row, statement_id)
    checks.check_revision(revision_id, row.revision_id, operation="GetLayerPolicy")
    _remove_statement(tx, row, statement_id)


def document(row: PolicyRow) -> str:
    """The policy as AWS tells it: JSON without blanks."""
    return statements.text_of(_document(row.statements))


def _document(found: Sequence[Statement]) -> statements.Document:
    return {"Version": "2012-10-17", "Id": "default", "Statement": list(found)}


def text_of(tx: Transaction, scope: Scope, resource: str) -> str:
    """The policy of a function or a layer version as AWS tells it, "" where there is none."""
    row = policies.find_policy(tx, scope, resource)
    return document(row) if row is not None else ""


def check_function_access(policy: str, function: FunctionName, context: Context, action: str, now: Instant) -> None:
    """Raises AccessDenied unless the function's policy lets who is of another account do ``action``."""
    if not lets_in(policy, context, action, function.invoked_arn, now):
        raise errors.AccessDenied(principal=context.principal_arn, action=action, arn=function.invoked_arn)


def check_layer_access(tx: Transaction, name: LayerVersionName, context: Context, now: Instant) -> None:
    """Raises AccessDenied unless the layer version's policy shares it with another account."""
    policy = text_of(tx, name.layer.scope, layer_resource(name))
    if not lets_in(policy, context, GET_LAYER_VERSION, name.arn, now):
        raise errors.AccessDenied(principal=context.principal_arn, action=GET_LAYER_VERSION, arn=name.arn)


def _principal(given: str) -> str | dict[str, str]:
    if given == "*":
        return "*"
    if statements.ACCOUNT.fullmatch(given):
        return {"AWS": statements.root_of(given)}
    if _PRINCIPAL_ARN.fullmatch(given):
        return {"AWS": given}
    if _SERVICE.fullmatch(given):
        return {"Service": given}
    raise errors.BadPrincipal()


def _condition(grant: Grant) -> dict[str, dict[str, str]]:
    equals = {
        "lambda:FunctionUrlAuthType": grant.function_url_auth_type,
        "aws:PrincipalOrgID": grant.principal_org_id,
        "AWS:SourceAccount": grant.source_account,
        "lambda:EventSourceToken": grant.event_source_token,
    }
    condition: dict[str, dict[str, str]] = {}
    given = {key: value for key, value in equals.items() if value is not None}
    if given:
        condition["StringEquals"] = given
    if grant.source_arn is not None:
        condition["ArnLike"] = {"AWS:SourceArn": grant.source_arn}
    if grant.is_via_function_url is not None:
        condition["Bool"] = {"lambda:InvokedViaFunctionUrl": str(grant.is_via_function_url).lower()}
    return condition


def _add_statement(tx: Transaction, scope: Scope, resource: str, statement: Statement) -> PolicyRow:
    row = policies.find_policy(tx, scope, resource)
    before = _document(row.statements if row is not None else ())
    if statements.has(before, statement["Sid"]):
        raise errors.StatementExists(statement_id=statement["Sid"])
    after = PolicyRow(scope, resource, statements.with_statement(before, statement)["Statement"], ids.uuid4())
    size = len(document(after).encode())
    if size > limits.POLICY_BYTES_MAX:
        raise errors.PolicyTooLong(size=size, limit=limits.POLICY_BYTES_MAX)
    policies.put_policy(tx, after)
    return after


def _remove_statement(tx: Transaction, row: PolicyRow, statement_id: str) -> None:
    left = statements.without(_document(row.statements), statement_id)["Statement"]
    if left:
        policies.put_policy(tx, replace(row, statements=left, revision_id=ids.uuid4()))
    else:
        policies.delete_policy(tx, row.scope, row.resource)


def _check_has(row: PolicyRow, statement_id: str) -> None:
    if not statements.has(_document(row.statements), statement_id):
        raise errors.StatementNotFound(statement_id=statement_id)


def _check_layer(tx: Transaction, name: LayerVersionName) -> None:
    if name.version < 1:
        raise errors.LayerVersionBelowOne()
    if layers.find_layer_version(tx, name) is None:
        raise errors.LayerVersionNotFound(arn=name.arn)


def _revision_of(tx: Transaction, function: FunctionName) -> str:
    """The revision of the version or alias that the policy hangs on. Raises FunctionNotFound or AliasArnNotFound."""
    qualifier = function.qualifier or LATEST
    number = version_number(qualifier)
    if number is None:
        if functions.find_function(tx, function) is None or "$" in qualifier:
            raise errors.FunctionNotFound(arn=function.invoked_arn)
        alias = aliases.find_alias(tx, function, qualifier)
        if alias is None:
            raise errors.AliasArnNotFound(arn=function.invoked_arn)
        return alias.revision_id
    version = functions.find_version(tx, function, number)
    if version is None:
        raise errors.FunctionNotFound(arn=function.invoked_arn)
    return version.revision_id


def _renew_revision(tx: Transaction, function: FunctionName) -> None:
    number = version_number(function.qualifier or LATEST)
    if number is None:
        alias = aliases.find_alias(tx, function, function.qualifier or "")
        assert alias is not None, "the alias was there a moment ago"
        aliases.put_alias(tx, replace(alias, revision_id=ids.uuid4()))
    else:
        version = functions.find_version(tx, function, number)
        assert version is not None, "the version was there a moment ago"
        functions.put_version(tx, replace(version, revision_id=ids.uuid4()))
