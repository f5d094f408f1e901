"""The functions at the end of a path."""

import pytest

from lambent.lang.jsonpath import PathNotFound, parse

DOCUMENT = {"n": [1, 2, 3, 4], "w": ["a", "b"], "o": {"x": 1, "y": 2}, "e": [], "s": "text"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$.n.length()", 4),
        ("$.n.size()", 4),
        ("$.o.length()", 2),
        ("$.s.length()", None),
        ("$.n.min()", 1.0),
        ("$.n.max()", 4.0),
        ("$.n.sum()", 10.0),
        ("$.n.avg()", 2.5),
        ("$.n.stddev()", pytest.approx(1.118, abs=0.001)),
        ("$.o.keys()", ["x", "y"]),
        ("$.w.concat()", "ab"),
        ("$.w.concat('-', $.s)", "ab-text"),
        ("$.n.append(5)", [1, 2, 3, 4, 5]),
        ("$.n.first()", 1),
        ("$.n.last()", 4),
        ("$.n.index(1)", 2),
        ("$.sum($.n[0], $.n[3])", 5.0),
        ("$.length($.w)", 2),
    ],
)
def test_a_function_gives_one_value(path, value):
    parsed = parse(path)
    assert parsed.find(DOCUMENT) == value
    assert parsed.is_definite


@pytest.mark.parametrize("path", ["$.e.min()", "$.w.sum()", "$.s.avg()", "$.e.first()", "$.n.index(9)", "$.n.index()"])
def test_a_function_without_a_value_is_a_path_that_leads_nowhere(path):
    with pytest.raises(PathNotFound):
        parse(path).find(DOCUMENT)
