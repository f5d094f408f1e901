"""Pipes change step by step: what is under way ends before the next change begins."""

import pytest
from tests.unit.services.pipes.engine.conftest import NAME, NOW, QUEUE, ROLE, STREAM, TOPIC

from lambent.durable.followers.progress import Progress
from lambent.services.pipes import errors
from lambent.services.pipes.engine import pipes
from lambent.services.pipes.tables import pipes as tables
from lambent.services.pipes.tables.shards import PipePlaces

KINESIS = {"KinesisStreamParameters": {"StartingPosition": "LATEST", "BatchSize": 5}}


def asked(**members):
    return {"Name": "p", "RoleArn": ROLE, "Source": QUEUE, "Target": TOPIC, **members}


def made(tx, state="RUNNING", starts=(), **members):
    settings = pipes.created(asked(**members), region="us-east-1")
    return pipes.create(tx, NAME, settings, desired_state=state, tags={}, starts=starts, now=NOW)


def settled(tx):
    return pipes.settle(tx, tables.list_to_take_up(tx))


def test_a_change_waits_for_the_one_before_it(tx):
    row = made(tx)
    assert row.current_state == "CREATING"
    with pytest.raises(errors.PipeIsChanging):
        pipes.stop(tx, NAME, NOW)
    assert [each.current_state for each in settled(tx)] == ["RUNNING"]
    assert pipes.stop(tx, NAME, NOW).current_state == "STOPPING"
    assert [each.current_state for each in settled(tx)] == ["STOPPED"]
    with pytest.raises(errors.PipeIsThere):
        pipes.stop(tx, NAME, NOW)


def test_a_deleted_pipe_takes_with_it_how_far_it_has_come(tx):
    row = made(tx, Source=STREAM, SourceParameters=KINESIS, starts=[("s0", Progress())])
    settled(tx)
    assert PipePlaces(row.key).load(tx) == {"s0": Progress()}
    pipes.delete(tx, NAME, NOW)
    assert settled(tx) == []
    assert PipePlaces(row.key).load(tx) == {}
    with pytest.raises(errors.PipeNotFound):
        pipes.find(tx, NAME)


def test_an_update_that_stands_on_an_older_state_is_refused(tx):
    made(tx)
    (row,) = settled(tx)
    pipes.update(tx, row, row.settings, desired_state="RUNNING", now=NOW)
    settled(tx)
    with pytest.raises(errors.PipeIsChanging):
        pipes.update(tx, row, row.settings, desired_state="RUNNING", now=NOW)


def test_an_update_keeps_the_starting_position_and_what_it_does_not_name(tx):
    row = made(tx, Source=STREAM, SourceParameters=KINESIS, Target=QUEUE, TargetParameters={"InputTemplate": "x"})
    given = {"SourceParameters": {"KinesisStreamParameters": {"BatchSize": 7}}}
    block = pipes.changed(row, given, region="us-east-1")["SourceParameters"]["KinesisStreamParameters"]
    assert (block["StartingPosition"], block["BatchSize"]) == ("LATEST", 7)
    assert pipes.changed(row, given, region="us-east-1")["TargetParameters"] == {"InputTemplate": "x"}
    assert pipes.changed(row, {"Target": TOPIC}, region="us-east-1")["TargetParameters"] == {}


def test_logs_elsewhere_than_in_cloudwatch_are_refused():
    with pytest.raises(errors.KindMissing, match="Firehose"):
        pipes.created(asked(LogConfiguration={"Level": "INFO", "FirehoseLogDestination": {"x": 1}}), region="us-east-1")


def test_tags_have_limits():
    pipes.check_tags({str(number): "" for number in range(50)})
    with pytest.raises(errors.ValidationException):
        pipes.check_tags({str(number): "" for number in range(51)})
    with pytest.raises(errors.ValidationException):
        pipes.check_tags({"aws:x": ""})
