"""The pure steps in plain Python."""

import itertools

import pytest

from lambent import batched, distinct, distinct_by, filter, flat_map, function, group_by, max_by, min_by, reduce, sort_by  # noqa: A004
from lambent.sdk.keys import MissingKey

BOOKS = [
    {"id": number, "name": name}
    for number, name in [(1, "Core Java"), (2, "Scala"), (1, "Java again"), (3, "Go"), (2, "Scala 3")]
]


def names(books):
    return [book["name"] for book in books]


def test_one_book_for_each_id_and_of_several_the_first():
    assert names(distinct_by("id")(BOOKS)) == ["Core Java", "Scala", "Go"]


def test_or_the_last_where_its_id_is_first_seen():
    assert names(distinct_by("id", keep="last")(BOOKS)) == ["Java again", "Scala 3", "Go"]


def test_or_in_the_order_of_the_ids():
    assert names(distinct_by("id", order="key")([BOOKS[3], *BOOKS])) == ["Core Java", "Scala", "Go"]


def test_whole_books_are_all_different():
    assert distinct()(BOOKS) == BOOKS
    assert distinct()([*BOOKS, *BOOKS]) == BOOKS


def test_a_callable_chooses_of_two_or_makes_a_third():
    longest = distinct_by("id", keep=lambda kept, book: max(kept, book, key=lambda each: len(each["name"])))
    assert names(longest(BOOKS)) == ["Java again", "Scala 3", "Go"]
    joined = distinct_by("id", keep=lambda kept, book: {"id": book["id"], "name": f"{kept['name']}, {book['name']}"})
    assert names(joined(BOOKS)) == ["Core Java, Java again", "Scala, Scala 3", "Go"]


def test_the_greatest_or_the_smallest_is_kept():
    assert names(distinct_by("id", keep=max_by("name"))(BOOKS)) == ["Java again", "Scala 3", "Go"]
    assert names(distinct_by("id", keep=min_by("name"))(BOOKS)) == ["Core Java", "Scala", "Go"]
    with pytest.raises(MissingKey, match=r"max_by\('price'\): item 0 has no 'price'"):
        distinct_by("id", keep=max_by("price"))(BOOKS)


def test_none_and_what_cannot_be_hashed_are_keys():
    items = [{"id": None}, {"id": [1]}, {"id": None, "again": 1}, {"id": [1.0]}, {"id": {"a": []}}]
    assert distinct_by("id")(items) == [items[0], items[1], items[4]]


def test_groups_keep_their_keys_whatever_these_are():
    assert group_by("id")(BOOKS)[0] == {"key": 1, "items": [BOOKS[0], BOOKS[2]]}
    assert [group["key"] for group in group_by("k", order="key")([{"k": [1]}, {"k": "a"}, {"k": None}])] == [None, "a", [1]]


def test_what_is_sorted_is_stable_in_both_directions():
    assert names(sort_by("id")(BOOKS)) == ["Core Java", "Java again", "Scala", "Scala 3", "Go"]
    assert names(sort_by("id", reverse=True)(BOOKS)) == ["Go", "Scala", "Scala 3", "Core Java", "Java again"]


def test_batches_have_n_items_and_the_last_may_have_fewer():
    assert batched(2)(range(5)) == [[0, 1], [2, 3], [4]]
    assert batched(2)([]) == []


def test_filter_keeps_what_is_true():
    assert filter("id")([{"id": 0}, {"id": 1}, {"id": []}, {"id": [0]}, {"id": None}]) == [{"id": 1}, {"id": [0]}]
    assert filter(lambda number: number % 2)(range(5)) == [1, 3]


def test_flat_map_makes_one_list_of_many():
    assert flat_map()([[1], [], [2, [3]]]) == [1, 2, [3]]
    assert flat_map("tags")([{"tags": ["a"]}, {"tags": ["b", "c"]}]) == ["a", "b", "c"]
    with pytest.raises(TypeError, match=r"flat_map\(\): what item 1 gives is no list but number"):
        flat_map()([[1], 2])


def test_reduce_takes_one_after_another():
    assert reduce(lambda a, b: f"({a}+{b})")(["c", "d", "e"]) == "((c+d)+e)"
    assert reduce(lambda a, b: a + b, 10)([]) == 10
    with pytest.raises(TypeError, match="an empty list without an initial value"):
        reduce(max)([])


@pytest.mark.parametrize(
    "step", [distinct_by("id"), group_by("id"), sort_by("id"), batched(2), filter("id"), flat_map(), reduce(max)]
)
@pytest.mark.parametrize(
    ("value", "kind"), [({"id": 1}, "object"), ("text", "string"), (None, "null"), (1, "number"), (True, "boolean")]
)
def test_what_is_no_list_is_refused_by_the_name_that_json_has_for_it(step, value, kind):
    with pytest.raises(TypeError, match=f"takes a list, not {kind}"):
        step(value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: distinct_by("id", keep="best"),
        lambda: distinct_by("id", order="name"),
        lambda: group_by("id", order="name"),
        lambda: batched(0),
        lambda: batched(True),
    ],
)
def test_options_that_mean_nothing_are_refused(make):
    with pytest.raises(ValueError, match=r"is '|is a whole number"):
        make()


def test_over_is_lazy():
    endless = ({"id": number // 3} for number in itertools.count())
    assert list(itertools.islice(distinct_by("id").over(endless), 3)) == [{"id": 0}, {"id": 1}, {"id": 2}]


def test_functions_that_are_not_deployed_are_keys_choices_and_tests_as_any():
    @function
    def identify(book):
        return book["id"]

    @function
    def later(kept, book):
        return book

    assert names(distinct_by(identify, keep=later)(BOOKS)) == ["Java again", "Scala 3", "Go"]
    assert names(filter(identify)(BOOKS)) == names(BOOKS)


@pytest.mark.parametrize(
    ("step", "count"),
    [
        (distinct_by("id"), 50_000),
        (distinct_by("id", keep="last"), 50_000),
        (distinct_by("id", order="key"), 50_000),
        (distinct_by(("id", "n")), 100_000),
        (distinct(), 100_000),
        (group_by("id"), 50_000),
    ],
    ids=repr,
)
def test_a_hundred_thousand_items_are_told_apart_without_comparing_each_with_each(step, count):
    assert len(list(step({"id": number % 50_000, "n": number % 70_000} for number in range(100_000)))) == count
