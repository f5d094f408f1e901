"""DynamoDB against a model of two hundred lines: whatever is asked in whatever order, a dictionary would answer the same.

What the stream tells is held against it as well, images included, across shards that roll and split meanwhile.
"""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from tests.simulation.dynamodb_model import Action, Condition, Item, Key, Model, Refused, Update, key_item, key_of, plain

from lambent.core.errors import ServiceError
from lambent.services.dynamodb.engine import shards
from lambent.testing import LocalPlatform

PARTITIONS, SORTS, GROUPS = st.sampled_from("ab"), st.sampled_from([-2, 1, 10]), st.sampled_from("xy")
KEYS = st.tuples(PARTITIONS, SORTS)
NUMBERS = st.integers(-3, 3)
SETS = st.lists(st.sampled_from("uvw"), min_size=1, unique=True).map(sorted)
ITEMS = st.builds(
    lambda key, rest: plain(key_item(key)) | rest,
    KEYS,
    st.fixed_dictionaries(
        {},
        optional={
            "n": NUMBERS.map(lambda number: {"N": number}),
            "t": SETS.map(lambda members: {"SS": members}),
            "g": GROUPS.map(lambda group: {"S": group}),
            "m": NUMBERS.map(lambda number: {"M": {"x": {"N": number}}}),
            "b": st.binary(max_size=3).map(lambda content: {"B": content}),
        },
    ),
)


def number_in(item: Item | None) -> int | None:
    return item["n"]["N"] if item is not None and "n" in item else None


def less(bound: int) -> Condition:
    return Condition(
        "#n < :c", lambda item: (found := number_in(item)) is not None and found < bound, {":c": {"N": str(bound)}}
    )


def either(bound: int) -> Condition:
    return Condition(
        "attribute_not_exists(#n) OR NOT #n IN (:c, :d)",
        lambda item: number_in(item) not in (bound, bound + 1),
        {":c": {"N": str(bound)}, ":d": {"N": str(bound + 1)}},
    )


def has(member: str) -> Condition:
    return Condition(
        "contains(#t, :c)", lambda item: item is not None and "t" in item and member in item["t"]["SS"], {":c": {"S": member}}
    )


CONDITIONS = st.one_of(
    st.none(),
    st.just(Condition("attribute_exists(p)", lambda item: item is not None)),
    st.just(Condition("attribute_not_exists(p)", lambda item: item is None)),
    st.just(Condition("attribute_type(#m, :c)", lambda item: item is not None and "m" in item, {":c": {"S": "M"}})),
    NUMBERS.map(less),
    NUMBERS.map(either),
    st.sampled_from("uvw").map(has),
)
FILTERS = st.one_of(st.none(), NUMBERS.map(less), NUMBERS.map(either), st.sampled_from("uvw").map(has))


def assign(number: int) -> Update:
    return Update("SET #n = :v", lambda item: item.update(n={"N": number}), {":v": {"N": f"{number}.0"}})


def count(number: int) -> Update:
    def change(item: Item) -> None:
        item["n"] = {"N": item.get("n", {"N": 5})["N"] + number}

    values = {":v": {"N": str(number)}, ":z": {"N": "5"}}
    return Update("SET #n = if_not_exists(#n, :z) + :v", change, values)


def add(number: int) -> Update:
    return Update(
        "ADD #n :v REMOVE #g",
        lambda item: (item.update(n={"N": item.get("n", {"N": 0})["N"] + number}), item.pop("g", None)),
        {":v": {"N": str(number)}},
    )


def join(members: list[str]) -> Update:
    def change(item: Item) -> None:
        item["t"] = {"SS": sorted({*item.get("t", {"SS": []})["SS"], *members})}

    return Update("ADD #t :v", change, {":v": {"SS": members}})


def part(members: list[str]) -> Update:
    def change(item: Item) -> None:
        left = sorted(set(item.pop("t", {"SS": []})["SS"]) - set(members))
        if left:
            item["t"] = {"SS": left}

    return Update("DELETE #t :v", change, {":v": {"SS": members}})


def reach(number: int) -> Update:
    def change(item: Item) -> None:
        if "m" not in item:
            raise Refused("ValidationException")
        item["m"]["M"]["x"] = {"N": number}

    return Update("SET #m.#x = :v", change, {":v": {"N": str(number)}})


