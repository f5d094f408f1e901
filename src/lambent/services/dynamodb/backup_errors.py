"""What is answered of backups, and of tables made of them, when it is not done as asked, in AWS' words."""

from lambent.services.dynamodb.errors import DynamoError


class TableAlreadyExists(DynamoError):
    """The target of a restore."""

    code = "TableAlreadyExistsException"
    wording = "Table already exists: {name}"


class SourceTableInUse(DynamoError):
    code = "TableInUseException"
    wording = "Table is being created: {name}"


class BackupInUse(DynamoError):
    """``what`` is done with it: "created", "restored"."""

    code = "BackupInUseException"
    wording = "Backup is being {what}: {arn}"


class BackupNotFound(DynamoError):
    code = "BackupNotFoundException"
    wording = "Backup not found: {arn}"
