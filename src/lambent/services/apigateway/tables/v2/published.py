"""What visitors reach, for the data plane: everything that it needs of an API or of a domain name in one read."""

from lambent.services.apigateway.engine.records import Published, Snapshot
from lambent.services.apigateway.engine.v2.resources import ApiMapping
from lambent.services.apigateway.tables.v2 import apis, domains, parts
from lambent.store.database import Transaction

CHANGED = "apigateway.changed"
"""The topic that is signalled where a domain name or its mappings change, and with ``/{api_id}`` where an API does."""


def published(tx: Transaction, api_id: str) -> dict[str, Published] | None:
    """The stages of an API by their names; None where there is no such API. A stage without deployment serves nothing."""
    api = apis.find(tx, api_id)
    if api is None:
        return None
    return {
        stage.stage_name: Published(api, stage, parts.snapshot(tx, api_id, stage.deployment_id) or Snapshot())
        for stage in parts.listed(tx, api_id, parts.STAGES)
    }


def mappings(tx: Transaction, domain_name: str) -> list[ApiMapping]:
    """What stands below a domain name (in lower case), those with the most segments first: the first that fits is meant."""
    found = domains.mappings_of_domain(tx, domain_name)
    return sorted(found, key=lambda mapping: -len([part for part in mapping.mapping_key.split("/") if part]))


def signal_api(tx: Transaction, api_id: str) -> None:
    """What visitors of the API reach has changed."""
    tx.signal(f"{CHANGED}/{api_id}")


def signal_domains(tx: Transaction) -> None:
    tx.signal(CHANGED)
