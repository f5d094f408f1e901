"""Patterns over JSON, with the documentation's own examples."""

import json

import pytest

from lambent.services.logs.errors import InvalidPattern
from lambent.services.logs.filter_pattern import json_fields

EVENT = json.dumps(
    {
        "eventType": "UpdateTrail",
        "sourceIPAddress": "111.111.111.111",
        "arrayKey": ["value", "another value"],
        "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
        "SomeObject": None,
        "ThisFlag": True,
        "cluster.name": "c",
        "latency": 50.5,
        "user": {"id": 1, "email": "John.Stiles@example.com"},
        "coordinates": [[0, 1, 2], [4, 5, 6]],
        "actions": ["GET", "PUT", "DELETE"],
    }
)


@pytest.mark.parametrize(
    "pattern",
    [
        '$.eventType = "UpdateTrail"',
        "$.eventType = UpdateTrail",
        "$.eventType=Update*",
        "$.sourceIPAddress != 123.123.*",
        '$.arrayKey[0] = "value"',
        "$.objectList[1].id = 2",
        "$.eventType = %Trail%",
        "$.arrayKey[*] = %val.{2}%",
        r"$.* = %111\.111\.111\.1[0-9]{1,2}%",
        "$.['cluster.name'] = \"c\"",
        '$["cluster.name"] = "c"',
        "$.SomeObject IS NULL",
        "$.ThisFlag IS TRUE",
        "$.SomeOtherObject NOT EXISTS",
        "$.latency >= 50.5 && $.latency < 1e2",
        "($.user.id = 1) && ($.objectList[0].name = a)",
        '$.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch && $.actions[2] = nonmatch',
        "$.coordinates[1][0] = 4",
        '$.latency = "*"',
    ],
)
def test_a_condition_is_met(pattern):
    assert json_fields.parse(pattern).matches(EVENT)


@pytest.mark.parametrize(
    "pattern",
    [
        "$.eventType = Update",
        "$.arrayKey = 1",
        "$.arrayKey != 1",
        "$.user != 1",
        "$.missing != 1",
        "$.SomeObject = *",
        "$.SomeOtherObject IS NULL",
        "$.SomeObject NOT EXISTS",
        "$.ThisFlag IS FALSE",
        "$.ThisFlag > 0",
        "$.eventType > 0",
        "$.arrayKey[2] = *",
        "$.latency < 50",
        "($.user.id = 2 && $.user.id = 1) || $.actions[2] = GET",
        '($.user.email = "John.Stiles@example.com" || $.user.id = 9) && $.actions[2] = nonmatch',
    ],
)
def test_a_condition_is_not_met(pattern):
    assert not json_fields.parse(pattern).matches(EVENT)


@pytest.mark.parametrize("message", ["plain text", "", '"a"', "{broken", '[INFO] {"a": 1}', "12"])
def test_what_is_no_json_object_matches_no_pattern(message):
    assert not json_fields.parse("$.a NOT EXISTS").matches(message)


def test_the_properties_of_a_pattern_are_extracted():
    condition = json_fields.parse("$.latency > 1 && $.user.id = 1 && $.missing NOT EXISTS && $.ThisFlag IS TRUE")
    assert condition.extract(EVENT) == {"$.latency": "50.5", "$.user.id": "1", "$.ThisFlag": "true"}


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "$.a",
        "$.a =",
        "= 1",
        "$.a = 1 $.b = 2",
        "$.a = 1 &&",
        "($.a = 1",
        "$.a = 1)",
        "a = 1",
        '$."a" = 1',
        "$.a IS NOT NULL",
        "$.a EXISTS",
        "$.a > many",
        "$.*.* = 1",
        "$.a = %1% || $.b = %2% || $.c = %3%",
        "$.a[*]=1 || $.b[*]=1 || $.c[*]=1 || $.d[*]=1",
    ],
)
def test_what_is_no_pattern_is_refused(pattern):
    with pytest.raises(InvalidPattern):
        json_fields.parse(pattern)
