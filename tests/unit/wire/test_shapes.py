"""One codec reads and writes structures, lists and maps for JSON and CBOR alike."""

from typing import Any

import pytest

from lambent.core.errors import Defect
from lambent.wire import models, problems
from lambent.wire.json_shapes import JSON
from lambent.wire.models import Shape
from lambent.wire.shapes import unexpected

DOCUMENT = {
    "metadata": {"protocol": "json"},
    "operations": {"Put": {"name": "Put", "http": {}, "input": {"shape": "Tree"}}},
    "shapes": {
        "Tree": {
            "type": "structure",
            "members": {
                "Name": {"shape": "String", "locationName": "name"},
                "Children": {"shape": "Trees"},
                "Tags": {"shape": "Tags"},
            },
        },
        "Trees": {"type": "list", "member": {"shape": "Tree"}},
        "Tags": {"type": "map", "key": {"shape": "String"}, "value": {"shape": "String"}},
        "String": {"type": "string"},
    },
}


@pytest.fixture
def tree() -> Shape:
    return models.from_document("trees", DOCUMENT).shapes["Tree"]


def read(shape: Shape, value: Any) -> Any:
    return JSON.members_reader(shape, shape.members)(value)


def test_a_shape_that_holds_itself_is_read(tree: Shape):
    assert read(tree, {"name": "a", "Children": [{"name": "b", "Children": []}]}) == {
        "Name": "a",
        "Children": [{"Name": "b", "Children": []}],
    }


def test_a_shape_that_holds_itself_is_written(tree: Shape):
    write = JSON.shape_writer(tree)
    assert write is not None
    assert write({"Name": "a", "Children": [{"Name": "b"}]}) == {"name": "a", "Children": [{"name": "b"}]}


def test_unknown_members_are_passed_over_when_read(tree: Shape):
    assert read(tree, {"name": "a", "Altitude": 7}) == {"Name": "a"}


def test_an_unknown_member_of_a_reply_is_a_defect(tree: Shape):
    with pytest.raises(Defect, match="Tree has no member Altitude"):
        JSON.members_writer(tree, ["Name"])({"Altitude": 7})


def test_null_is_absent_in_a_structure_and_kept_in_a_list(tree: Shape):
    assert read(tree, {"name": None, "Children": [None]}) == {"Children": [None]}


def test_none_is_left_out_of_a_reply(tree: Shape):
    assert JSON.members_writer(tree, ["Name", "Tags"])({"Name": None, "Tags": {"a": "b"}}) == {"Tags": {"a": "b"}}


def test_members_that_were_not_asked_for_are_passed_over(tree: Shape):
    assert JSON.members_writer(tree, ["Tags"])({"Name": "in a header", "Tags": {}}) == {"Tags": {}}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"name": 7}, "NUMBER_VALUE can not be converted to String"),
        ({"name": True}, "TRUE_VALUE can not be converted to String"),
        ({"name": {}}, "Start of structure or map found where not expected."),
        ({"name": []}, "Start of list found where not expected."),
        ({"Children": "x"}, "Expected list or null"),
        ({"Tags": 7}, "Expected map or null"),
        ("x", "Expected structure or null"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_in_words(tree: Shape, value: Any, message: str):
    with pytest.raises(problems.Serialization) as refused:
        read(tree, value)
    assert refused.value.message == message


def test_a_text_is_no_integer():
    assert unexpected("x", "Integer").message == "STRING_VALUE can not be converted to an Integer"
    assert unexpected(True, "Integer").message == "TRUE_VALUE can not be converted to an Integer"
    assert unexpected(10**5_000, "Integer").message == "NUMBER_VALUE can not be converted to an Integer"
