"""A Map whose items are child executions: where items come from, how they are batched, where results go.

https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from lambent.services.stepfunctions.engine.definition.fields import Fields, InvalidField
from lambent.services.stepfunctions.engine.definition.flows import by_query, fill
from lambent.services.stepfunctions.engine.definition.states import Evaluate, State

LIST_OBJECTS = "arn:aws:states:::s3:listObjectsV2"
GET_OBJECT = "arn:aws:states:::s3:getObject"
PUT_OBJECT = "arn:aws:states:::s3:putObject"
INPUT_TYPES = ("CSV", "JSON", "JSONL", "MANIFEST")
DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
BATCH_BYTES_MAX = 262_144
LABEL_LENGTH_MAX = 40


@dataclass(frozen=True, slots=True, eq=False)
class Reader:
    """``parameters`` name bucket and key or prefix. ``headers`` are given where the first row is none."""

    resource: str
    parameters: Evaluate
    input_type: str
    items_max: Evaluate | None
    headers: tuple[str, ...]
    delimiter: str
    pointer: str


class Batcher(Struct, frozen=True, eq=False):
    items_max: Evaluate | None
    bytes_max: Evaluate | None
    input: Evaluate | None


class Writer(Struct, frozen=True, eq=False):
    """``transformation`` is NONE, COMPACT or FLATTEN; ``output_type`` JSON or JSONL. Nothing is written without parameters."""

    parameters: Evaluate | None
    transformation: str
    output_type: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DistributedMap(State):
    """``processor`` is the number of a machine; ``is_express``: what it runs is. ``label`` is empty where none is given."""

    processor: int
    is_express: bool
    items: Evaluate
    selector: Callable[..., Any] | None
    concurrency_max: Evaluate | None
    tolerated_count: Evaluate | None
    tolerated_percentage: Evaluate | None
    reader: Reader | None
    batcher: Batcher | None
    writer: Writer | None
    label: str


def reader(fields: Fields, *, is_jsonata: bool) -> Reader | None:
    """Raises InvalidField."""
    if "ItemReader" not in fields:
        return None
    inside = fields.inside("ItemReader")
    inside.require("Resource")
    resource = inside.text("Resource") or ""
    if resource not in (LIST_OBJECTS, GET_OBJECT):
        raise InvalidField("Value is not a valid resource ARN", inside.at("Resource"))
    config = inside.inside("ReaderConfig") if "ReaderConfig" in inside else Fields({}, inside.at("ReaderConfig"))
    input_type = config.get("InputType", "JSON")
    if input_type not in INPUT_TYPES:
        raise InvalidField(f"Value is not one of: [{', '.join(INPUT_TYPES)}]", config.at("InputType"))
    delimiter = DELIMITERS.get(config.get("CSVDelimiter", "COMMA"))
    if delimiter is None:
        raise InvalidField(f"Value is not one of: [{', '.join(DELIMITERS)}]", config.at("CSVDelimiter"))
    return Reader(
        resource,
        _parameters(inside, is_jsonata=is_jsonata),
        input_type,
        config.amount("MaxItems", "MaxItemsPath", is_jsonata=is_jsonata),
        config.names("CSVHeaders") if config.get("CSVHeaderLocation") == "GIVEN" else (),
        delimiter,
        config.text("ItemsPointer") or "",
    )


def batcher(fields: Fields, *, is_jsonata: bool) -> Batcher | None:
    if "ItemBatcher" not in fields:
        return None
    inside = fields.inside("ItemBatcher")
    items_max = inside.amount("MaxItemsPerBatch", "MaxItemsPerBatchPath", is_jsonata=is_jsonata)
    bytes_max = inside.amount("MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath", is_jsonata=is_jsonata)
    if items_max is None and bytes_max is None:
        names = "MaxItemsPerBatch, MaxItemsPerBatchPath, MaxInputBytesPerBatch, MaxInputBytesPerBatchPath"
        raise InvalidField(f"At least one of these fields is required: [{names}]", inside.location)
    return Batcher(items_max, bytes_max, _template(inside, "BatchInput", is_jsonata=is_jsonata))


def writer(fields: Fields, *, is_jsonata: bool) -> Writer | None:
    if "ResultWriter" not in fields:
        return None
    inside = fields.inside("ResultWriter")
    config = inside.inside("WriterConfig") if "WriterConfig" in inside else Fields({}, inside.at("WriterConfig"))
    transformation, output_type = config.get("Transformation", "NONE"), config.get("OutputType", "JSON")
    if transformation not in ("NONE", "COMPACT", "FLATTEN"):
        raise InvalidField("Value is not one of: [NONE, COMPACT, FLATTEN]", config.at("Transformation"))
    if output_type not in ("JSON", "JSONL"):
        raise InvalidField("Value is not one of: [JSON, JSONL]", config.at("OutputType"))
    parameters = _parameters(inside, is_jsonata=is_jsonata) if "Resource" in inside else None
    return Writer(parameters, transformation, output_type)


def label(fields: Fields) -> str:
    given = fields.text("Label") or ""
    if len(given) > LABEL_LENGTH_MAX:
        raise InvalidField(f"Label must not be longer than {LABEL_LENGTH_MAX} characters", fields.at("Label"))
    return given


def _parameters(inside: Fields, *, is_jsonata: bool) -> Evaluate:
    name = "Arguments" if is_jsonata else "Parameters"
    inside.require(name)
    found = _template(inside, name, is_jsonata=is_jsonata)
    assert found is not None, "it is required"
    return found


def _template(inside: Fields, name: str, *, is_jsonata: bool) -> Evaluate | None:
    if is_jsonata:
        template = inside.query(name)
        return None if template is None else by_query(template)
    payload = inside.template(name)
    return None if payload is None else (lambda view: fill(view, payload, view.document))
