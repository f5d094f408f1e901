"""Patch operations: which paths there are, what their text means, how they are refused."""

from typing import Any

import pytest

from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine.rest import patches
from lambent.services.apigateway.engine.rest.patches import ADD_OR_REMOVE, ALL, Rule

RULES = (
    Rule("/name"),
    Rule("/enabled", read=patches.boolean),
    Rule("/templates/*", ALL),
    Rule("/types/*", ALL, is_set=True),
    Rule("/arns", ADD_OR_REMOVE, is_set=True),
    Rule("/endpoint/kinds/*"),
)
DOCUMENT = {"name": "a", "templates": {"text/plain": "x"}, "types": ["a/b", "c/d"], "endpoint": {"kinds": ["EDGE"]}}


def op(operation: str, path: str, value: str | None = None) -> dict[str, Any]:
    return {"op": operation, "path": path, **({"value": value} if value is not None else {})}


@pytest.mark.parametrize(
    ("operation", "changed"),
    [
        (op("replace", "/name", "b"), {"name": "b"}),
        (op("replace", "/enabled", "True"), {"enabled": True}),
        (op("add", "/templates/application~1json", "y"), {"templates": {"text/plain": "x", "application/json": "y"}}),
        (op("replace", "/templates/a~0b", "y"), {"templates": {"text/plain": "x", "a~b": "y"}}),
        (op("add", "/types/e~1f"), {"types": ["a/b", "c/d", "e/f"]}),
        (op("replace", "/types/a~1b", "e/f"), {"types": ["c/d", "e/f"]}),
        (op("remove", "/types/a~1b"), {"types": ["c/d"]}),
        (op("add", "/arns", "arn:x"), {"arns": ["arn:x"]}),
        (op("replace", "/endpoint/kinds/0", "REGIONAL"), {"endpoint": {"kinds": ["REGIONAL"]}}),
    ],
)
def test_an_operation_changes_a_copy(operation: dict[str, Any], changed: dict[str, Any]) -> None:
    assert patches.apply(DOCUMENT, [operation], RULES) == {**DOCUMENT, **changed}
    assert DOCUMENT["types"] == ["a/b", "c/d"]


def test_what_becomes_empty_is_gone() -> None:
    operations = [op("remove", "/templates/text~1plain"), op("remove", "/types/a~1b"), op("remove", "/types/c~1d")]
    assert patches.apply(DOCUMENT, operations, RULES).keys() == {"name", "endpoint"}


def test_refusals_name_what_there_is() -> None:
    with pytest.raises(errors.PatchPathUnknown) as unknown:
        patches.apply(DOCUMENT, [op("replace", "/invalid", "x")], (Rule("/pathPart"), Rule("/parentId")))
    assert unknown.value.message == (
        "Invalid patch path  '/invalid' specified for op 'replace'. Must be one of: [/parentId, /pathPart]"
    )
    with pytest.raises(errors.PatchOperationUnsupported) as unsupported:
        patches.apply(DOCUMENT, [op("remove", "/name")], RULES)
    assert (
        unsupported.value.message == "Invalid patch path  '/name' specified for op 'remove'. Please choose supported operations"
    )


def test_apis_and_methods_refuse_in_other_words() -> None:
    with pytest.raises(errors.PatchPathRefused) as unknown:
        patches.apply(DOCUMENT, [op("add", "/types", "x")], RULES, patches.NAMING_PATH)
    assert unknown.value.message == "Invalid patch path /types"
    with pytest.raises(errors.PatchOperationRefused) as unsupported:
        patches.apply(DOCUMENT, [op("add", "/name", "x")], RULES, patches.NAMING_PATH)
    assert unsupported.value.message == "Invalid patch operation specified. Must be one of: [replace]"


def test_numbers_may_be_written_with_a_point() -> None:
    assert (patches.integer("10.000000"), patches.number("1.5")) == (10, 1.5)
    for read in (patches.integer, patches.number):
        with pytest.raises(errors.BadRequest, match="Invalid patch value"):
            read("many")
