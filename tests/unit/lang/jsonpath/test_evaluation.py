"""What paths find, and what they say where they find nothing."""

import pytest

from lambent.lang.jsonpath import PathNotFound, parse

STORE = {
    "store": {
        "book": [
            {"category": "reference", "author": "Rees", "title": "Sayings", "price": 8.95},
            {"category": "fiction", "author": "Waugh", "title": "Sword", "price": 12.99},
            {"category": "fiction", "author": "Melville", "title": "Moby Dick", "isbn": "0-553", "price": 8.99},
            {"category": "fiction", "author": "Tolkien", "title": "Rings", "isbn": "0-395", "price": 22.99},
        ],
        "bicycle": {"color": "red", "price": 19.95},
    },
    "expensive": 10,
}
BOOKS = STORE["store"]["book"]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", STORE),
        ("$.store.book[*].author", ["Rees", "Waugh", "Melville", "Tolkien"]),
        ("$..author", ["Rees", "Waugh", "Melville", "Tolkien"]),
        ("$.store.*", [BOOKS, STORE["store"]["bicycle"]]),
        ("$.store..price", [8.95, 12.99, 8.99, 22.99, 19.95]),
        ("$..book[2]", [BOOKS[2]]),
        ("$..book[-1:]", [BOOKS[3]]),
        ("$..book[0,1].title", ["Sayings", "Sword"]),
        ("$..book[:2].title", ["Sayings", "Sword"]),
        ("$..book[1:2].title", ["Sword"]),
        ("$..book[?(@.isbn)].title", ["Moby Dick", "Rings"]),
        ("$.store.book[?(@.price < $.expensive)].title", ["Sayings", "Moby Dick"]),
        ("$.store.book[?(@.author =~ /.*IEN/i)].title", ["Rings"]),
        ("$.store.book.length()", 4),
        ("$..price.max()", 22.99),
        ("$.store.book[0]['title','price']", {"title": "Sayings", "price": 8.95}),
        ("$.store.book[*]['title','no']", [{"title": t} for t in ("Sayings", "Sword", "Moby Dick", "Rings")]),
        ("$['store']['bicycle','none'].color", ["red"]),
        ("$.store.book[*].isbn", ["0-553", "0-395"]),
        ("$.store.book[9:]", []),
        ("$.expensive.*", []),
        ("$.store.book[9][*]", []),
        ("$.store.book[9]..x", []),
        ("$..none", []),
        ("$..[?(@.color)].price", [19.95]),
        ("$.store.bicycle[?(@.color == 'red')].price", [19.95]),
        ("$.store.book[*].title.length()", [None] * 4),
    ],
)
def test_a_path_finds(path, found):
    assert parse(path).find(STORE) == found


def test_everything_below_a_node_is_found_from_the_outside_inwards():
    assert parse("$..*").find({"a": {"b": 1}, "c": [2]}) == [{"b": 1}, [2], 1, 2]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("$.no.such", "Missing property in path $['no']"),
        ("$.a.no", "No results for path: $['a']['no']"),
        ("$.no[*]", "Missing property in path $['no']"),
        ("$.no.length()", "Missing property in path $['no']"),
        ("$.list[5]", "No results for path: $['list'][5]"),
        ("$.list[-3]", "No results for path: $['list'][-3]"),
        ("$.list[5].x", "No results for path: $['list'][5]['x']"),
        ("$.nothing[0]", "The path $['nothing'] is null"),
        ("$.text[0]", "Filter: [0] can only be applied to arrays. Current context is: word"),
        ("$.text[0:1]", "Filter: [0:1] can only be applied to arrays. Current context is: word"),
        ("$.a[0]", "Filter: [0] can only be applied to arrays. Current context is: {b=1}"),
        ("$.list.sum()", "Aggregation function attempted to calculate value using empty array"),
    ],
)
def test_a_definite_path_says_in_jayways_words_why_it_finds_nothing(path, reason):
    with pytest.raises(PathNotFound) as missed:
        parse(path).find({"a": {"b": 1}, "list": ["x", "y"], "nothing": None, "text": "word"})
    assert (missed.value.text, missed.value.reason) == (path, reason)


@pytest.mark.parametrize(
    ("document", "kind"), [("x", "java.lang.String"), (1, "java.lang.Integer"), (None, "null"), ([], "java.util")]
)
def test_a_name_asks_for_an_object(document, kind):
    with pytest.raises(PathNotFound, match=rf"^Expected to find an object with property \['a'\] in path \$ but found '{kind}"):
        parse("$.a").find(document)


def test_null_is_a_value():
    assert parse("$.a").find({"a": None}) is None
    assert parse("$.*").find({"a": None}) == [None]


def test_a_search_over_and_over_the_same_nodes_ends():
    nested: list[object] = []
    for _ in range(500):
        nested = [nested]
    with pytest.raises(PathNotFound, match="visits more than"):
        parse("$..*..*..*..*").find(nested)


def test_a_document_of_any_depth_is_searched():
    deep: object = {"x": 1}
    for _ in range(100_000):
        deep = [deep]
    assert parse("$..x").find(deep) == [1]
