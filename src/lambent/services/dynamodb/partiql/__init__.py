"""PartiQL as DynamoDB speaks it: statements become the same conditions, projections and updates that expressions say.

    statement = parse(text, parameters)                 Select | Insert | Update | Delete | Exists
    plans.key_of(statement.where, schema)               the one item that a write is about, and what else is asked of it
    plans.reading_of(select, schema)                    the ranges of keys that a SELECT reads, and its filter

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
"""

from lambent.services.dynamodb.partiql.parser import parse
from lambent.services.dynamodb.partiql.statements import Delete, Exists, Insert, Select, Statement, Update

__all__ = ["Delete", "Exists", "Insert", "Select", "Statement", "Update", "parse"]
