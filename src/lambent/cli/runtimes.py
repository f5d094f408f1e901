"""runtimes: fetches ahead what functions of a runtime need, so that no invocation waits for it."""

import asyncio
import json
from pathlib import Path

import click

from lambent.cli.failures import CommandFailure
from lambent.cli.options import json_option
from lambent.core.config import default_cache
from lambent.core.ports import RuntimeUnavailable


@click.group()
def runtimes() -> None:
    """Fetch ahead what functions of a runtime need. Otherwise it is fetched when the first of them is made.

    \b
    lambent runtimes install python3.12 java    `lambent doctor` lists what is here
    """


@runtimes.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.option(
    "--from",
    "source",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Java: take AWS' client from the jars in this folder, without Maven.",
)
@json_option
def install(*, names: tuple[str, ...], source: Path | None, is_json: bool) -> None:
    """Install runtimes: java (for every JVM here), or one by its name, as python3.12 or java21.

    \b
    lambent runtimes install python3.12 python3.13
    lambent runtimes install java
    lambent runtimes install java --from jars    without Maven
    """
    installed: list[dict[str, str]] = []
    for name in names:
        try:
            installed += asyncio.run(_install(name, source))
        except RuntimeUnavailable as failure:
            raise CommandFailure(f"{name} cannot run here", failure.advice) from failure
    if is_json:
        click.echo(json.dumps({"runtimes": installed}, indent=2))
        return
    for each in installed:
        click.echo("  ".join(filter(None, (each["runtime"], each["executable"] or "brought by the function", each["folder"]))))


async def _install(name: str, source: Path | None) -> list[dict[str, str]]:
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
    installed = []
    for runtime in wanted:
        ground = await languages.ground(runtime)
        executable, folder = str(ground.executable or ""), str(ground.folder or "")
        installed.append({"runtime": runtime, "executable": executable, "folder": folder})
    return installed