UPDATES = st.one_of(
    NUMBERS.map(assign),
    NUMBERS.map(count),
    NUMBERS.map(add),
    SETS.map(join),
    SETS.map(part),
    NUMBERS.map(reach),
    GROUPS.map(lambda group: Update("SET #g = :v", lambda item: item.update(g={"S": group}), {":v": {"S": group}})),
    st.just(Update("REMOVE #n, #m", lambda item: (item.pop("n", None), item.pop("m", None)))),
)
ACTIONS = st.one_of(
    st.builds(lambda item, condition: Action("Put", key_of(item), item, None, condition), ITEMS, CONDITIONS),
    st.builds(lambda key, update, condition: Action("Update", key, None, update, condition), KEYS, UPDATES, CONDITIONS),
    st.builds(lambda key, condition: Action("Delete", key, None, None, condition), KEYS, CONDITIONS),
)
CHECKS = st.builds(
    lambda key, condition: Action("ConditionCheck", key, None, None, condition),
    KEYS,
    CONDITIONS.filter(lambda condition: condition is not None),
)
TRANSACTIONS = st.lists(st.one_of(ACTIONS, CHECKS), min_size=1, max_size=4, unique_by=lambda action: action.key)


def wire(item: Item) -> Any:
    """An item of the model as a request has it."""
    if isinstance(item, dict):
        return {name: str(member) if name == "N" else wire(member) for name, member in item.items()}
    return item


def parameters(action: Action) -> dict[str, Any]:
    given: dict[str, Any] = {"TableName": "table"}
    given |= {"Item": wire(action.item)} if action.item is not None else {"Key": key_item(action.key)}
    if action.update is not None:
        return given | action.update.parameters(action.condition)
    return given | (action.condition.parameters() if action.condition is not None else {})


