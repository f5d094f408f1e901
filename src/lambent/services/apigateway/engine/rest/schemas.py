"""Models as JSON schemas: whether a body is one, and what a model looks like with what it refers to written out.

Models are draft 4, and refer to one another by addresses: ``https://apigateway.amazonaws.com/restapis/{id}/models/{name}``.
https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import re2

from lambent.core.errors import LambentError

ERRORS_TOLD_MAX = 10
FLATTENED_DEPTH_MAX = 32
_ADDRESS = "https://apigateway.amazonaws.com/restapis/"

Check = Callable[[bytes], list[str]]
"""What is wrong with a body; nothing where it is as the model says."""


class InvalidSchema(LambentError):
    """A model that no body can be held against."""


def compiled(name: str, models: Mapping[str, str]) -> Check:
    """``models``: all schemas of the API as text, by name. Raises InvalidSchema."""
    import jsonschema
    from referencing import Registry, Resource
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT4

    schemas = {key: _read(text) for key, text in models.items()}
    if name not in schemas:
        raise InvalidSchema(name)
    # Whatever API an address names, it is this one's model that is meant: an import may have copied it from another.
    found = {
        reference: schemas.get(reference.rpartition("/")[2]) for schema in schemas.values() for reference in _addresses(schema)
    }
    registry: Any = Registry().with_resources(
        (reference, Resource.from_contents(schema, default_specification=DRAFT4))
        for reference, schema in found.items()
        if schema is not None
    )
    # Patterns are the API's, what they are held against is anybody's: re2 takes no more time than the text is long.
    validator = jsonschema.validators.extend(jsonschema.Draft4Validator, {"pattern": _pattern})(
        schemas[name], registry=registry
    )

    def check(body: bytes) -> list[str]:
        try:
            value = json.loads(body or b"null")
        except (ValueError, RecursionError):
            return ["The body is no JSON"]
        try:
            return [error.message for _, error in zip(range(ERRORS_TOLD_MAX), validator.iter_errors(value), strict=False)]
        except (Unresolvable, RecursionError, jsonschema.exceptions.UnknownType) as error:
            raise InvalidSchema(name) from error

    return check


def flattened(schema: str, models: Mapping[str, str]) -> str:
    """The schema with the models that it refers to in place of the references."""
    schemas = {name: _read(text) for name, text in models.items()}
    return json.dumps(_flat(_read(schema), schemas, FLATTENED_DEPTH_MAX), indent=2)


def template(schema: str) -> str:
    """A mapping template that takes a body of this model apart, property by property."""
    properties = _read(schema).get("properties") or {}
    lines = [f'  "{name}" : {_taken(name, kind)}' for name, kind in properties.items()]
    return "#set($inputRoot = $input.path('$'))\n{\n" + ",\n".join(lines) + "\n}"


def _taken(name: str, schema: Mapping[str, Any]) -> str:
    return f'"$inputRoot.{name}"' if schema.get("type", "string") == "string" else f"$inputRoot.{name}"


def _read(text: str) -> dict[str, Any]:
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidSchema(text[:50]) from error
    if not isinstance(schema, dict):
        raise InvalidSchema(text[:50])
    return schema


def _addresses(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _addresses(item)
    elif isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str) and reference.startswith(_ADDRESS):
            yield reference
        for item in value.values():
            yield from _addresses(item)


def _flat(value: Any, schemas: Mapping[str, Any], depth_left: int) -> Any:
    if isinstance(value, list):
        return [_flat(item, schemas, depth_left) for item in value]
    if not isinstance(value, dict):
        return value
    reference = value.get("$ref")
    if isinstance(reference, str) and reference.startswith(_ADDRESS) and depth_left:
        return _flat(schemas.get(reference.rpartition("/")[2], {}), schemas, depth_left - 1)
    return {name: _flat(item, schemas, depth_left) for name, item in value.items()}


def _pattern(validator: Any, pattern: str, instance: object, schema: object) -> Iterator[Any]:  # noqa: ARG001 - as jsonschema has it
    import jsonschema

    if not isinstance(instance, str):
        return
    try:
        is_found = re2.search(pattern, instance) is not None
    except re2.error as error:
        raise InvalidSchema(pattern) from error
    if not is_found:
        yield jsonschema.ValidationError(f"{instance!r} does not match {pattern!r}")
