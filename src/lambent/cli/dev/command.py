"""dev: serves functions from the folders they are written in, and shows what they write, until Ctrl-C."""

import contextlib
from pathlib import Path

import click

from lambent.cli.client import Client
from lambent.cli.dev import debugging, discovery, platforms
from lambent.cli.dev.api import Api
from lambent.cli.dev.deploying import Deployer
from lambent.cli.dev.functions import Function, NotUnderstood, Overrides
from lambent.cli.dev.screen import Screen
from lambent.cli.dev.session import Session
from lambent.cli.options import check_account, data_option, endpoint_option, identity_for, region_default
from lambent.core.config import PORT_DEFAULT
from lambent.core.context import ACCOUNT_DEFAULT


@click.command()
@click.argument("folders", nargs=-1, metavar="[FOLDER]...", type=click.Path(path_type=Path, exists=True, resolve_path=True))
@click.option("--name", default="", metavar="NAME", help="What the function is called.  [default: its folder's name]")
@click.option("--handler", default="", metavar="HANDLER", help="Where it begins: app.handler.  [default: found in the folder]")
@click.option("--runtime", default="", metavar="RUNTIME", help="For all of them: python3.12, nodejs22.x, provided.al2023 …")
@click.option("--env", "environment", multiple=True, metavar="NAME=VALUE", help="A variable for all of them; repeat for more.")
@click.option("--timeout", type=click.IntRange(1, 900), metavar="SECONDS", help="For all of them.  [default: AWS', 3]")
@click.option("--memory", type=click.IntRange(128, 10_240), metavar="MB", help="For all of them.  [default: AWS', 128]")
@click.option("--layer", "layers", multiple=True, metavar="ARN", help="A layer version for all of them; repeat for more.")
@click.option("--debug", "debugged", multiple=True, metavar="NAME[:PORT]", help="Have it wait for a debugger; repeat for more.")
@click.option("--wait-for-debugger", "waits_for_debugger", is_flag=True, help="Have Java wait too, before it runs anything.")
@click.option("--url/--no-url", "has_url", default=True, help="Give each an address, a function URL.  [default: with one]")
@click.option("--remove", "is_removed", is_flag=True, help="At the end delete the functions that were made here.")
@endpoint_option
@data_option
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=PORT_DEFAULT, show_default=True, help="Of a platform that is started."
)
@click.option("--ephemeral", is_flag=True, help="Start a platform that keeps nothing.")
@click.option("--region", metavar="REGION", help="[default: AWS_REGION, AWS_DEFAULT_REGION, or us-east-1]")
@click.option("--account", metavar="ID", callback=check_account, help="Act as this 12-digit account.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON, one document a line.")
def dev(
    *,
    folders: tuple[Path, ...],
    name: str,
    handler: str,
    runtime: str,
    environment: tuple[str, ...],
    timeout: int | None,
    memory: int | None,
    layers: tuple[str, ...],
    debugged: tuple[str, ...],
    waits_for_debugger: bool,
    has_url: bool,
    is_removed: bool,
    endpoint_url: str | None,
    data: Path,
    port: int,
    ephemeral: bool,
    region: str | None,
    account: str | None,
    is_json: bool,
) -> None:
    """Serve the functions in each FOLDER (here, where none is named) as they stand there, until Ctrl-C.

    An edit is seen by the next invocation. The platform that runs is used, or one is started. Functions are found by
    lambent.toml, by a SAM template.yaml, or by their files: app.py with a handler, index.mjs that exports one, bootstrap.

    \b
    lambent dev                          the functions of this folder
    lambent dev orders --timeout 30      one of them, with half a minute
    lambent dev --debug orders           and a debugger can attach at port 5678
    """
    overrides = Overrides(name, handler, runtime, _variables(environment), timeout, memory, layers, has_url)
    roots = folders or (Path.cwd(),)
    found = _found(roots, overrides)
    ports = _ports(debugged, found, waits_for_debugger=waits_for_debugger)
    screen = Screen(is_json=is_json)
    platforms.end_like_an_interrupt()
    with platforms.platform(endpoint_url=endpoint_url, data=data, port=port, is_ephemeral=ephemeral) as base:
        identity = identity_for(base.data, base.url, account)
        with contextlib.closing(Client(base.url, identity, region or region_default())) as client:
            is_open = client.health()["auth"] == "open"
            number = identity.account or (identity.access_key_id if identity.access_key_id.isdigit() else ACCOUNT_DEFAULT)
            deployer = Deployer(
                Api(client),
                number,
                lambda function: _tell_installing(screen, function),
                ports,
                has_urls=is_open,
                waits_for_debugger=waits_for_debugger,
            )
            session = Session(client, base, deployer, screen, roots, lambda: _found(roots, overrides))
            try:
                session.run(found)
            except KeyboardInterrupt:
                pass  # that is how it ends
            finally:
                session.end(is_removed=is_removed)


def _ports(debugged: tuple[str, ...], found: list[Function], *, waits_for_debugger: bool) -> dict[str, int]:
    """Where debuggers attach. Raises NotUnderstood, and CommandFailure where one is missing, before anything is started."""
    if waits_for_debugger and not debugged:
        raise NotUnderstood(
            "--wait-for-debugger says how --debug does it", "Name the function: --debug NAME --wait-for-debugger."
        )
    ports = debugging.ports(debugged, found)
    for function in found:
        if function.name in ports:
            debugging.find(function)
    return ports


def _tell_installing(screen: Screen, function: Function) -> None:
    assert function.requirements is not None
    screen.introduce([function.name])
    screen.note(function.name, f"installing {function.requirements.name} …")


def _found(roots: tuple[Path, ...], overrides: Overrides) -> list[Function]:
    """All functions of all folders. Raises NotUnderstood."""
    functions = [function for root in roots for function in discovery.find(root, overrides)]
    if not functions:
        raise NotUnderstood(
            f"no function is found in {', '.join(map(str, roots))}",
            "A folder is one with an app.py that defines handler; --handler says another. See docs/dev.md.",
        )
    if overrides.name and len(functions) > 1:
        raise NotUnderstood("--name is for one function", "Serve one folder at a time.")
    places: dict[str, Function] = {}
    for function in functions:
        other = places.setdefault(function.name, function)
        if other is not function:
            raise NotUnderstood(
                f"{other.folder} and {function.folder} are both called {function.name}", "lambent.toml gives them names."
            )
    return functions


def _variables(given: tuple[str, ...]) -> dict[str, str]:
    variables = {}
    for each in given:
        name, separator, value = each.partition("=")
        if not separator or not name:
            raise click.BadParameter(f"{each} is not NAME=VALUE", param_hint="--env")
        variables[name] = value
    return variables
