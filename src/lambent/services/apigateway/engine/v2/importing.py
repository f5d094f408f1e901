"""A definition is imported: as an API of its own, or in the stead of all that an API has."""

from msgspec import structs

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.records import HTTP, Api
from lambent.services.apigateway.engine.v2 import apis, authorizers, deployments, integrations, routes
from lambent.services.apigateway.engine.v2.openapi import Definition
from lambent.services.apigateway.engine.v2.parts import insert
from lambent.services.apigateway.tables.v2 import parts, tags
from lambent.store.database import Transaction


def create(tx: Transaction, api: Api, definition: Definition) -> None:
    """Raises BadRequest, Conflict, LimitReached."""
    apis.insert(tx, api, definition.tags)
    _insert_parts(tx, api, definition)


def replace(tx: Transaction, scope: Scope, api_id: str, definition: Definition, now: Instant) -> Api:
    """Stages, deployments and domain names stay. Raises ApiNotFound, BadRequest, Conflict, LimitReached."""
    before = apis.find(tx, scope, api_id)
    if before.protocol_type != HTTP:
        raise errors.BadRequest(reason="Only APIs with a protocol type of HTTP can be imported")
    api = structs.replace(before, **definition.api)
    apis.check(api)
    apis.put(tx, api)
    if definition.tags:
        apis.check_tags(definition.tags)
        tags.put(tx, scope, apis.arn_of(scope, api_id), definition.tags)
    parts.delete_kind(tx, api_id, parts.ROUTES)
    parts.delete_kind(tx, api_id, parts.INTEGRATIONS)
    parts.delete_kind(tx, api_id, parts.AUTHORIZERS)
    _insert_parts(tx, api, definition)
    deployments.follow(tx, api, now)
    return api


def _insert_parts(tx: Transaction, api: Api, definition: Definition) -> None:
    for authorizer in definition.authorizers:
        insert(tx, api, authorizers.RULES, authorizer)
    for integration in definition.integrations:
        insert(tx, api, integrations.RULES, integration)
    for route in definition.routes:
        insert(tx, api, routes.RULES, route)
