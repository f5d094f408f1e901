"""The rules of lambda: plain functions from rows to rows. Nothing here awaits."""
