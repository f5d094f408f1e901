"""Tags of APIs, stages, domain names and VPC links, by ARN."""

from collections.abc import Mapping, Sequence

from lambent.core.arn import Arn
from lambent.core.context import Scope
from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.v2 import apis, domains, links, stages
from lambent.services.apigateway.engine.v2.parts import get
from lambent.services.apigateway.tables.v2 import tags
from lambent.store.database import Transaction


def find(tx: Transaction, scope: Scope, arn: str) -> dict[str, str]:
    """Raises BadRequest, NotFound."""
    return tags.find(tx, scope, _checked(tx, scope, arn))


def change(tx: Transaction, scope: Scope, arn: str, added: Mapping[str, str], removed: Sequence[str]) -> None:
    """Keys that are not there are passed over. Raises BadRequest, NotFound."""
    known = _checked(tx, scope, arn)
    left = {key: value for key, value in {**tags.find(tx, scope, known), **added}.items() if key not in removed}
    apis.check_tags(left)
    tags.put(tx, scope, known, left)


def _checked(tx: Transaction, scope: Scope, text: str) -> str:
    """The ARN as it is kept, of a resource that is there."""
    arn = Arn.parse(text)
    if arn is None or arn.service != "apigateway" or arn.region != scope.region or arn.account not in ("", scope.account):
        raise errors.BadRequest(reason=f"Invalid resource ARN specified: {text}")
    match arn.resource.removeprefix("/").split("/"):
        case ["apis", api_id]:
            apis.find(tx, scope, api_id)
            return apis.arn_of(scope, api_id)
        case ["apis", api_id, "stages", stage_name]:
            get(tx, scope, api_id, stages.RULES, stage_name)
            return stages.arn_of(scope, api_id, stage_name)
        case ["domainnames", name]:
            return domains.arn_of(scope, domains.find(tx, scope, name).domain_name)
        case ["vpclinks", link_id]:
            links.find(tx, scope, link_id)
            return links.arn_of(scope, link_id)
    raise errors.BadRequest(reason=f"Invalid resource ARN specified: {text}")
