"""The rules of stepfunctions: plain functions of one transaction, and the pure interpreter of definitions."""
