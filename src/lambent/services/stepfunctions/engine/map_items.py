"""Items of a distributed Map: read out of files, selected, batched. Pure.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
"""

import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lambent.services.stepfunctions.engine import failures
from lambent.services.stepfunctions.engine.definition.distributed import BATCH_BYTES_MAX, Batcher, DistributedMap, Reader
from lambent.services.stepfunctions.engine.definition.states import Evaluate
from lambent.services.stepfunctions.engine.definition.views import View, json_of, text_of, value_of
from lambent.services.stepfunctions.engine.failures import PAYLOAD_BYTES_MAX, StateFailed


def failed(reason: str) -> StateFailed:
    return StateFailed(failures.ITEM_READER_FAILED, reason)


def parse(reader: Reader, content: bytes) -> Iterable[Any]:
    """The items in an object. Raises StateFailed."""
    if reader.input_type == "CSV":
        return rows(_text(content), reader.headers, reader.delimiter)
    if reader.input_type == "JSONL":
        return [_value(line) for line in content.splitlines() if line.strip()]
    return listed(_pointed(_value(content), reader.pointer))


def listed(found: Any) -> list[Any]:
    """A list as it is, an object as its pairs. Raises StateFailed for anything else."""
    if isinstance(found, dict):
        return [{"Key": key, "Value": value} for key, value in found.items()]
    if not isinstance(found, list):
        raise failed("Attempting to map over non-iterable node.")
    return found


def rows(text: str, headers: Sequence[str], delimiter: str) -> Iterator[dict[str, str]]:
    """Rows as objects of texts, by the first row's names where none are given."""
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        names = list(headers) or next(lines, [])
        for line in lines:
            if line:
                yield dict(zip(names, [*line, *[""] * (len(names) - len(line))], strict=False))
    except csv.Error as error:
        raise failed(f"The CSV file could not be read: {error}") from error


def manifest_files(content: bytes) -> tuple[list[str], list[str]]:
    """The keys of the files of an S3 Inventory, and the names of their columns. Raises StateFailed."""
    manifest = _value(content)
    try:
        keys = [str(file["key"]) for file in manifest["files"]]
        return keys, [name.strip() for name in manifest["fileSchema"].split(",")]
    except (KeyError, TypeError, AttributeError) as error:
        raise failed("The manifest is not one of an S3 Inventory in CSV.") from error


def unpacked(key: str, content: bytes) -> str:
    if not key.endswith(".gz"):
        return _text(content)
    try:
        return _text(gzip.decompress(content))
    except (OSError, EOFError, zlib.error) as error:
        raise failed(f"The file {key} could not be unpacked.") from error


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise failed("The file is not encoded in UTF-8.") from error


def _value(content: bytes) -> Any:
    try:
        return value_of(content)
    except (ValueError, RecursionError) as error:
        raise failed("The file could not be parsed as JSON.") from error


def _pointed(document: Any, pointer: str) -> Any:
    """What a JSON pointer (/a/b) leads to."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(document, dict) and name in document:
            document = document[name]
        elif isinstance(document, list) and name.isdigit() and int(name) < len(document):
            document = document[int(name)]
        else:
            raise failed(f"The ItemsPointer {pointer} leads nowhere.")
    return document


def selected(state: DistributedMap, view: View, items: Iterable[Any]) -> Iterator[Any]:
    """Each item as its ItemSelector makes it. Raises StateFailed."""
    if state.selector is None:
        yield from items
        return
    context = view.context
    for index, item in enumerate(items):
        view.context = {**context, "Map": {"Item": {"Index": index, "Value": item}}}
        yield state.selector(view)


def batched(batcher: Batcher | None, view: View, items: Iterable[Any]) -> Iterator[tuple[int, bytes]]:
    """Inputs of child executions, and how many items are in each. Raises StateFailed."""
    if batcher is None:
        for item in items:
            yield 1, _sized(json_of(item))
        return
    count_max = limit(view, batcher.items_max, "MaxItemsPerBatch")
    bytes_max = min(limit(view, batcher.bytes_max, "MaxInputBytesPerBatch") or BATCH_BYTES_MAX, BATCH_BYTES_MAX)
    head = b"{" if batcher.input is None else b'{"BatchInput":' + json_of(batcher.input(view)) + b","
    head += b'"Items":['
    batch: list[bytes] = []
    size = len(head) + 2
    for item in items:
        data = json_of(item)
        if batch and (len(batch) == count_max or size + len(data) + 1 > bytes_max):
            yield len(batch), head + b",".join(batch) + b"]}"
            batch, size = [], len(head) + 2
        batch.append(_sized(data))
        size += len(data) + 1
    if batch:
        yield len(batch), head + b",".join(batch) + b"]}"


def limit(view: View, evaluate: Evaluate | None, field: str) -> int:
    """0 where there is none. Raises StateFailed for what is no whole number."""
    value = 0 if evaluate is None else evaluate(view)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or value % 1:
        raise view.failed(failures.RUNTIME, f"The {field} field must be a positive integer, but was: {text_of(value)}")
    return int(value)


def _sized(data: bytes) -> bytes:
    if len(data) > PAYLOAD_BYTES_MAX:
        raise failed("An item is larger than the maximum number of bytes of an input.")
    return data
