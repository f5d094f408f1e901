"""What visitors reach of REST APIs, for the data plane: stages and base paths, each in one read."""

from collections.abc import Mapping
from dataclasses import dataclass

from lambent.services.apigateway.engine.records import Scope
from lambent.services.apigateway.engine.rest import parts
from lambent.services.apigateway.engine.rest import stages as stage_rows
from lambent.services.apigateway.engine.rest.domains import NO_BASE_PATH
from lambent.services.apigateway.engine.rest.plans import StageOfApi, StagePlan
from lambent.services.apigateway.tables.rest import documents
from lambent.services.apigateway.tables.rest.documents import Document
from lambent.store.database import Transaction


@dataclass(frozen=True, slots=True)
class BasePath:
    """``stage``: "" where the next segment names it."""

    path: str
    api_id: str
    stage: str

    def below(self, path: str) -> str | None:
        """What of a path stands below this; None where it does not begin with it."""
        if not self.path:
            return path
        prefix = f"/{self.path}"
        if path == prefix:
            return "/"
        return path[len(prefix) :] if path.startswith(f"{prefix}/") else None


def stages(tx: Transaction, api_id: str) -> Mapping[str, StageOfApi] | None:
    """By name; None where there is no such API."""
    found = documents.anywhere(tx, parts.API.name, api_id)
    if found is None:
        return None
    scope, _ = found
    return {stage["stageName"]: _compiled(tx, scope, api_id, stage) for stage in parts.of_owner(tx, scope, parts.STAGE, api_id)}


def base_paths(tx: Transaction, domain: str) -> tuple[BasePath, ...]:
    """Those with the most segments first: the first that fits is meant. Nothing where it is no domain name of a REST API's."""
    found = documents.anywhere(tx, parts.DOMAIN.name, domain)
    if found is None:
        return ()
    mappings = [
        BasePath(
            "" if mapping["basePath"] == NO_BASE_PATH else mapping["basePath"], mapping["restApiId"], mapping.get("stage", "")
        )
        for mapping in parts.of_owner(tx, found[0], parts.MAPPING, domain)
    ]
    return tuple(sorted(mappings, key=lambda mapping: -len([part for part in mapping.path.split("/") if part])))


def domain_names(tx: Transaction) -> list[str]:
    """Of all accounts."""
    return documents.ids_anywhere(tx, parts.DOMAIN.name)


def _compiled(tx: Transaction, scope: Scope, api_id: str, stage: Document) -> StageOfApi:
    main = StagePlan(scope, stage, stage_rows.snapshot_of(tx, scope, api_id, stage["deploymentId"]))
    canary = stage.get("canarySettings")
    if not canary or not canary["percentTraffic"]:
        return StageOfApi(main)
    snapshot = stage_rows.snapshot_of(tx, scope, api_id, canary["deploymentId"])
    return StageOfApi(main, StagePlan(scope, stage, snapshot, is_canary=True), canary["percentTraffic"] / 100)
