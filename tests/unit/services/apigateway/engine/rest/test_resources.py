"""The tree of paths: what may stand where, what moves and goes with what is above it."""

import pytest
from tests.unit.services.apigateway.conftest import SCOPE
from tests.unit.services.apigateway.engine.rest.conftest import put_resource

from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine.rest import resources


def paths(tx, rest):
    return [resource["path"] for resource in resources.of_api(tx, SCOPE, rest["id"])]


def moved(tx, rest, resource, path, value):
    return resources.change(tx, SCOPE, rest["id"], resource["id"], [{"op": "replace", "path": path, "value": value}])


@pytest.mark.parametrize(
    ("above", "part", "error", "reason"),
    [
        ("/pets", "dogs", errors.Conflict, "Another resource with the same parent already has this name: dogs"),
        (
            "/shops",
            "{other}",
            errors.BadRequest,
            "A sibling ({id}) of this resource already has a variable path part -- only one is allowed",
        ),
        (
            "/all/{proxy+}",
            "more",
            errors.BadRequest,
            "Cannot create a child of a resource with a greedy path variable: {proxy+}",
        ),
        ("/pets", "a b", errors.BadRequest, "Resource's path part only allow a-zA-Z0-9._-:"),
        ("/pets", "{id", errors.BadRequest, "Resource's path part only allow a-zA-Z0-9._-:"),
    ],
)
def test_what_may_not_stand_there_is_refused(tx, rest, above, part, error, reason):
    for path in ("/pets/dogs", "/shops/{id}", "/all/{proxy+}"):
        put_resource(tx, rest, path)
    parent = put_resource(tx, rest, above)
    with pytest.raises(error) as refused:
        resources.create(tx, SCOPE, rest["id"], parent["id"], part)
    assert refused.value.message.startswith(reason)


def test_what_is_below_moves_along(tx, rest):
    put_resource(tx, rest, "/a/b/c")
    b = put_resource(tx, rest, "/a/b")
    moved(tx, rest, b, "/pathPart", "x")
    moved(tx, rest, b, "/parentId", rest["rootResourceId"])
    assert paths(tx, rest) == ["/", "/a", "/x", "/x/c"]


def test_nothing_stands_below_itself(tx, rest):
    below = put_resource(tx, rest, "/a/b/c")
    with pytest.raises(errors.BadRequest, match=r"Resources cannot be cyclical\."):
        moved(tx, rest, put_resource(tx, rest, "/a"), "/parentId", below["id"])
    with pytest.raises(errors.NotFound, match="Invalid Resource identifier specified"):
        moved(tx, rest, below, "/parentId", "nobody")


def test_what_is_below_goes_along_but_the_root_stays(tx, rest):
    put_resource(tx, rest, "/a/b/c")
    resources.delete(tx, SCOPE, rest["id"], put_resource(tx, rest, "/a")["id"])
    assert paths(tx, rest) == ["/"]
    with pytest.raises(errors.BadRequest, match="Root resource can't be deleted"):
        resources.delete(tx, SCOPE, rest["id"], rest["rootResourceId"])
