"""VPC links: kept, renamed, deleted with their tags."""

import pytest
from tests.unit.services.apigateway.conftest import NOW, SCOPE

from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.v2 import links
from lambent.services.apigateway.engine.v2.resources import VpcLink
from lambent.services.apigateway.tables.v2 import tags


def test_a_link_is_kept_until_it_is_deleted(tx):
    links.create(tx, VpcLink(SCOPE, "lnk001", "l", NOW, subnet_ids=("subnet-1",)), {"k": "v"})
    links.rename(tx, SCOPE, "lnk001", "m")
    links.rename(tx, SCOPE, "lnk001", None)
    link, found = links.with_tags(tx, SCOPE, "lnk001")
    assert (link.name, link.subnet_ids, found) == ("m", ("subnet-1",), {"k": "v"})
    assert [each.link_id for each, _ in links.page(tx, SCOPE, after="", count_max=10)] == ["lnk001"]
    links.delete(tx, SCOPE, "lnk001")
    assert tags.find(tx, SCOPE, links.arn_of(SCOPE, "lnk001")) == {}
    with pytest.raises(errors.NotFound, match="Invalid VpcLink identifier specified"):
        links.find(tx, SCOPE, "lnk001")
