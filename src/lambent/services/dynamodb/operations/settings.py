"""Operations on what is set of a table beside its keys and indexes: tags, time to live, policy, recovery, insights."""

from msgspec import structs

from lambent.core import page_tokens
from lambent.core.arn import Arn
from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.lang import iam_policy
from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import changes, descriptions, identifiers, settings
from lambent.services.dynamodb.engine import tables as lives
from lambent.services.dynamodb.engine.identifiers import TableName
from lambent.services.dynamodb.engine.table import Table
from lambent.services.dynamodb.operations.base import Base, scope_of
from lambent.services.dynamodb.tables import tables
from lambent.store.database import Transaction

TAGS_PAGE_MAX = 50
RECOVERABLE_BEFORE_S = 300.0  # AWS can restore what is five minutes old
DAY_S = 86_400.0


class SettingOperations(Base):
    # ---- tags --------------------------------------------------------------------------------------------------------

    async def tag_resource(self, context: Context, parameters: Parameters) -> Reply:
        added = {tag["Key"]: tag["Value"] for tag in parameters["Tags"]}
        await self._store.write(_tag, self._of_arn(context, parameters, "TagResource"), added, ())
        return {}

    async def untag_resource(self, context: Context, parameters: Parameters) -> Reply:
        await self._store.write(_tag, self._of_arn(context, parameters, "UntagResource"), {}, parameters["TagKeys"])
        return {}

    async def list_tags_of_resource(self, context: Context, parameters: Parameters) -> Reply:
        named = self._of_arn(context, parameters, "ListTagsOfResource")
        tags = sorted((await self._store.read(lambda tx: tables.tags(tx, _require(tx, named)))).items())
        after = _after(parameters)
        page = [{"Key": key, "Value": value} for key, value in tags if key > after]
        reply: Reply = {"Tags": page[:TAGS_PAGE_MAX]}
        return reply | ({"NextToken": page_tokens.token_of(page[TAGS_PAGE_MAX - 1]["Key"])} if page[TAGS_PAGE_MAX:] else {})

    # ---- time to live ------------------------------------------------------------------------------------------------

    async def update_time_to_live(self, context: Context, parameters: Parameters) -> Reply:
        named, given = (
            await self._named(context, parameters["TableName"], "UpdateTimeToLive"),
            parameters["TimeToLiveSpecification"],
        )
        await self._store.write(_set_time_to_live, named, given["AttributeName"], given["Enabled"], self._now())
        return {"TimeToLiveSpecification": dict(given)}

    async def describe_time_to_live(self, context: Context, parameters: Parameters) -> Reply:
        table = await self._store.read(lives.require, await self._named(context, parameters["TableName"], "DescribeTimeToLive"))
        return {"TimeToLiveDescription": time_to_live(table)}

    # ---- policies ----------------------------------------------------------------------------------------------------

    async def put_resource_policy(self, context: Context, parameters: Parameters) -> Reply:
        policy = parameters["Policy"]
        try:
            iam_policy.parse(policy)
        except iam_policy.InvalidPolicy as error:
            raise errors.ValidationFailed(reason=f"Invalid policy document: {error}") from error
        named, expected = self._of_arn(context, parameters, "PutResourcePolicy"), parameters.get("ExpectedRevisionId")
        return {"RevisionId": await self._store.write(_set_policy, named, policy, expected)}

    async def get_resource_policy(self, context: Context, parameters: Parameters) -> Reply:
        named = self._of_arn(context, parameters, "GetResourcePolicy")
        definition = (await self._store.read(_require, named)).definition
        if not definition.policy:
            raise errors.PolicyNotFound
        return {"Policy": definition.policy, "RevisionId": definition.policy_revision}

    async def delete_resource_policy(self, context: Context, parameters: Parameters) -> Reply:
        named, expected = self._of_arn(context, parameters, "DeleteResourcePolicy"), parameters.get("ExpectedRevisionId")
        revision = await self._store.write(_set_policy, named, "", expected)
        return {"RevisionId": revision} if revision else {}

    # ---- recovery and insights ---------------------------------------------------------------------------------------

    async def describe_continuous_backups(self, context: Context, parameters: Parameters) -> Reply:
        table = await self._store.read(
            _source, await self._named(context, parameters["TableName"], "DescribeContinuousBackups")
        )
        return {"ContinuousBackupsDescription": _recovery(table, self._now())}

    async def update_continuous_backups(self, context: Context, parameters: Parameters) -> Reply:
        named, given = (
            await self._named(context, parameters["TableName"], "UpdateContinuousBackups"),
            parameters["PointInTimeRecoverySpecification"],
        )
        now = self._now()
        table = await self._store.write(
            lambda tx: tables.set_definition(
                tx, table := _source(tx, named), settings.with_recovery(table.definition, given, now)
            )
        )
        return {"ContinuousBackupsDescription": _recovery(table, now)}

    async def update_contributor_insights(self, context: Context, parameters: Parameters) -> Reply:
        named, index = (
            await self._named(context, parameters["TableName"], "UpdateContributorInsights"),
            parameters.get("IndexName") or "",
        )
        is_enabled = parameters["ContributorInsightsAction"] == "ENABLE"
        table = await self._store.write(_set_insights, named, index, is_enabled)
        return _insights(table, index) | {"ContributorInsightsStatus": "ENABLING" if is_enabled else "DISABLING"}

    async def describe_contributor_insights(self, context: Context, parameters: Parameters) -> Reply:
        table = await self._store.read(
            lives.require, await self._named(context, parameters["TableName"], "DescribeContributorInsights")
        )
        index = parameters.get("IndexName") or ""
        _check_index(table, index)
        return _insights(table, index)

    async def list_contributor_insights(self, context: Context, parameters: Parameters) -> Reply:
        wanted = parameters.get("TableName")
        found = await self._store.read(tables.all_of, scope_of(context))
        named = identifiers.table_named(wanted, scope_of(context)) if wanted else None
        told = [_insights(table, index) for table in found for index in table.definition.insights]
        return {"ContributorInsightsSummaries": [one for one in told if named is None or one["TableName"] == named.name]}

    def _of_arn(self, context: Context, parameters: Parameters, action: str) -> TableName:
        """The table of a ResourceArn.

        Raises ValidationFailed for what is none, AccessDenied for another account's, ResourceArnNotFound for another region's.
        """
        text = parameters["ResourceArn"]
        arn = Arn.parse(text)
        if arn is None or arn.service != "dynamodb":
            raise errors.ValidationFailed(reason=f"Invalid TableArn: Invalid ResourceArn provided as input {text}")
        named = identifiers.table_of_arn(text)
        if text != named.arn:  # AWS keeps policies of streams as well, apart from their table's
            raise errors.ValidationFailed(reason=f"Invalid TableArn: Invalid ResourceArn provided as input {text}")
        if named.scope.account != context.account:
            raise errors.AccessDenied(principal=context.principal_arn, action=action, arn=text)
        if named.scope != scope_of(context):
            raise errors.ResourceArnNotFound(arn=text)
        return named


