"""What a caller must be allowed for an operation: pairs of an action and a resource, read off the parameters. Pure.

Where a service reads names in a way of its own, its own reader is asked: what is judged must be what is then done.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from msgspec import Struct, structs

from lambent.core.arn import Arn
from lambent.core.context import Context, Scope
from lambent.core.errors import ServiceError
from lambent.core.ports import Parameters
from lambent.gateway import actions
from lambent.services.dynamodb import partiql
from lambent.services.dynamodb.engine import iterators as stream_iterators
from lambent.services.dynamodb.partiql import statements as partiql_statements
from lambent.services.events.engine import identifiers as event_names
from lambent.services.kinesis.engine import iterators as kinesis_iterators
from lambent.services.kinesis.engine.stream import arn_of as kinesis_arn
from lambent.services.lambda_.engine import identifiers as lambda_names
from lambent.services.lambda_.engine import image_uris
from lambent.services.lambda_.engine.durable import names as durable_names
from lambent.services.logs.engine import groups as log_groups
from lambent.services.s3.operations import requests as s3_requests
from lambent.services.scheduler.engine import identifiers as schedule_names
from lambent.services.sqs.engine import addresses as queue_addresses
from lambent.services.sqs.engine import moves as queue_moves
from lambent.wire import models

EVERYTHING = "*"


class Need(Struct, frozen=True):
    """``keys`` are context keys that only this operation has. ``is_by_name``: iam knows the path of what is named."""

    action: str  # "sqs:SendMessage"
    resource: str
    keys: Mapping[str, str | Sequence[str]] = {}
    is_by_name: bool = False


def needs_of(context: Context, service: str, operation: str, parameters: Parameters) -> list[Need]:
    """All that must be allowed. Empty for what everybody may do."""
    if (service, operation) in actions.FREE:
        return []
    of_service = _SERVICES.get(service, _plain)
    keys = _tag_keys(parameters)
    return [
        Need(need.action, need.resource, {**keys, **need.keys}, need.is_by_name)
        for need in of_service(context, service, operation, parameters)
    ]


def action_of(service: str, operation: str) -> str:
    prefix = actions.PREFIXES.get(service, service)
    return f"{prefix}:{actions.ACTIONS.get((service, operation), operation)}"


def _plain(context: Context, service: str, operation: str, parameters: Parameters) -> Iterator[Need]:
    yield Need(action_of(service, operation), _by_rule(context, service, operation, parameters))


def _by_rule(context: Context, service: str, operation: str, parameters: Parameters) -> str:
    if (service, operation) in actions.UNBOUND:
        return EVERYTHING
    for wanted, template in actions.RULES.get(service, ()):
        if all(parameters.get(name) for name in wanted):
            value = str(parameters[wanted[0]])
            return value if value.startswith("arn:") else _filled(template, context, parameters)
    return EVERYTHING


def _filled(template: str, context: Context, parameters: Parameters) -> str:
    known = {name: value for name, value in parameters.items() if isinstance(value, str | int)}
    defaults = {"region": context.region, "account": context.account, "Path": "/"}
    return template.format_map(defaultdict(str, defaults | known | {"region": context.region, "account": context.account}))


def _tag_keys(parameters: Parameters) -> dict[str, str | Sequence[str]]:
    """aws:RequestTag/… and aws:TagKeys of the tags that a request brings or takes away."""
    given = parameters.get("Tags") or parameters.get("tags") or {}
    if isinstance(given, Mapping):
        tags = {str(key): str(value) for key, value in given.items()}
    elif isinstance(given, list):
        tags = {str(tag.get("Key")): str(tag.get("Value") or "") for tag in given if isinstance(tag, Mapping)}
    else:
        tags = {}
    names = [*tags, *map(str, parameters.get("TagKeys") or parameters.get("tagKeys") or ())]
    keys: dict[str, str | Sequence[str]] = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    return keys | ({"aws:TagKeys": names} if names else {})


# ---- service by service ----------------------------------------------------------------------------------------------


def _iam(context: Context, service: str, operation: str, parameters: Parameters) -> Iterator[Need]:
    resource = _by_rule(context, service, operation, parameters)
    if resource == EVERYTHING and (service, operation) not in actions.UNBOUND:
        resource = context.principal_arn  # a user that asks of itself leaves its name out
    action = action_of(service, operation)
    is_new = operation.startswith("Create") and operation != "CreateAccessKey"
    keys = {"iam:PermissionsBoundary": parameters["PermissionsBoundary"]} if parameters.get("PermissionsBoundary") else {}
    if parameters.get("PolicyArn"):
        keys["iam:PolicyARN"] = parameters["PolicyArn"]
    yield Need(action, resource, keys, is_by_name=not is_new)
    for kind in ("User", "Group"):
        name = parameters.get(f"New{kind}Name") or parameters.get(f"{kind}Name")
        if parameters.get(f"New{kind}Name") or (operation == f"Update{kind}" and parameters.get("NewPath")):
            path = parameters.get("NewPath") or "/"
            yield Need(action, f"arn:aws:iam::{context.account}:{kind.lower()}{path}{name}", keys)


def _kinesis(context: Context, service: str, operation: str, parameters: Parameters) -> Iterator[Need]:
    """Iterators and tokens name their stream, and what else a request says of it does not count."""
    resource = _by_rule(context, service, operation, parameters)
    named: kinesis_iterators.Iterator | kinesis_iterators.Token | None = None
    if operation == "GetRecords":
        named = kinesis_iterators.iterator_in(str(parameters["ShardIterator"]))
        resource = EVERYTHING  # of what is no iterator: the operation will refuse it
    elif operation == "ListShards" and parameters.get("NextToken"):
        named = kinesis_iterators.token_in(str(parameters["NextToken"]))
        resource = EVERYTHING
    if named is not None:
        resource = kinesis_arn(named.account, named.region, named.stream)
    yield Need(action_of(service, operation), resource)
    if operation == "CreateStream" and parameters.get("Tags"):
        yield Need("kinesis:AddTagsToStream", resource)


def _lambda(context: Context, service: str, operation: str, parameters: Parameters) -> Iterator[Need]:
    action, name = action_of(service, operation), parameters.get("FunctionName")
    keys: dict[str, str | Sequence[str]] = {}
    layers = parameters.get("Layers")
    if layers:
        keys["lambda:Layer"] = [str(layer) for layer in layers]
    if operation == "AddPermission":
        keys["lambda:Principal"] = str(parameters.get("Principal") or "")
    if parameters.get("FunctionUrlAuthType") or (parameters.get("AuthType") and operation.endswith("FunctionUrlConfig")):
        keys["lambda:FunctionUrlAuthType"] = str(parameters.get("FunctionUrlAuthType") or parameters["AuthType"])
    if name and not parameters.get("UUID") and (service, operation) not in actions.UNBOUND:
        yield Need(action, _function_arn(context, name, parameters.get("Qualifier")), keys)
    else:
        if name:
            keys["lambda:FunctionArn"] = _function_arn(context, name, None)
        yield Need(action, _lambda_resource(context, operation, parameters), keys)
    if parameters.get("Role"):
        yield Need("iam:PassRole", parameters["Role"], {"iam:PassedToService": "lambda.amazonaws.com"})
    code = parameters.get("Code") or parameters.get("Content") or parameters
    if code.get("S3Bucket"):
        yield _s3_read(code["S3Bucket"], code.get("S3Key") or "", code.get("S3ObjectVersion"))
    image = image_uris.parse(code["ImageUri"], Scope(context.account, context.region)) if code.get("ImageUri") else None
    if isinstance(image, image_uris.RegistryImage):
        repository = f"arn:aws:ecr:{image.scope.region}:{image.scope.account}:repository/{image.repository}"
        yield Need("ecr:BatchGetImage", repository)
        yield Need("ecr:GetDownloadUrlForLayer", repository)


def _lambda_resource(context: Context, operation: str, parameters: Parameters) -> str:
    here = Scope(context.account, context.region)
    if ("lambda", operation) not in actions.UNBOUND and parameters.get("LayerName"):
        layer = lambda_names.parse_layer(parameters["LayerName"], here)
        version = parameters.get("VersionNumber")
        return layer.arn if version is None else layer.version_arn(version)
    if operation == "GetLayerVersionByArn":
        found = lambda_names.parse_layer_version(parameters["Arn"])
        return found.arn if found is not None else EVERYTHING
    if parameters.get("CallbackId"):
        callback = durable_names.parse_callback(parameters["CallbackId"])
        return EVERYTHING if callback is None else callback.execution.text
    resource = str(parameters.get("Resource") or "")
    if ":function:" in resource:
        return _function_arn(context, resource, None)
    return _by_rule(context, "lambda", operation, parameters)


def _function_arn(context: Context, name: str, qualifier: str | None) -> str:
    """Raises what is wrong with the name."""
    return lambda_names.parse_function(name, qualifier, Scope(context.account, context.region)).invoked_arn


def _logs(context: Context, service: str, operation: str, parameters: Parameters) -> Iterator[Need]:
    """A group is judged as the stream of no name in it: so AWS words it, and ``log-group:name:*`` speaks of the group too."""
    action = action_of(service, operation)
    if (service, operation) in actions.UNBOUND:
        yield Need(action, EVERYTHING)
        return
    named = (parameters.get(name) for name in ("logGroupName", "logGroupIdentifier", "resourceArn"))
    scope = Scope(context.account, context.region)
    for identifier in parameters.get("logGroupIdentifiers") or [str(next(filter(None, named), ""))]:
        group = log_groups.of_identifier(identifier, scope)
        prefix = f"arn:aws:logs:{context.region}:{context.account}:log-group:{group}"
        yield Need(action, f"{prefix}:log-stream:{parameters.get('logStreamName') or ''}")


def _sqs(context: Context, service: str, operation: str, parameters: Parameters) -> Iterator[Need]:
    """Hosts of older clients say the region: that of the endpoint and that of the queue's URL."""
    here = structs.replace(context, region=queue_addresses.region_of_endpoint(context.endpoint_url) or context.region)
    resource = _by_rule(here, service, operation, parameters)
    if parameters.get("QueueUrl"):
        address = queue_addresses.address(str(parameters["QueueUrl"]))
        if address is None:
            resource = EVERYTHING  # the operation will refuse the address
        else:
            where = (address.region or here.region, address.account or here.account)
            resource = str(Arn("sqs", *where, address.name))
    elif operation == "CancelMessageMoveTask":
        _, resource = queue_moves.read_handle(parameters["TaskHandle"])
    yield Need(action_of(service, operation), resource)


