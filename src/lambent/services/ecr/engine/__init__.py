"""The rules of ecr: plain functions in one transaction."""
