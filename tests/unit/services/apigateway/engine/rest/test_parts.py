"""The parts of APIs as rows."""

import pytest
from tests.unit.services.apigateway.conftest import SCOPE

from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine.rest import parts


def test_what_is_not_there_is_said_as_aws_says_it(tx, rest):
    with pytest.raises(errors.NotFound, match="Invalid Stage identifier specified"):
        parts.find(tx, SCOPE, parts.STAGE, rest["id"], "none")
    with pytest.raises(errors.NotFound, match="Invalid API Key identifier specified"):
        parts.delete(tx, SCOPE, parts.KEY, "", "none")


def test_there_are_only_so_many(tx, rest):
    kind = parts.VALIDATOR._replace(count_max=2)
    for number in range(2):
        parts.add(tx, SCOPE, kind, rest["id"], {"id": str(number)})
    with pytest.raises(errors.LimitExceeded, match="Maximum number of request validators for this account has been reached"):
        parts.add(tx, SCOPE, kind, rest["id"], {"id": "2"})


def test_a_part_that_changes_its_name_leaves_no_other_behind(tx, rest):
    parts.put(tx, SCOPE, parts.STAGE, rest["id"], {"stageName": "a"})
    parts.change(tx, SCOPE, parts.STAGE, rest["id"], "a", lambda stage: {**stage, "stageName": "b"})
    assert parts.of_api(tx, SCOPE, parts.STAGE, rest["id"]) == [{"stageName": "b"}]
