"""Every SQL statement of stepfunctions, by what its rows are."""
