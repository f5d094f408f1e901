"""The document itself: JSON or YAML in and out, references, and reading members of the type that they should have."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from lambent.services.apigateway import errors

Object = Mapping[str, Any]

DOCUMENT_BYTES_MAX = 6 * 1024 * 1024
_REFERENCES_MAX = 20  # one that leads to another


def load(text: str) -> Object:
    """Raises BadRequest for what is no JSON, no YAML, or no OpenAPI 3."""
    if len(text) > DOCUMENT_BYTES_MAX:
        raise errors.BadRequest(reason=f"The definition is larger than {DOCUMENT_BYTES_MAX} bytes")
    document = _parsed(text)
    if not isinstance(document, dict):
        raise errors.BadRequest(reason="Invalid OpenAPI input.")
    version = document.get("openapi")
    if not isinstance(version, str) or not version.startswith("3."):
        raise errors.BadRequest(reason="Unsupported specification. Only OpenAPI 3.0 definitions can be imported.")
    return document


def dump(document: Object, output_type: str) -> bytes:
    if output_type == "JSON":
        return json.dumps(document, indent=2, ensure_ascii=False).encode()
    from lambent.services.apigateway.engine.v2.openapi import yaml_text  # not every platform ever needs it

    return yaml_text.dump(document).encode()


def _parsed(text: str) -> Any:
    """What YAML would take for numbers of another base stays as JSON has it, where the text is JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    from lambent.services.apigateway.engine.v2.openapi import yaml_text

    try:
        return yaml_text.load(text)
    except (yaml_text.BadYaml, RecursionError) as error:
        raise errors.BadRequest(reason="Invalid OpenAPI input.") from error


def resolved(document: Object, value: Any) -> Any:
    """What a reference within the document leads to. Raises BadRequest where it leads nowhere."""
    for _ in range(_REFERENCES_MAX):
        reference = value.get("$ref") if isinstance(value, dict) else None
        if not isinstance(reference, str):
            return value
        value = _at(document, reference)
    raise errors.BadRequest(reason="Invalid OpenAPI input. References lead in circles.")


def _at(document: Object, reference: str) -> Any:
    found: Any = document
    for name in reference.removeprefix("#/").split("/"):
        key = name.replace("~1", "/").replace("~0", "~")
        if not reference.startswith("#/") or not isinstance(found, dict) or key not in found:
            raise errors.BadRequest(reason=f"Invalid OpenAPI input. The reference {reference} leads nowhere.")
        found = found[key]
    return found


def obj(value: Any) -> dict[str, Any]:
    """An object, or an empty one for whatever else stands there."""
    return value if isinstance(value, dict) else {}


def text(value: Any) -> str:
    """Numbers too: YAML takes a version of 1.0 for one."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts; a single one may list several, with commas."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return tuple(map(text, value)) if isinstance(value, list) else ()


def strings(value: Any) -> dict[str, str]:
    return {str(key): text(each) for key, each in obj(value).items()}


def operations(path_item: Object) -> Iterator[tuple[str, Object]]:
    """The method of each operation ("ANY" for all) and what is said of it."""
    for name, operation in path_item.items():
        method = "ANY" if name == "x-amazon-apigateway-any-method" else name.upper()
        if method in ("ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT") and isinstance(operation, dict):
            yield method, operation
