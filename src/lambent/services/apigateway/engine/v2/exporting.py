"""What of an API is exported: as it is now, or as a stage serves it."""

from lambent.core.context import Scope
from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.records import HTTP, Api, Snapshot
from lambent.services.apigateway.engine.v2 import apis, deployments, stages
from lambent.services.apigateway.engine.v2.parts import find
from lambent.services.apigateway.tables.v2 import parts
from lambent.store.database import Transaction


def exported(tx: Transaction, scope: Scope, api_id: str, stage_name: str) -> tuple[Api, Snapshot, dict[str, str]]:
    """``stage_name``: "" for the API as it is now. Raises ApiNotFound, NotFound, BadRequest."""
    api, tags = apis.with_tags(tx, scope, api_id)
    if api.protocol_type != HTTP:
        raise errors.BadRequest(reason="Only APIs with a protocol type of HTTP can be exported")
    if not stage_name:
        return api, deployments.taken(tx, api), tags
    stage = find(tx, api, stages.RULES, stage_name)
    return api, parts.snapshot(tx, api_id, stage.deployment_id) or Snapshot(), tags