def _sns(context: Context, service: str, operation: str, parameters: Parameters) -> Iterator[Need]:
    subscription = str(parameters.get("SubscriptionArn") or "")
    if subscription.startswith("arn:"):
        topic = ":".join(subscription.split(":")[:6])  # the last part is the subscription's own
        yield Need(action_of(service, operation), topic)
        return
    keys: dict[str, str | Sequence[str]] = {}
    if operation == "Subscribe":
        keys = {"sns:Protocol": parameters.get("Protocol") or "", "sns:Endpoint": parameters.get("Endpoint") or ""}
    yield Need(action_of(service, operation), _by_rule(context, service, operation, parameters), keys)


def _dynamodbstreams(context: Context, service: str, operation: str, parameters: Parameters) -> Iterator[Need]:
    resource = _by_rule(context, service, operation, parameters)
    if operation == "GetRecords":
        resource = stream_iterators.stream_arn_of(str(parameters.get("ShardIterator") or "")) or EVERYTHING
    yield Need(action_of(service, operation), resource)


def _dynamodb(context: Context, service: str, operation: str, parameters: Parameters) -> Iterator[Need]:
    """Operations on many items need what each of them would need alone."""
    keys = {f"dynamodb:{name}": str(parameters[name]) for name in ("Select", "ReturnValues") if parameters.get(name)}
    if parameters.get("RequestItems"):
        for table in parameters["RequestItems"]:
            yield Need(action_of(service, operation), _table_arn(context, table), keys)
    elif parameters.get("TransactItems"):
        for one in parameters["TransactItems"]:
            for kind, part in one.items():
                action = "ConditionCheckItem" if kind == "ConditionCheck" else f"{kind}Item"
                yield Need(f"dynamodb:{action}", _table_arn(context, part["TableName"]), keys)
    elif parameters.get("Statement") or parameters.get("Statements") or parameters.get("TransactStatements"):
        yield from _of_statements(context, parameters)
    elif operation == "RestoreTableFromBackup":
        yield Need(action_of(service, operation), parameters["BackupArn"])
        yield Need(action_of(service, operation), _table_arn(context, parameters["TargetTableName"]))
    elif parameters.get("IndexName") and parameters.get("TableName"):
        table = _table_arn(context, parameters["TableName"])
        yield Need(action_of(service, operation), f"{table}/index/{parameters['IndexName']}", keys)
    else:
        yield Need(action_of(service, operation), _by_rule(context, service, operation, parameters), keys)


