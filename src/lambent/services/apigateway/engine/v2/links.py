"""VPC links: kept as they are told. Integrations over one go straight to their URI, as there is no VPC."""

from msgspec import structs

from lambent.core.context import Scope
from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.v2 import apis
from lambent.services.apigateway.engine.v2.resources import VpcLink
from lambent.services.apigateway.tables.v2 import links, tags
from lambent.store.database import Transaction


def find(tx: Transaction, scope: Scope, link_id: str) -> VpcLink:
    """Raises NotFound."""
    link = links.find(tx, scope, link_id)
    if link is None:
        raise errors.NotFound(what="VpcLink")
    return link


def with_tags(tx: Transaction, scope: Scope, link_id: str) -> tuple[VpcLink, dict[str, str]]:
    """Raises NotFound."""
    return find(tx, scope, link_id), tags.find(tx, scope, arn_of(scope, link_id))


def page(tx: Transaction, scope: Scope, *, after: str, count_max: int) -> list[tuple[VpcLink, dict[str, str]]]:
    """The links of one page with their tags, and the first of the next where there is one."""
    found = links.page(tx, scope, after=after, count_max=count_max + 1)
    return [(link, tags.find(tx, scope, arn_of(scope, link.link_id))) for link in found]


def create(tx: Transaction, link: VpcLink, link_tags: dict[str, str]) -> None:
    """Raises BadRequest."""
    apis.check_tags(link_tags)
    links.put(tx, link)
    if link_tags:
        tags.put(tx, link.scope, arn_of(link.scope, link.link_id), link_tags)


def rename(tx: Transaction, scope: Scope, link_id: str, name: str | None) -> None:
    """Raises NotFound."""
    link = find(tx, scope, link_id)
    links.put(tx, structs.replace(link, name=link.name if name is None else name))


def delete(tx: Transaction, scope: Scope, link_id: str) -> None:
    """Raises NotFound."""
    find(tx, scope, link_id)
    links.delete(tx, scope, link_id)
    tags.delete(tx, scope, arn_of(scope, link_id))


def arn_of(scope: Scope, link_id: str) -> str:
    return f"arn:aws:apigateway:{scope.region}::/vpclinks/{link_id}"
