"""Errors of backups: their codes."""

import pytest

from lambent.services.dynamodb import backup_errors


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (backup_errors.BackupInUse(what="created", arn="a"), "BackupInUseException"),
        (backup_errors.BackupNotFound(arn="a"), "BackupNotFoundException"),
        (backup_errors.SourceTableInUse(name="n"), "TableInUseException"),
        (backup_errors.TableAlreadyExists(name="n"), "TableAlreadyExistsException"),
    ],
)
def test_an_error_has_aws_code_and_blames_the_request(error, code):
    assert (error.code, error.status) == (code, 400)
