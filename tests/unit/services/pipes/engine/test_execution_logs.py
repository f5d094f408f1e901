"""What is logged of an execution."""

import json

from tests.unit.services.pipes.engine.conftest import GROUP, NAME, NOW

from lambent.services.pipes.engine import execution_logs
from lambent.services.pipes.engine.execution_logs import FIELD_BYTES_MAX, LogTarget


def settings(**members):
    return {"LogConfiguration": {"CloudwatchLogsLogDestination": {"LogGroupArn": GROUP}, **members}}


def test_the_configuration_says_where_and_how_much():
    given = settings(Level="INFO", IncludeExecutionData=["ALL"])
    assert execution_logs.target_of(given) == LogTarget("/g/h", "INFO", has_data=True)
    assert execution_logs.target_of(settings(Level="OFF")) is None
    assert execution_logs.target_of({}) is None


def test_each_level_has_those_above_it():
    steps = ["EXECUTION_FAILED", "EXECUTION_STARTED", "TARGET_STAGE_ENTERED", "TARGET_INVOCATION_STARTED"]
    wanted = {
        level: [step for step in steps if LogTarget("g", level, has_data=False).wants(execution_logs.level_of(step))]
        for level in ("ERROR", "INFO", "TRACE")
    }
    assert wanted == {"ERROR": steps[:1], "INFO": steps[:3], "TRACE": steps}


def test_long_data_is_cut_and_said_to_be():
    line = json.loads(
        execution_logs.line(NAME.arn, "id", "EXECUTION_STARTED", NOW, data={"payload": "x" * (FIELD_BYTES_MAX + 1)})
    )
    assert len(line["payload"]) == FIELD_BYTES_MAX
    assert line["truncatedFields"] == ["payload"]
    assert (line["messageType"], line["logLevel"], line["resourceArn"]) == ("EXECUTION_STARTED", "INFO", NAME.arn)
