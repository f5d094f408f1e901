"""Resources: the tree of paths of an API, each with its methods.

https://docs.aws.amazon.com/apigateway/latest/api/API_Resource.html
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lambent.core import ids
from lambent.core.context import Scope
from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine.rest import parts, patches
from lambent.services.apigateway.engine.rest.patches import Rule
from lambent.services.apigateway.tables.rest import documents
from lambent.services.apigateway.tables.rest.documents import Document
from lambent.store.database import Transaction

RESOURCE_ID_CHARACTERS = 6
RULES = (Rule("/parentId"), Rule("/pathPart"))
_LITERAL = re.compile(r"[a-zA-Z0-9._\-:]+")
_VARIABLE = re.compile(r"\{[a-zA-Z0-9._\-:]+\+?\}")
_PATH_PART_WRONG = (
    "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and"
    " the end."
)


def is_variable(path_part: str) -> bool:
    return path_part.startswith("{")


def is_greedy(path_part: str) -> bool:
    return path_part.endswith("+}")


def create(tx: Transaction, scope: Scope, api_id: str, parent_id: str, path_part: str) -> Document:
    """Raises BadRequestException, ConflictException, LimitExceededException, NotFoundException."""
    parts.find_api(tx, scope, api_id)
    parent = find(tx, scope, api_id, parent_id)
    resource = {"id": ids.lower_and_digits(RESOURCE_ID_CHARACTERS), "parentId": parent_id, "pathPart": path_part}
    resource["path"] = _below(parent["path"], path_part)
    _check(resource, parent, parts.of_owner(tx, scope, parts.RESOURCE, api_id))
    parts.add(tx, scope, parts.RESOURCE, api_id, resource)
    return resource


def find(tx: Transaction, scope: Scope, api_id: str, resource_id: str) -> Document:
    return parts.find(tx, scope, parts.RESOURCE, api_id, resource_id)


def of_api(tx: Transaction, scope: Scope, api_id: str) -> list[Document]:
    """By path."""
    return sorted(parts.of_api(tx, scope, parts.RESOURCE, api_id), key=lambda resource: str(resource["path"]))


def change(tx: Transaction, scope: Scope, api_id: str, resource_id: str, operations: Iterable[Mapping[str, Any]]) -> Document:
    """Its place in the tree; what is below it moves along. Raises what ``create`` raises."""
    resource = patches.apply(find(tx, scope, api_id, resource_id), operations, RULES)
    everything = parts.of_owner(tx, scope, parts.RESOURCE, api_id)
    parent = find(tx, scope, api_id, resource.get("parentId", ""))
    moved = [resource_id, *_ids_below(everything, resource_id)]
    if parent["id"] in moved:
        raise errors.BadRequest(reason="Resources cannot be cyclical.")
    _check(resource, parent, [other for other in everything if other["id"] != resource_id])
    by_id = {other["id"]: other for other in everything} | {resource_id: resource}
    for id_ in moved:  # each after its parent
        member = by_id[id_]
        member["path"] = _below(by_id[member["parentId"]]["path"], member["pathPart"])
        parts.put(tx, scope, parts.RESOURCE, api_id, member)
    return resource


def delete(tx: Transaction, scope: Scope, api_id: str, resource_id: str) -> None:
    """With all that is below it."""
    resource = find(tx, scope, api_id, resource_id)
    if "parentId" not in resource:
        raise errors.BadRequest(reason="Root resource can't be deleted")
    everything = parts.of_owner(tx, scope, parts.RESOURCE, api_id)
    for id_ in (resource_id, *_ids_below(everything, resource_id)):
        documents.delete(tx, scope, parts.RESOURCE.name, api_id, id_)


def _check(resource: Mapping[str, Any], parent: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> None:
    part = resource["pathPart"]
    if not (_VARIABLE if is_variable(part) else _LITERAL).fullmatch(part):
        raise errors.BadRequest(reason=_PATH_PART_WRONG)
    if is_greedy(parent.get("pathPart", "")):
        raise errors.BadRequest(reason=f"Cannot create a child of a resource with a greedy path variable: {parent['pathPart']}")
    for sibling in others:
        if sibling.get("parentId") != parent["id"]:
            continue
        if sibling["pathPart"] == part:
            raise errors.Conflict(reason=f"Another resource with the same parent already has this name: {part}")
        if is_variable(part) and is_variable(sibling["pathPart"]):
            reason = (
                f"A sibling ({sibling['pathPart']}) of this resource already has a variable path part -- only one is allowed"
            )
            raise errors.BadRequest(reason=reason)


def _below(path: str, path_part: str) -> str:
    return f"{path.removesuffix('/')}/{path_part}"


def _ids_below(everything: Sequence[Mapping[str, Any]], resource_id: str) -> list[str]:
    """Parents before their children."""
    found = [resource_id]
    for id_ in found:
        found += [other["id"] for other in everything if other.get("parentId") == id_]
    return found[1:]