def time_to_live(table: Table) -> Reply:
    attribute = table.definition.ttl_attribute
    if not attribute:
        return {"TimeToLiveStatus": "DISABLED"}
    return {"TimeToLiveStatus": "ENABLED", "AttributeName": attribute}


# ---- in one transaction ----------------------------------------------------------------------------------------------


def _require(tx: Transaction, named: TableName) -> Table:
    table = tables.find(tx, named)
    if table is None:
        raise errors.ResourceArnNotFound(arn=named.arn)
    return table


def _source(tx: Transaction, named: TableName) -> Table:
    table = tables.find(tx, named)
    if table is None:
        raise errors.SourceTableNotFound(name=named.name)
    return table


def _tag(tx: Transaction, named: TableName, added: dict[str, str], removed: tuple[str, ...]) -> None:
    table = _require(tx, named)
    tags = {key: value for key, value in (tables.tags(tx, table) | added).items() if key not in removed}
    settings.check_tags(tags)
    tables.set_tags(tx, table, tags)


def _set_time_to_live(tx: Transaction, named: TableName, attribute: str, is_enabled: bool, now: Instant) -> None:
    table = lives.require_made(tx, named)
    definition = settings.with_time_to_live(table.definition, attribute, is_enabled=is_enabled)
    changes.expiry_changed(tx, tables.set_definition(tx, table, definition), now)


def _set_policy(tx: Transaction, named: TableName, policy: str, expected: str | None) -> str:
    """The policy's revision: of what was deleted, where ``policy`` is empty."""
    table = _require(tx, named)
    definition = table.definition
    if expected is not None and expected != (definition.policy_revision or "NO_POLICY"):
        raise errors.PolicyNotFound
    if policy:
        changed = settings.with_policy(definition, policy)
        tables.set_definition(tx, table, changed)
        return changed.policy_revision
    if definition.policy:
        tables.set_definition(tx, table, structs.replace(definition, policy="", policy_revision=""))
    return definition.policy_revision


def _set_insights(tx: Transaction, named: TableName, index: str, is_enabled: bool) -> Table:
    table = lives.require(tx, named)
    _check_index(table, index)
    kept = tuple(one for one in table.definition.insights if one != index)
    insights = (*kept, index) if is_enabled else kept
    return tables.set_definition(tx, table, structs.replace(table.definition, insights=insights))


# ---- as AWS tells it -------------------------------------------------------------------------------------------------


def _check_index(table: Table, index: str) -> None:
    if index and table.index(index) is None:
        raise errors.IndexNotFound(name=index)


def _insights(table: Table, index: str) -> Reply:
    status = "ENABLED" if index in table.definition.insights else "DISABLED"
    return {"TableName": table.name, "ContributorInsightsStatus": status} | ({"IndexName": index} if index else {})


def _recovery(table: Table, now: Instant) -> Reply:
    definition = table.definition
    if not definition.recovery_period_days:
        recovery: Reply = {"PointInTimeRecoveryStatus": "DISABLED"}
    else:
        earliest = max(definition.recovery_since, now - definition.recovery_period_days * DAY_S)
        recovery = {
            "PointInTimeRecoveryStatus": "ENABLED",
            "RecoveryPeriodInDays": definition.recovery_period_days,
            "EarliestRestorableDateTime": descriptions.time(earliest),
            "LatestRestorableDateTime": descriptions.time(max(earliest, now - RECOVERABLE_BEFORE_S)),
        }
    return {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery}


def _after(parameters: Parameters) -> str:
    token = parameters.get("NextToken")
    if not token:
        return ""
    try:
        return page_tokens.key_of(token, "")
    except page_tokens.BadPageToken as error:
        raise errors.ValidationFailed(reason="Invalid NextToken") from error
