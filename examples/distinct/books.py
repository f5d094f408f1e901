"""Books, and functions that hand them out: more than once, as every source does that delivers at least once."""

from dataclasses import dataclass

from lambent import distinct_by, function


@dataclass(frozen=True)
class Book:
    id: int
    title: str


BOOKS = [Book(1, "Core Java"), Book(2, "Scala"), Book(1, "Java again"), Book(3, "Go"), Book(2, "Scala 3")]


@function
def fetch(number: int) -> Book:
    """The book of one delivery."""
    return BOOKS[number]


shelf = fetch.map() >> distinct_by("id", order="key")
