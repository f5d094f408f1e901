"""DynamoDB's operations, by what they are about: tables and their settings, items, queries, batches, transactions, backups.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
"""

from lambent.services.dynamodb.operations.backups import BackupOperations
from lambent.services.dynamodb.operations.batches import BatchOperations
from lambent.services.dynamodb.operations.destinations import DestinationOperations
from lambent.services.dynamodb.operations.items import ItemOperations
from lambent.services.dynamodb.operations.queries import QueryOperations
from lambent.services.dynamodb.operations.settings import SettingOperations
from lambent.services.dynamodb.operations.statements import StatementOperations
from lambent.services.dynamodb.operations.tables import TableOperations
from lambent.services.dynamodb.operations.transactions import TransactionOperations


class Dynamodb(
    TableOperations,
    SettingOperations,
    ItemOperations,
    QueryOperations,
    BatchOperations,
    TransactionOperations,
    StatementOperations,
    BackupOperations,
    DestinationOperations,
):
    """DynamoDB for one platform."""
