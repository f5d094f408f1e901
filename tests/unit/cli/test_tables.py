"""Columns."""

import click

from lambent.cli.tables import table


def test_columns_are_as_wide_as_their_widest_cell():
    lines = click.unstyle(table(("NAME", "STATE"), [("hello", "Active"), ("a-longer-name", "x")])).splitlines()
    assert lines == ["NAME           STATE", "hello          Active", "a-longer-name  x"]
