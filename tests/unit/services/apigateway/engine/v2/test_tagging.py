"""Tags, by the ARNs of what they are on."""

import pytest
from tests.unit.services.apigateway.conftest import NOW, SCOPE, put_stage

from lambent.services.apigateway import errors
from lambent.services.apigateway.engine.v2 import domains, links, tagging
from lambent.services.apigateway.engine.v2.resources import DomainName, VpcLink

HERE = "arn:aws:apigateway:us-east-1::"


@pytest.fixture
def all_kinds(tx, api):
    put_stage(tx, api, "$default")
    domains.create(tx, DomainName(SCOPE, "example.com"), {})
    links.create(tx, VpcLink(SCOPE, "lnk001", "l", NOW), {})


@pytest.mark.parametrize("path", ["/apis/{}", "/apis/{}/stages/$default", "/domainnames/Example.com", "/vpclinks/lnk001"])
def test_each_kind_has_tags_of_its_own(tx, api, all_kinds, path):
    arn = HERE + path.format(api.api_id)
    tagging.change(tx, SCOPE, arn, {"a": "1", "b": "2"}, ())
    tagging.change(tx, SCOPE, arn, {}, ["a", "none"])
    assert tagging.find(tx, SCOPE, arn) == {"b": "2"}


@pytest.mark.parametrize("path", ["/apis/none", "/apis/{}/stages/none", "/domainnames/none.com", "/vpclinks/none"])
def test_what_is_not_there_has_none(tx, api, path):
    with pytest.raises((errors.NotFound, errors.ApiNotFound)):
        tagging.find(tx, SCOPE, HERE + path.format(api.api_id))


@pytest.mark.parametrize("arn", ["nonsense", "arn:aws:apigateway:eu-west-1::/apis/a", f"{HERE}/apis/a/routes/b", f"{HERE}/x"])
def test_an_arn_of_something_else_is_refused(tx, arn):
    with pytest.raises(errors.BadRequest, match="Invalid resource ARN"):
        tagging.find(tx, SCOPE, arn)
