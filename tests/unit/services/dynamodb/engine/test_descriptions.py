"""Descriptions of tables."""

from tests.unit.services.dynamodb.world import index, make

from lambent.services.dynamodb.engine import descriptions
from lambent.services.dynamodb.engine.descriptions import Sizes


def test_a_table_is_described_with_its_sizes(tx):
    table = make(tx, attributes="id:S kind:S", indexes=(index("by_kind", "kind"),))
    told = descriptions.table(table, {"": Sizes(2, 30), "by_kind": Sizes(1, 10)})
    assert (told["ItemCount"], told["TableSizeBytes"], told["TableStatus"]) == (2, 30, "ACTIVE")
    (by_kind,) = told["GlobalSecondaryIndexes"]
    assert (by_kind["ItemCount"], by_kind["IndexArn"]) == (1, f"{table.arn}/index/by_kind")


def test_what_was_not_set_is_not_told(tx):
    told = descriptions.table(make(tx), {})
    assert not {"SSEDescription", "StreamSpecification", "OnDemandThroughput", "RestoreSummary"} & set(told)


def test_a_provisioned_table_is_as_warm_as_it_is_provisioned(tx):
    units = {"ReadCapacityUnits": 7, "WriteCapacityUnits": 3}
    told = descriptions.table(make(tx, BillingMode="PROVISIONED", ProvisionedThroughput=units), {})
    assert told["WarmThroughput"] == {"ReadUnitsPerSecond": 7, "WriteUnitsPerSecond": 3, "Status": "ACTIVE"}
