"""Every SQL statement of dynamodb, by what the rows are."""
