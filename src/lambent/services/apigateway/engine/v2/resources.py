"""What stands beside the parts that a deployment serves: models, domain names and their mappings, VPC links. Frozen records."""

from typing import Any

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.context import Scope


class Model(Struct, frozen=True):
    model_id: str
    name: str
    schema: str
    content_type: str = ""
    description: str = ""


class DomainName(Struct, frozen=True):
    """``configurations`` and ``mutual_tls`` are kept as AWS spells them: nothing here acts on them."""

    scope: Scope
    domain_name: str  # in lower case
    configurations: tuple[dict[str, Any], ...] = ()
    mutual_tls: dict[str, Any] = {}
    routing_mode: str = "API_MAPPING_ONLY"


class ApiMapping(Struct, frozen=True):
    """Below ``mapping_key`` ("" or "orders/v1") of a domain name stands a stage of an API: of a REST API, too."""

    scope: Scope
    domain_name: str
    mapping_id: str
    mapping_key: str
    api_id: str
    stage: str


class VpcLink(Struct, frozen=True):
    scope: Scope
    link_id: str
    name: str
    created_at: Instant
    subnet_ids: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()
