"""DynamoDB: tables of items, found by their keys, with indexes, conditions, transactions and streams.

An item stands in its table as the JSON that clients see, so most answers are stored bytes put together. Indexes hold keys only
and change in the item's own transaction. Why it is so stands in DESIGN.md. Not here: global tables, exports and imports.
"""

from lambent.services.dynamodb.operations import Dynamodb
from lambent.services.dynamodb.operations.streams import DynamodbStreams

__all__ = ["Dynamodb", "DynamodbStreams"]
