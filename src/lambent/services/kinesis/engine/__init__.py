"""The rules of kinesis, as plain functions."""
