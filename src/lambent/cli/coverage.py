"""coverage: which operations of which service are there, read from the code; docs/coverage.md is its output."""

import importlib

import click

from lambent import app
from lambent.wire import models

_HEAD = """# What is covered

Made from the code with `lambent coverage > docs/coverage.md`; a test keeps it true. An operation that is not listed as covered
answers `NotImplemented`. How far each goes is on its service's page.
"""


@click.command(hidden=True)
def coverage() -> None:
    """Print docs/coverage.md."""
    click.echo(document(), nl=False)


def document() -> str:
    services = {name: _operations(name) for name in sorted(app.SERVICES)}
    rows = [
        f"| [{name}](services/{name}.md) | {len(there)} | {len(there) + len(missing)} |"
        for name, (there, missing) in services.items()
    ]
    table = "\n".join(["| service | covered | in AWS' model |", "|---|---|---|", *rows])
    sections = [
        f"## {name}\n\nCovered: {_list(there)}\n" + (f"\nNot yet: {_list(missing)}\n" if missing else "")
        for name, (there, missing) in services.items()
    ]
    return "\n".join([_HEAD, table + "\n", *sections])


def _operations(name: str) -> tuple[list[str], list[str]]:
    """AWS' names of the operations that are there, and of those that are not."""
    package, class_name = app.SERVICES[name]
    implementation = getattr(importlib.import_module(package), class_name)
    operations = sorted(models.service(name).operations(), key=lambda operation: operation.name)
    there = [operation.name for operation in operations if hasattr(implementation, operation.method_name)]
    return there, [operation.name for operation in operations if operation.name not in there]


def _list(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"
