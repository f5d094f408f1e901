"""Time to live: which items expire when.

An item's attribute is looked at when it is written, so that a table of a million items that never expire costs nothing. What is
kept here only says where to look: whether an item has expired, the item itself says when its time has come.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
"""

import msgspec

from lambent.services.dynamodb.engine.places import Place
from lambent.services.dynamodb.engine.table import Table
from lambent.services.dynamodb.tables import expiries
from lambent.services.dynamodb.tables.expiries import LEAVING, SCANNING, Expiry
from lambent.store.database import Transaction

SECONDS_MAX = 2**53  # what is later expires never

_attributes = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_number = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def expires_at(stored: bytes | None, attribute: str) -> int | None:
    """The second at which a stored item expires: None where the attribute is no number, or says no moment."""
    if stored is None:
        return None
    value = _attributes(stored).get(attribute)
    content = _number(value).get("N") if value is not None else None
    if content is None:
        return None
    moment = float(msgspec.json.decode(content, type=str))
    return int(moment) if 0 <= moment < SECONDS_MAX else None


# ---- with the table --------------------------------------------------------------------------------------------------


def change(tx: Transaction, table: Table) -> None:
    """Time to live was enabled, on a table with items perhaps, or disabled."""
    if table.definition.ttl_attribute:
        expiries.put_table(tx, *table.scope, table.id, SCANNING)
    else:
        expiries.set_state(tx, table.id, LEAVING)


def leave(tx: Transaction, table: Table) -> None:
    """The table is going."""
    expiries.set_state(tx, table.id, LEAVING)


def follow(tx: Transaction, table: Table, place: Place, old: bytes | None, new: bytes | None) -> None:
    """An item was written: what it says of when it expires may be new."""
    attribute = table.definition.ttl_attribute
    before, after = expires_at(old, attribute), expires_at(new, attribute)
    if before == after:
        return
    if before is not None:
        expiries.delete(tx, table.id, Expiry(before, *place))
    if after is not None:
        expiries.insert(tx, *table.scope, table.id, Expiry(after, *place))
