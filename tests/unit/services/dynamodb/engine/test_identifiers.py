"""Names of tables and their ARNs."""

import pytest

from lambent.core.context import Scope
from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import identifiers
from lambent.services.dynamodb.engine.identifiers import TableName

HERE = Scope("111122223333", "eu-west-1")
ARN = "arn:aws:dynamodb:us-east-1:444455556666:table/things"


def test_a_name_means_a_table_of_the_caller_and_an_arn_its_own():
    assert identifiers.table_named("things", HERE) == TableName(HERE, "things")
    assert identifiers.table_named(ARN, HERE) == TableName(Scope("444455556666", "us-east-1"), "things")
    assert identifiers.table_named(ARN, HERE).arn == ARN


@pytest.mark.parametrize("behind", ["/index/by_kind", "/stream/2026-01-01T00:00:00.000", "/backup/01-ab"])
def test_what_stands_behind_a_table_names_it_too(behind):
    assert identifiers.table_of_arn(ARN + behind).arn == ARN


@pytest.mark.parametrize("text", ["no", "a" * 256, "sp ace", "arn:aws:s3:::bucket", "arn:aws:dynamodb:r:a:backup/x"])
def test_what_names_no_table_is_refused(text):
    with pytest.raises(errors.ValidationFailed):
        identifiers.table_named(text, HERE)


def test_all_that_is_wrong_with_a_name_is_told():
    with pytest.raises(errors.InvalidTableName) as failure:
        identifiers.table_named("x!", HERE)
    assert failure.value.message == (
        "2 validation errors detected: Value 'x!' at 'tableName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; "
        "Value 'x!' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3"
    )
