"""One folder an AWS service, each with operations, engine, tables, errors and schema.sql. None imports another."""
