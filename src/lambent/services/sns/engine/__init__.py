"""The rules of sns, as plain functions run in one transaction."""