def _of_statements(context: Context, parameters: Parameters) -> Iterator[Need]:
    """What PartiQL asks for. A statement that cannot be read does nothing, and needs nothing."""
    for one in parameters.get("Statements") or parameters.get("TransactStatements") or [parameters]:
        try:
            statement = partiql.parse(one["Statement"], one.get("Parameters") or ())
        except ServiceError:
            continue
        select = statement.select if isinstance(statement, partiql.Exists) else statement
        index = f"/index/{select.index}" if isinstance(select, partiql.Select) and select.index else ""
        action = partiql_statements.action_of(statement)
        yield Need(f"dynamodb:{action}", _table_arn(context, statement.table) + index)


def _table_arn(context: Context, table: str) -> str:
    return table if table.startswith("arn:") else f"arn:aws:dynamodb:{context.region}:{context.account}:table/{table}"


def _events(context: Context, service: str, operation: str, parameters: Parameters) -> Iterator[Need]:
    action = action_of(service, operation)
    if parameters.get(event_names.CREDENTIALS):
        yield from _of_http_task(context, parameters[event_names.CREDENTIALS])
        return
    for resource in dict.fromkeys(_event_resources(context, operation, parameters)):
        yield Need(action, resource)
    for role_arn in dict.fromkeys(given.get("RoleArn") for given in (parameters, *(parameters.get("Targets") or ()))):
        if role_arn:
            yield Need("iam:PassRole", role_arn, {"iam:PassedToService": "events.amazonaws.com"})


