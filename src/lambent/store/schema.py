"""A component's tables, read from the ``schema.sql`` beside its code."""

from importlib import resources

from msgspec import Struct


class Schema(Struct, frozen=True):
    """``sql`` stands in sections headed ``-- version N``; each section is applied once, in order."""

    component: str
    sql: str


def schema_of(package: str) -> Schema:
    """The schema of a package such as ``lambent.services.logs``: its component is the last part of the name."""
    sql = resources.files(package).joinpath("schema.sql").read_text(encoding="utf-8")
    return Schema(component=package.rsplit(".", 1)[-1], sql=sql)
