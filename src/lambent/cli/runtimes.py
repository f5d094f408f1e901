"""runtimes: fetches ahead what functions of a runtime need, so that no invocation waits for it."""

import asyncio
from pathlib import Path

import click

from lambent.cli.failures import CommandFailure
from lambent.core.config import default_cache
from lambent.core.ports import RuntimeUnavailable


@click.group()
def runtimes() -> None:
    """Fetch ahead what functions of a runtime need. Otherwise it is fetched when the first of them is made."""


@runtimes.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.option(
    "--from",
    "source",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Java: take AWS' client from the jars in this folder, without Maven.",
)
def install(*, names: tuple[str, ...], source: Path | None) -> None:
    """Install runtimes: java (for every JVM here), or one by its name, as python3.12 or java21."""
    for name in names:
        try:
            for line in asyncio.run(_install(name, source)):
                click.echo(line)
        except RuntimeUnavailable as failure:
            raise CommandFailure(f"{name} cannot run here", failure.advice) from failure


async def _install(name: str, source: Path | None) -> list[str]:
    from lambent.environments import java
    from lambent.environments.languages import Languages

    cache = default_cache()
    if source is not None:
        if not name.startswith("java"):
            raise CommandFailure("--from is for java", "What Pythons need is fetched with pip, whose settings hold.")
        await asyncio.to_thread(java.install, cache, source=source)
    languages = Languages(cache)
    wanted = java.runnable(languages.jvms()) if name == "java" else (name,)
    if not wanted:
        raise RuntimeUnavailable(name, java.advice_for(java.JAVA_RUNTIMES[0]))
    lines = []
    for runtime in wanted:
        ground = await languages.ground(runtime)
        lines.append(f"{runtime}  {ground.executable or 'brought by the function'}  {ground.folder or ''}".rstrip())
    return lines