def _of_http_task(context: Context, request: Mapping[str, str]) -> Iterator[Need]:
    """A state machine that calls a web API with a connection's credentials."""
    keys = {"states:HTTPMethod": request["Method"], "states:HTTPEndpoint": request["ApiEndpoint"]}
    yield Need("states:InvokeHTTPEndpoint", context.source_arn or EVERYTHING, keys)
    yield Need("events:RetrieveConnectionCredentials", request["ConnectionArn"])


def _event_resources(context: Context, operation: str, parameters: Parameters) -> list[str]:
    """The buses that entries are for, else the rule, else the bus."""
    scope = Scope(context.account, context.region)
    if ("events", operation) in actions.UNBOUND:
        return [EVERYTHING]
    if parameters.get("Entries"):
        return [event_names.bus_named(entry.get("EventBusName"), scope).arn for entry in parameters["Entries"]]
    if parameters.get("ResourceARN"):
        return [_by_rule(context, "events", operation, parameters)]
    if operation.endswith("Connection"):
        return [f"arn:aws:events:{context.region}:{context.account}:connection/{parameters['Name']}"]
    rule = parameters.get("Rule") or (parameters.get("Name") if operation.endswith("Rule") else None)
    bus_name = parameters.get("EventBusName") or (None if rule else parameters.get("Name"))
    bus = event_names.bus_named(bus_name, scope)
    return [event_names.RuleName(bus, str(rule)).arn if rule else bus.arn]


