"""The rules of events, as plain functions run in one transaction."""
