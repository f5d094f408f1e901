"""The rules of tables, items, indexes and streams."""
