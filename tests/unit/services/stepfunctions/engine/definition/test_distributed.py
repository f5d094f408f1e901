"""Distributed Maps as they are compiled, and what is refused."""

import json
from typing import Any

import pytest
from tests.unit.services.stepfunctions.engine.runs import machine, passing

from lambent.services.stepfunctions.engine.definition import InvalidField, compile_definition
from lambent.services.stepfunctions.engine.definition.distributed import DistributedMap

GET = "arn:aws:states:::s3:getObject"


def compiled(**fields: Any) -> DistributedMap:
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, **machine(S=passing())}
    text = json.dumps(machine("M", M={"Type": "Map", "ItemProcessor": processor, "End": True, **fields}))
    state = compile_definition(text).machines[0].states["M"]
    assert isinstance(state, DistributedMap)
    return state


def test_a_reader_has_its_settings():
    config = {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a"], "CSVDelimiter": "TAB"}
    reader = compiled(ItemReader={"Resource": GET, "Parameters": {}, "ReaderConfig": config}).reader
    assert reader is not None
    assert (reader.input_type, reader.headers, reader.delimiter) == ("CSV", ("a",), "\t")


@pytest.mark.parametrize(
    ("fields", "location"),
    [
        ({"ItemReader": {"Resource": "arn:aws:states:::s3:x", "Parameters": {}}}, "/ItemReader/Resource"),
        ({"ItemReader": {"Resource": GET}}, "/ItemReader"),
        (
            {"ItemReader": {"Resource": GET, "Parameters": {}, "ReaderConfig": {"InputType": "X"}}},
            "/ItemReader/ReaderConfig/InputType",
        ),
        ({"ItemBatcher": {}}, "/ItemBatcher"),
        ({"Label": "x" * 41}, "/Label"),
        ({"ResultWriter": {"WriterConfig": {"Transformation": "X"}}}, "/ResultWriter/WriterConfig/Transformation"),
    ],
)
def test_what_cannot_be_read_or_written_is_refused(fields: dict[str, Any], location: str):
    with pytest.raises(InvalidField) as caught:
        compiled(**fields)
    assert caught.value.location == f"/States/M{location}"
