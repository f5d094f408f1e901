"""What visitors reach of REST APIs, for the data plane: all stages of one in one read."""

from collections.abc import Mapping

from lambent.core.context import Scope
from lambent.services.apigateway.engine.rest import parts
from lambent.services.apigateway.engine.rest import stages as stage_rows
from lambent.services.apigateway.engine.rest.plans import StageOfApi, StagePlan
from lambent.services.apigateway.tables.rest import documents
from lambent.services.apigateway.tables.rest.documents import Document
from lambent.store.database import Transaction


def stages(tx: Transaction, api_id: str) -> Mapping[str, StageOfApi] | None:
    """By name; None where there is no such API."""
    found = documents.anywhere(tx, parts.API.name, api_id)
    if found is None:
        return None
    scope, _ = found
    return {stage["stageName"]: _compiled(tx, scope, api_id, stage) for stage in parts.of_owner(tx, scope, parts.STAGE, api_id)}


def _compiled(tx: Transaction, scope: Scope, api_id: str, stage: Document) -> StageOfApi:
    main = StagePlan(scope, stage, stage_rows.snapshot_of(tx, scope, api_id, stage["deploymentId"]))
    canary = stage.get("canarySettings")
    if not canary or not canary["percentTraffic"]:
        return StageOfApi(main)
    snapshot = stage_rows.snapshot_of(tx, scope, api_id, canary["deploymentId"])
    return StageOfApi(main, StagePlan(scope, stage, snapshot, is_canary=True), canary["percentTraffic"] / 100)
