"""The rules of dynamodb: plain functions, each run in one transaction."""
