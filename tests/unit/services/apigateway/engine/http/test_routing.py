"""Requests find the route that AWS would give them."""

import pytest

from lambent.services.apigateway.engine.http.routing import Routes, decoded, split_stage


def routes(*keys):
    return Routes((key, key) for key in keys)


DOCUMENTED = routes("GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default")


@pytest.mark.parametrize(
    ("method", "path", "found"),
    [
        ("GET", "/pets/dog/1", ("GET /pets/dog/1", {})),
        ("GET", "/pets/dog/2", ("GET /pets/dog/{id}", {"id": "2"})),
        ("GET", "/pets/cat/1", ("GET /pets/{proxy+}", {"proxy": "cat/1"})),
        ("POST", "/test/5", ("ANY /{proxy+}", {"proxy": "test/5"})),
        ("POST", "/pets/dog/1", ("ANY /{proxy+}", {"proxy": "pets/dog/1"})),
        ("GET", "/", ("$default", {})),
    ],
)
def test_the_order_is_that_of_aws_documented_example(method, path, found):
    assert DOCUMENTED.find(method, path) == found


@pytest.mark.parametrize(
    ("keys", "method", "path", "found"),
    [
        (["ANY /a", "GET /a"], "GET", "/a", ("GET /a", {})),
        (["ANY /a", "GET /a"], "PUT", "/a", ("ANY /a", {})),
        (["GET /a/{x}/c", "GET /a/b/{proxy+}"], "GET", "/a/b/c", ("GET /a/{x}/c", {"x": "b"})),
        (["GET /a/b/d", "GET /a/{x}/c"], "GET", "/a/b/c", ("GET /a/{x}/c", {"x": "b"})),
        (["GET /a/{x}", "POST /a/{y}"], "POST", "/a/1", ("POST /a/{y}", {"y": "1"})),
        (["GET /{proxy+}", "GET /a/{rest+}"], "GET", "/a/b/c", ("GET /a/{rest+}", {"rest": "b/c"})),
        (["GET /{a}/x/{rest+}", "GET /b/{rest+}"], "GET", "/b/x/y", ("GET /{a}/x/{rest+}", {"a": "b", "rest": "y"})),
        (["GET /a/{rest+}", "ANY /a/b/{rest+}"], "GET", "/a/b/c", ("ANY /a/b/{rest+}", {"rest": "c"})),
        (["GET /{x}/{y}"], "GET", "/1/2", ("GET /{x}/{y}", {"x": "1", "y": "2"})),
        (["GET /{proxy+}"], "GET", "/a//b/", ("GET /{proxy+}", {"proxy": "a//b/"})),
        (["GET /"], "GET", "/", ("GET /", {})),
        (["GET /a/"], "GET", "/a/", ("GET /a/", {})),
    ],
)
def test_the_most_specific_route_of_the_method_wins(keys, method, path, found):
    assert routes(*keys).find(method, path) == found


@pytest.mark.parametrize(
    ("key", "method", "path"),
    [
        ("GET /a", "POST", "/a"),
        ("GET /a", "GET", "/a/"),
        ("GET /a", "GET", "/A"),
        ("GET /{x}", "GET", "/"),
        ("GET /a/{x}", "GET", "/a/"),
        ("GET /a/{x}", "GET", "/a/b/c"),
        ("ANY /{proxy+}", "GET", "/"),
        ("ANY /a/{proxy+}", "GET", "/a"),
        ("ANY /a/{proxy+}", "GET", "/a/"),
    ],
)
def test_without_a_default_route_the_rest_is_not_found(key, method, path):
    assert routes(key).find(method, path) is None
    assert routes(key, "$default").find(method, path) == ("$default", {})


@pytest.mark.parametrize(
    ("path", "parts"),
    [("/prod/a/b", ("prod", "/a/b")), ("/prod/", ("prod", "/")), ("/prod", ("prod", "/")), ("/", ("", "/"))],
)
def test_the_first_segment_may_name_a_stage(path, parts):
    assert split_stage(path) == parts


def test_paths_are_matched_decoded():
    assert decoded("/a%20b/%C3%A9") == "/a b/é"
    assert routes("GET /a b/{x}").find("GET", decoded("/a%20b/%C3%A9")) == ("GET /a b/{x}", {"x": "é"})


def test_any_stands_for_the_methods_that_apis_have_and_the_default_for_all():
    routes = Routes([("ANY /a", 1), ("ANY /{proxy+}", 2)])
    assert [routes.find(method, "/a") for method in ("PATCH", "PROPFIND", "TRACE", "get")] == [(1, {}), None, None, None]
    assert Routes([("ANY /a", 1), ("$default", 3)]).find("PROPFIND", "/a") == (3, {})
