"""The rules of scheduler, as plain functions run in one transaction."""
