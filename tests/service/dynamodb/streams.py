"""A table of songs and its stream, as boto3 sees them."""

from typing import Any


class Songs:
    """The table: key ``id``. ``streams`` is the client of its stream's API."""

    name = "songs"

    def __init__(self, dynamodb: Any, streams: Any, **settings: Any) -> None:
        self.dynamodb = dynamodb
        self.streams = streams
        dynamodb.create_table(
            TableName=self.name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            **settings,
        )

    @property
    def stream_arn(self) -> str:
        arn: str = self.dynamodb.describe_table(TableName=self.name)["Table"]["LatestStreamArn"]
        return arn

    def put(self, key: str, **attributes: Any) -> None:
        self.dynamodb.put_item(TableName=self.name, Item={"id": {"S": key}, **attributes})

    def delete(self, key: str) -> None:
        self.dynamodb.delete_item(TableName=self.name, Key={"id": {"S": key}})

    def keys(self) -> list[str]:
        return sorted(item["id"]["S"] for item in self.dynamodb.scan(TableName=self.name)["Items"])

    def expire_at(self, attribute: str, *, is_enabled: bool = True) -> None:
        self.dynamodb.update_time_to_live(
            TableName=self.name, TimeToLiveSpecification={"Enabled": is_enabled, "AttributeName": attribute}
        )

    # ---- its stream --------------------------------------------------------------------------------------------------

    def describe(self, **parameters: Any) -> Any:
        return self.streams.describe_stream(StreamArn=self.stream_arn, **parameters)["StreamDescription"]

    def shards(self) -> list[Any]:
        shards: list[Any] = self.describe()["Shards"]
        return shards

    def iterator(self, kind: str = "TRIM_HORIZON", shard: int = 0, **how: Any) -> str:
        shard_id = self.shards()[shard]["ShardId"]
        iterator: str = self.streams.get_shard_iterator(
            StreamArn=self.stream_arn, ShardId=shard_id, ShardIteratorType=kind, **how
        )["ShardIterator"]
        return iterator

    def records(self, iterator: str = "", **how: Any) -> list[Any]:
        records: list[Any] = self.streams.get_records(ShardIterator=iterator or self.iterator(), **how)["Records"]
        return records

    def all_records(self) -> list[Any]:
        """Of all shards, parents before children."""
        return [record for number in range(len(self.shards())) for record in self.records(self.iterator(shard=number))]