def _apigateway(context: Context, service: str, operation: str, parameters: Parameters) -> Iterator[Need]:
    """Its actions are the methods of HTTP, its resources the paths of what is asked for.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html
    """
    model = models.service(service).operation(operation)
    assert model is not None
    members = model.input_shape.members if model.input_shape is not None else {}
    labels = {ref.location_name or name: parameters.get(name) for name, ref in members.items() if ref.location == "uri"}
    path = model.http_uri.removeprefix("/v2").partition("?")[0]
    for label, value in labels.items():
        text = str(value or "")
        path = path.replace(f"{{{label}}}", quote(text, safe="") if label == "resource-arn" else text)
    yield Need(f"apigateway:{model.http_method}", f"arn:aws:apigateway:{context.region}::{path}")
    for member in actions.APIGATEWAY_ROLES:
        if str(parameters.get(member) or "").startswith("arn:aws:iam:"):
            yield Need("iam:PassRole", parameters[member], {"iam:PassedToService": "apigateway.amazonaws.com"})


def _scheduler(context: Context, service: str, operation: str, parameters: Parameters) -> Iterator[Need]:
    resource = _by_rule(context, service, operation, parameters)
    if parameters.get("Name"):
        scope = Scope(context.account, context.region)
        is_group = operation.endswith("ScheduleGroup")
        group = schedule_names.GroupName(scope, parameters["Name"] if is_group else parameters.get("GroupName") or "default")
        resource = group.arn if is_group else schedule_names.ScheduleName(group, parameters["Name"]).arn
    yield Need(action_of(service, operation), resource)
    if parameters.get("Target"):
        yield Need("iam:PassRole", parameters["Target"]["RoleArn"], {"iam:PassedToService": "scheduler.amazonaws.com"})


def _s3(context: Context, service: str, operation: str, parameters: Parameters) -> Iterator[Need]:
    action = action_of(service, operation)
    if operation == "DeleteObjects":
        for one in parameters["Delete"]["Objects"]:
            suffix = "Version" if one.get("VersionId") else ""
            yield Need(action + suffix, f"arn:aws:s3:::{parameters['Bucket']}/{one['Key']}")
        return
    name = action.removeprefix("s3:")
    if parameters.get("VersionId") and name in actions.S3_VERSIONED:
        action = f"s3:{name.replace('Object', 'ObjectVersion')}"
    elif parameters.get("VersionId") and name in actions.S3_TAGS_VERSIONED:
        action = f"s3:{name.replace('ObjectTagging', 'ObjectVersionTagging')}"
    resource = _by_rule(context, service, operation, parameters)
    yield Need(action, resource, _s3_keys(parameters))
    if operation == "GetObjectAttributes":
        yield _s3_read(parameters["Bucket"], parameters["Key"], parameters.get("VersionId"))
    if parameters.get("CopySource"):
        source = s3_requests.copy_source(parameters)
        yield _s3_read(source.bucket, source.key, source.version_id)
    if parameters.get("Tagging") and action == "s3:PutObject":
        yield Need("s3:PutObjectTagging", resource)


def _s3_keys(parameters: Parameters) -> dict[str, str | Sequence[str]]:
    told = {
        "s3:prefix": parameters.get("Prefix"),
        "s3:delimiter": parameters.get("Delimiter"),
        "s3:max-keys": parameters.get("MaxKeys"),
        "s3:VersionId": parameters.get("VersionId"),
        "s3:x-amz-acl": parameters.get("ACL"),
    }
    return {key: str(value) for key, value in told.items() if value is not None}


