"""Kinesis streams that are sent what happens to the items of a table: one at a time is live, others are remembered.

What is sent leaves through a lane of the outbox, item by item in order. Whether a stream is there is asked through it, too.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds.html
"""

import hashlib

from msgspec import structs

from lambent.core import ids
from lambent.core.arn import Arn
from lambent.core.clock import Instant
from lambent.core.context import Context
from lambent.durable import outbox
from lambent.durable.outbox import Call, Ended, Retries
from lambent.services.dynamodb import errors, stream_errors
from lambent.services.dynamodb.engine import identifiers, stream_records
from lambent.services.dynamodb.engine.identifiers import TableName
from lambent.services.dynamodb.engine.places import Place
from lambent.services.dynamodb.engine.stream_records import Written
from lambent.services.dynamodb.engine.table import Definition, Destination, Table
from lambent.services.dynamodb.tables import tables
from lambent.store.database import Transaction

LANE = "dynamodb"
ON_ENABLED = "dynamodb.destination"
ROLE = "AWSServiceRoleForDynamoDBKinesisDataStreamsReplication"
"""The role that AWS makes in the account for this, which needs no policy of the stream's."""

ENABLING, ACTIVE, DISABLED, ENABLE_FAILED = "ENABLING", "ACTIVE", "DISABLED", "ENABLE_FAILED"
ENABLED_BY_DEFAULT = "MILLISECOND"
NO_PERMISSION = "User does not have a permission to use kinesis stream"
SENT_RETRIES = Retries(age_s_max=24 * 3600.0, delay_s_max=60.0)
ORDERS = 256  # items of a table whose records wait for one another at most: those whose keys' hash begins alike


def active(definition: Definition) -> Destination | None:
    """The destination that is sent what happens now."""
    if not definition.destinations:
        return None  # as most tables, of which this is asked with every write
    return next((one for one in definition.destinations if one.status == ACTIVE), None)


def enable(tx: Transaction, named: TableName, stream_arn: str, precision: str, now: Instant) -> Table:
    """It is active once kinesis has said that the stream is there. Raises TableNotFound, DestinationState."""
    table = _require(tx, named)
    if any(one.status in (ENABLING, ACTIVE) for one in table.definition.destinations):
        raise stream_errors.DestinationState(
            reason="EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE operation."
        )
    stream = Arn.parse(stream_arn)
    is_at_home = stream is not None and (stream.service, stream.account, stream.region) == ("kinesis", *named.scope)
    wanted = Destination(stream_arn, ENABLING, precision)
    if not is_at_home:
        return _put(tx, table, structs.replace(wanted, status=ENABLE_FAILED, description=NO_PERMISSION))
    call = Call(_role(named), "kinesis", "DescribeStreamSummary", {"StreamARN": stream_arn}, "")
    outbox.put(tx, [call], lane=LANE, moments={named.scope.account: now}, on_end=ON_ENABLED)
    return _put(tx, table, wanted)


def enabled(tx: Transaction, ended: Ended) -> None:
    """Kinesis has answered whether the stream is there."""
    table = tables.find(tx, identifiers.table_of_arn(ended.entry.context.source_arn))
    found = _find(table, ended.entry.parameters["StreamARN"]) if table is not None else None
    if table is None or found is None or found.status != ENABLING:
        return
    if ended.error is None:
        _put(tx, table, structs.replace(found, status=ACTIVE))
    else:
        _put(tx, table, structs.replace(found, status=ENABLE_FAILED, description=NO_PERMISSION))


def disable(tx: Transaction, named: TableName, stream_arn: str) -> Table:
    """Raises TableNotFound, DestinationState."""
    table = _require(tx, named)
    found = _find(table, stream_arn)
    if found is None or found.status != ACTIVE:
        raise stream_errors.DestinationState(reason="KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.")
    return _put(tx, table, Destination(stream_arn, DISABLED))


def update(tx: Transaction, named: TableName, stream_arn: str, precision: str) -> Table:
    """Raises TableNotFound, DestinationState, PrecisionIsSet."""
    table = _require(tx, named)
    found = _find(table, stream_arn)
    if found is None:
        raise stream_errors.DestinationState(
            reason=f"No streaming destination with streamArn: {stream_arn} found for table with tableName: {named.name}"
        )
    if found.status != ACTIVE:
        raise stream_errors.DestinationState(
            reason="Kinesis streaming is not in ACTIVE state. Updates are only allowed in ACTIVE state. "
            f"TableName: {named.name}, kdsArn: {stream_arn}"
        )
    if precision == (found.precision or ENABLED_BY_DEFAULT):
        raise stream_errors.PrecisionIsSet(precision=precision, uuid=table.uuid, stream_arn=stream_arn)
    return _put(tx, table, structs.replace(found, precision=precision))


def send(tx: Transaction, table: Table, destination: Destination, written: Written, place: Place) -> None:
    """What happened to an item, to the stream: behind what happened to it before."""
    digest = hashlib.md5(place.partition + place.sort, usedforsecurity=False).digest()
    parameters = {
        "StreamARN": destination.stream_arn,
        "PartitionKey": stream_records.partition_key(digest),
        "Data": stream_records.kinesis_record(written, table.name, table.scope.region, destination.precision),
    }
    order = f"{LANE}/{table.id}/{digest[0] % ORDERS}"
    call = Call(_role(table.named), "kinesis", "PutRecord", parameters, order)
    outbox.put(tx, [call], lane=LANE, moments={table.scope.account: written.at}, retries=SENT_RETRIES)


def _role(named: TableName) -> Context:
    account, region = named.scope
    return Context(
        account=account,
        region=region,
        request_id=ids.uuid4(),
        principal_arn=f"arn:aws:sts::{account}:assumed-role/{ROLE}/dynamodb",
        endpoint_url="",
        source_arn=named.arn,
    )


def _require(tx: Transaction, named: TableName) -> Table:
    table = tables.find(tx, named)
    if table is None:
        raise errors.TableNotFound(name=named.name)
    return table


def _find(table: Table, stream_arn: str) -> Destination | None:
    return next((one for one in table.definition.destinations if one.stream_arn == stream_arn), None)


def _put(tx: Transaction, table: Table, destination: Destination) -> Table:
    """One stands once in the list, where it stood."""
    known = table.definition.destinations
    if any(one.stream_arn == destination.stream_arn for one in known):
        known = tuple(destination if one.stream_arn == destination.stream_arn else one for one in known)
    else:
        known = (destination, *known)
    return tables.set_definition(tx, table, structs.replace(table.definition, destinations=known))
