"""Schemas are read from the schema.sql beside a component's code."""

from lambent.store.schema import schema_of


def test_a_component_is_named_by_the_last_part_of_its_package():
    schema = schema_of("lambent.durable")
    assert schema.component == "durable"
    assert "-- version 1" in schema.sql