def _s3_read(bucket: str, key: str, version: Any) -> Need:
    return Need(f"s3:GetObject{'Version' if version else ''}", f"arn:aws:s3:::{bucket}/{key}")


def _ecr(context: Context, service: str, operation: str, parameters: Parameters) -> Iterator[Need]:
    if operation != "DescribeRepositories":
        yield from _plain(context, service, operation, parameters)
        return
    registry = parameters.get("registryId") or context.account
    for name in parameters.get("repositoryNames") or ("*",):
        yield Need("ecr:DescribeRepositories", f"arn:aws:ecr:{context.region}:{registry}:repository/{name}")


def _pipes(context: Context, service: str, operation: str, parameters: Parameters) -> Iterator[Need]:
    yield from _plain(context, service, operation, parameters)
    if parameters.get("RoleArn"):
        yield Need("iam:PassRole", parameters["RoleArn"], {"iam:PassedToService": "pipes.amazonaws.com"})


def _stepfunctions(context: Context, service: str, operation: str, parameters: Parameters) -> Iterator[Need]:
    resource = _by_rule(context, service, operation, parameters)
    here, name = f"arn:aws:states:{context.region}:{context.account}", parameters.get("name")
    if operation == "CreateStateMachine":
        resource = f"{here}:stateMachine:{name}"
    elif operation == "CreateActivity":
        resource = f"{here}:activity:{name}"
    elif operation == "CreateStateMachineAlias":
        # The alias is not there yet: it is made on the machine of the versions that it leads to.
        versions = [str(each.get("stateMachineVersionArn")) for each in parameters.get("routingConfiguration") or ()]
        resource = versions[0].rpartition(":")[0] if versions else f"{here}:stateMachine:*"
    yield Need(action_of(service, operation), resource)
    if parameters.get("roleArn"):
        yield Need("iam:PassRole", parameters["roleArn"], {"iam:PassedToService": "states.amazonaws.com"})


def _sts(context: Context, service: str, operation: str, parameters: Parameters) -> Iterator[Need]:
    keys: dict[str, str | Sequence[str]] = {}
    for parameter in ("RoleSessionName", "ExternalId", "SourceIdentity"):
        if parameters.get(parameter):
            keys[f"sts:{parameter}"] = str(parameters[parameter])
    resource = _by_rule(context, service, operation, parameters)
    yield Need(action_of(service, operation), resource, keys)
    if operation == "AssumeRole" and parameters.get("Tags"):
        yield Need("sts:TagSession", resource, keys)
    if operation == "AssumeRole" and parameters.get("SourceIdentity"):
        yield Need("sts:SetSourceIdentity", resource, keys)


def _connections(context: Context, service: str, operation: str, parameters: Parameters) -> Iterator[Need]:
    """Here a connection's id alone is given: only a policy for all of the account's APIs speaks of it. At an API's own
    address, its site asks for the stage (``services.apigateway``).
    """
    model = models.service(service).operation(operation)
    assert model is not None
    place = f"*/*/{model.http_method}/@connections/{parameters['ConnectionId']}"
    yield Need("execute-api:ManageConnections", f"arn:aws:execute-api:{context.region}:{context.account}:{place}")


_SERVICES = {
    "apigateway": _apigateway,
    "apigatewaymanagementapi": _connections,
    "apigatewayv2": _apigateway,
    "dynamodbstreams": _dynamodbstreams,
    "dynamodb": _dynamodb,
    "ecr": _ecr,
    "events": _events,
    "iam": _iam,
    "kinesis": _kinesis,
    "lambda": _lambda,
    "logs": _logs,
    "pipes": _pipes,
    "s3": _s3,
    "scheduler": _scheduler,
    "sns": _sns,
    "sqs": _sqs,
    "stepfunctions": _stepfunctions,
    "sts": _sts,
}
