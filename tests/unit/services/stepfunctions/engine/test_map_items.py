"""Items out of files, selected and batched."""

import gzip
import json
from typing import Any

import pytest

from lambent.services.stepfunctions.engine import map_items
from lambent.services.stepfunctions.engine.definition.distributed import GET_OBJECT, Batcher, Reader
from lambent.services.stepfunctions.engine.definition.flows import constant
from lambent.services.stepfunctions.engine.definition.views import View
from lambent.services.stepfunctions.engine.failures import StateFailed

VIEW = View("M", 2, {}, {}, {}, 0.0)


def reader(**fields: Any) -> Reader:
    given = {"input_type": "JSON", "items_max": None, "headers": (), "delimiter": ",", "pointer": ""}
    return Reader(GET_OBJECT, constant({}), **{**given, **fields})


def parsed(content: str, **fields: Any) -> list[Any]:
    return list(map_items.parse(reader(**fields), content.encode()))


def test_json_is_an_array_or_an_object():
    assert parsed("[1, 2]") == [1, 2]
    assert parsed('{"a": 1}') == [{"Key": "a", "Value": 1}]


def test_short_rows_are_filled_and_empty_ones_passed_over():
    assert parsed("a,b\n1\n\n2,3,4\n", input_type="CSV") == [{"a": "1", "b": ""}, {"a": "2", "b": "3"}]


def test_a_mark_at_the_beginning_of_a_file_is_no_part_of_it():
    assert list(map_items.parse(reader(input_type="CSV"), "\ufeffa\n1\n".encode())) == [{"a": "1"}]


def test_a_pointer_is_followed():
    assert parsed('{"a/b": [{"c": [1]}]}', pointer="/a~1b/0/c") == [1]
    with pytest.raises(StateFailed):
        parsed("{}", pointer="/a")


def test_an_inventory_names_its_files():
    manifest = json.dumps({"files": [{"key": "k"}], "fileSchema": "Bucket, Key"}).encode()
    assert map_items.manifest_files(manifest) == (["k"], ["Bucket", "Key"])
    assert map_items.unpacked("k.gz", gzip.compress(b"x")) == "x"
    for content in (b"[]", b"{}", b"x"):
        with pytest.raises(StateFailed):
            map_items.manifest_files(content)
    with pytest.raises(StateFailed):
        map_items.unpacked("k.gz", b"x")
    with pytest.raises(StateFailed):
        map_items.unpacked("k.gz", gzip.compress(b"x")[:10] + b"\xff" * 20)


@pytest.mark.parametrize(
    ("count", "size", "lengths"),
    [(2, None, [2, 2, 1]), (None, 20, [4, 1]), (3, 1_000, [3, 2]), (None, 262_144, [5])],
)
def test_batches_are_bounded_by_count_and_bytes(count: int | None, size: int | None, lengths: list[int]):
    batcher = Batcher(None if count is None else constant(count), None if size is None else constant(size), None)
    batches = list(map_items.batched(batcher, VIEW, [1, 2, 3, 4, 5]))
    assert [length for length, _ in batches] == lengths
    assert all(size is None or len(data) <= size for _, data in batches)
    assert [item for _, data in batches for item in json.loads(data)["Items"]] == [1, 2, 3, 4, 5]


def test_an_item_has_a_size():
    with pytest.raises(StateFailed):
        list(map_items.batched(None, VIEW, ["x" * 300_000]))


@pytest.mark.parametrize("found", [5, "text", None, True])
def test_only_lists_and_objects_have_items(found: Any):
    with pytest.raises(StateFailed):
        map_items.listed(found)


@pytest.mark.parametrize("value", ["3", -1, 2.5, True, None])
def test_a_limit_is_a_whole_number(value: Any):
    with pytest.raises(StateFailed):
        map_items.limit(VIEW, constant(value), "MaxItems")
