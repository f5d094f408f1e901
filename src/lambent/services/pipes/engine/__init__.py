"""The rules of pipes, as plain functions."""
