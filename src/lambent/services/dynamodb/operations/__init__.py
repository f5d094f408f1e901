"""DynamoDB's operations, by what they are about: tables, items.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
"""

from lambent.services.dynamodb.operations.destinations import DestinationOperations
from lambent.services.dynamodb.operations.items import ItemOperations
from lambent.services.dynamodb.operations.queries import QueryOperations
from lambent.services.dynamodb.operations.tables import TableOperations


class Dynamodb(TableOperations, ItemOperations, QueryOperations, DestinationOperations):
    """DynamoDB for one platform."""
