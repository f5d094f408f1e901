"""What PartiQL is refused with."""

from lambent.services.dynamodb.partiql import errors


def test_an_item_that_is_there_has_an_error_of_its_own():
    error = errors.DuplicateItem()
    assert (error.code, error.message, error.status) == (
        "DuplicateItemException", "Duplicate primary key exists in table", 400,
    )  # fmt: skip
