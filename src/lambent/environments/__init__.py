"""Execution environments: where functions' code runs, isolated, one event at a time. See DESIGN.md."""