class DynamodbAgainstModel(RuleBasedStateMachine):
    """``platform`` is shared; each run has an account of its own."""

    platform: LocalPlatform

    @initialize()
    def begin(self) -> None:
        self.account = self.platform.account()
        self.model = Model()
        self.call(
            "CreateTable",
            KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": kind} for name, kind in zip("psgn", "SNSN", strict=True)
            ],
            BillingMode="PAY_PER_REQUEST",
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "by-g",
                    "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )

    def call(self, operation: str, **members: Any) -> dict[str, Any]:
        return self.account.call("dynamodb", operation, **{"TableName": "table"} | members)

    # ---- writes ------------------------------------------------------------------------------------------------------

    @rule(action=ACTIONS)
    def write(self, action: Action) -> None:
        old, new, refused = None, None, None
        try:
            old, new = self.model.write(action)
        except Refused as error:
            refused = error
        if refused is not None:
            with pytest.raises(ServiceError) as caught:
                self.call(f"{action.kind}Item", **parameters(action))
            assert caught.value.code == refused.code
            return
        wanted = "ALL_NEW" if action.kind == "Update" else "ALL_OLD"
        answer = self.call(f"{action.kind}Item", **parameters(action), ReturnValues=wanted)
        assert plain(answer.get("Attributes")) == (new if action.kind == "Update" else old)

    @rule(actions=TRANSACTIONS)
    def transact(self, actions: list[Action]) -> None:
        given = [{action.kind: parameters(action)} for action in actions]
        refused = None
        try:
            self.model.transact(actions)
        except Refused as error:
            refused = error
        if refused is not None:
            with pytest.raises(ServiceError) as caught:
                self.account.call("dynamodb", "TransactWriteItems", TransactItems=given)
            assert caught.value.code == refused.code
            assert [reason["Code"] for reason in caught.value.members["CancellationReasons"]] == refused.reasons
            return
        self.account.call("dynamodb", "TransactWriteItems", TransactItems=given)

    @rule(items=st.lists(ITEMS, max_size=4, unique_by=key_of), keys=st.lists(KEYS, max_size=3, unique=True))
    def write_batch(self, items: list[Item], keys: list[Key]) -> None:
        keys = [key for key in keys if key not in [key_of(item) for item in items]]
        if not items and not keys:
            return
        requests = [{"PutRequest": {"Item": wire(item)}} for item in items]
        requests += [{"DeleteRequest": {"Key": key_item(key)}} for key in keys]
        answer = self.account.call("dynamodb", "BatchWriteItem", RequestItems={"table": requests})
        assert answer["UnprocessedItems"] == {}
        for item in items:
            self.model.write(Action("Put", key_of(item), item))
        for key in keys:
            self.model.write(Action("Delete", key))

    # ---- reads -------------------------------------------------------------------------------------------------------

    @rule(key=KEYS)
    def get(self, key: Key) -> None:
        assert plain(self.call("GetItem", Key=key_item(key)).get("Item")) == self.model.get(key)

    @rule(keys=st.lists(KEYS, min_size=1, unique=True))
    def get_batch(self, keys: list[Key]) -> None:
        given = {"table": {"Keys": [key_item(key) for key in keys]}}
        found = self.account.call("dynamodb", "BatchGetItem", RequestItems=given)["Responses"]["table"]
        expected = {key: item for key, item in self.model.items.items() if key in keys}
        assert {key_of(item): plain(item) for item in found} == expected

    @rule(partition=PARTITIONS, sort=SORTS, condition=FILTERS, is_forward=st.booleans(), page=st.sampled_from([1, 2, 100]))
    def query(self, partition: str, sort: int, condition: Condition | None, is_forward: bool, page: int) -> None:
        given = condition.parameters("FilterExpression") if condition is not None else {}
        values = {":p": {"S": partition}, ":s": {"N": str(sort)}} | given.pop("ExpressionAttributeValues", {})
        found = self.pages(
            "Query",
            KeyConditionExpression="p = :p AND s >= :s",
            ExpressionAttributeValues=values,
            ScanIndexForward=is_forward,
            Limit=page,
            **given,
        )
        assert found == self.model.query(partition, lambda number: number >= sort, condition, is_forward=is_forward)

    @rule(group=GROUPS, least=NUMBERS, page=st.sampled_from([1, 100]))
    def query_index(self, group: str, least: int, page: int) -> None:
        found = self.pages(
            "Query",
            IndexName="by-g",
            KeyConditionExpression="g = :g AND n >= :n",
            ExpressionAttributeValues={":g": {"S": group}, ":n": {"N": str(least)}},
            Limit=page,
        )
        expected = self.model.query_index(group, least)
        assert [item["n"] for item in found] == [item["n"] for item in expected]
        assert {key_of(item): item for item in found} == {key_of(item): item for item in expected}

    @rule(condition=FILTERS, segments=st.sampled_from([1, 2, 3]), page=st.sampled_from([1, 3, 100]))
    def scan(self, condition: Condition | None, segments: int, page: int) -> None:
        given = condition.parameters("FilterExpression") if condition is not None else {}
        found = [
            item
            for segment in range(segments)
            for item in self.pages("Scan", Segment=segment, TotalSegments=segments, Limit=page, **given)
        ]
        assert len({key_of(item) for item in found}) == len(found)
        assert {key_of(item): item for item in found} == self.model.scan(condition)

    def pages(self, operation: str, **members: Any) -> list[Item]:
        found, start = [], {}
        while True:
            answer = self.call(operation, **members, **start)
            found += [plain(item) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                return found
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    # ---- the stream --------------------------------------------------------------------------------------------------

    @rule()
    def four_hours_pass(self) -> None:
        if self.platform.now(account=self.account.account).hour < 16:  # no record is older than a day
            self.platform.advance(shards.ROLLS_AFTER_S, account=self.account.account)

    @invariant()
    def the_stream_tells_what_the_model_tells(self) -> None:
        if not hasattr(self, "account"):
            return
        told: dict[Key, list[Any]] = {}
        for record in self.records():
            images = [plain(record["dynamodb"].get(name)) for name in ("OldImage", "NewImage")]
            assert plain(record["dynamodb"]["Keys"]) == plain(key_item(key_of(record["dynamodb"]["Keys"])))
            told.setdefault(key_of(record["dynamodb"]["Keys"]), []).append((record["eventName"], *images))
        assert told == self.model.records

    def records(self) -> list[Any]:
        """All records, parents before children."""
        arn = self.call("DescribeTable")["Table"]["LatestStreamArn"]
        found = []
        for shard in self.account.call("dynamodbstreams", "DescribeStream", StreamArn=arn)["StreamDescription"]["Shards"]:
            where = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
            iterator = self.account.call("dynamodbstreams", "GetShardIterator", **where)["ShardIterator"]
            found += self.account.call("dynamodbstreams", "GetRecords", ShardIterator=iterator)["Records"]
        return found


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with LocalPlatform(data=tmp_path_factory.mktemp("model"), clock="virtual") as running:
        yield running


def test_the_service_agrees_with_the_model(platform: LocalPlatform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "SPLIT_AFTER_RECORDS", 7)
    monkeypatch.setattr(DynamodbAgainstModel, "platform", platform, raising=False)
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        DynamodbAgainstModel, settings=settings(max_examples=25, stateful_step_count=25, deadline=None, database=None)
    )
