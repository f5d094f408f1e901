"""Buses through boto3: the default one, others, policies, tags, paging."""

import json
from collections.abc import Callable
from typing import Any

import pytest


def test_a_bus_is_made_described_updated_listed_and_deleted(events: Any, account: str):
    arn = f"arn:aws:events:us-east-1:{account}:event-bus/orders"
    made = events.create_event_bus(Name="orders", Description="d", Tags=[{"Key": "k", "Value": "v"}])
    assert (made["EventBusArn"], made["Description"]) == (arn, "d")
    events.update_event_bus(Name="orders", Description="e")
    for name in ("orders", arn):
        told = events.describe_event_bus(Name=name)
        assert (told["Name"], told["Arn"], told["Description"]) == ("orders", arn, "e")
        assert told["CreationTime"] <= told["LastModifiedTime"]
    assert [bus["Name"] for bus in events.list_event_buses()["EventBuses"]] == ["default", "orders"]
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "k", "Value": "v"}]
    events.delete_event_bus(Name="orders")
    events.delete_event_bus(Name="orders")
    assert [bus["Name"] for bus in events.list_event_buses()["EventBuses"]] == ["default"]


def test_the_default_bus_is_there(events: Any, account: str):
    told = events.describe_event_bus()
    assert (told["Name"], told["Arn"]) == ("default", f"arn:aws:events:us-east-1:{account}:event-bus/default")
    assert "Policy" not in told


def test_what_aws_refuses_is_refused_in_its_words(events: Any, refusal: Any):
    events.create_event_bus(Name="orders")
    invalid, missing = "ValidationException", "ResourceNotFoundException"
    assert refusal(events.create_event_bus, Name="orders") == (
        "ResourceAlreadyExistsException",
        400,
        "Event bus orders already exists.",
    )
    assert refusal(events.delete_event_bus, Name="default") == (invalid, 400, "Cannot delete event bus default.")
    assert refusal(events.describe_event_bus, Name="none") == (missing, 400, "Event bus none does not exist.")
    assert refusal(events.list_rules, EventBusName="none") == (missing, 400, "Event bus none does not exist.")
    assert refusal(events.remove_permission, StatementId="s") == (missing, 400, "EventBus does not have a policy.")
    assert refusal(events.list_event_buses, NextToken="nonsense")[0] == invalid


def test_buses_are_listed_page_by_page(events: Any):
    for number in range(5):
        events.create_event_bus(Name=f"bus-{number}")
    first = events.list_event_buses(NamePrefix="bus-", Limit=3)
    rest = events.list_event_buses(NamePrefix="bus-", Limit=3, NextToken=first["NextToken"])
    names = [bus["Name"] for page in (first, rest) for bus in page["EventBuses"]]
    assert names == [f"bus-{number}" for number in range(5)]
    assert "NextToken" not in rest


def test_another_account_puts_events_where_it_is_let(
    events: Any, client: Callable[..., Any], rule: Any, queue: Any, account: str
):
    other = f"{(int(account) + 1) % 10**12:012d}"
    theirs = client("events", aws_access_key_id=other)
    bus = events.describe_event_bus()["Arn"]
    target = queue()
    rule("r", target.arn)
    entry = {"Source": "shop", "DetailType": "sold", "Detail": "{}", "EventBusName": bus}
    denied = theirs.put_events(Entries=[entry])
    assert denied["FailedEntryCount"] == 1
    assert denied["Entries"][0]["ErrorCode"] == "AccessDeniedException"
    events.put_permission(Action="events:PutEvents", Principal=other, StatementId="other")
    (statement,) = json.loads(events.describe_event_bus()["Policy"])["Statement"]
    assert (statement["Sid"], statement["Principal"]) == ("other", {"AWS": f"arn:aws:iam::{other}:root"})
    assert theirs.put_events(Entries=[entry])["FailedEntryCount"] == 0
    (message,) = target.take()
    assert json.loads(message["Body"])["account"] == other
    with pytest.raises(theirs.exceptions.ClientError, match="AccessDeniedException"):
        theirs.put_rule(Name="mine", EventBusName=bus, EventPattern='{"source":["x"]}')
    events.remove_permission(RemoveAllPermissions=True)
    assert "Policy" not in events.describe_event_bus()
    assert theirs.put_events(Entries=[entry])["FailedEntryCount"] == 1


def test_what_is_not_there_yet_says_so(events: Any, refusal: Any, account: str):
    bus = f"arn:aws:events:us-east-1:{account}:event-bus/default"
    assert refusal(events.create_archive, ArchiveName="a", EventSourceArn=bus)[:2] == ("NotImplemented", 501)
    assert refusal(events.list_api_destinations)[:2] == ("NotImplemented", 501)
