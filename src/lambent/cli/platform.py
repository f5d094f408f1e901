"""start, stop, status, wait, env, reset: a platform's life, and the way to it."""

import asyncio
import contextlib
import json
import os
import shlex
import signal
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lambent import __version__
from lambent.cli import background
from lambent.cli.client import Client, Identity
from lambent.cli.failures import CommandFailure, NoPlatform
from lambent.cli.options import (
    SECRET_DEFAULT,
    account_option,
    ask_page,
    check_account,
    client_options,
    data_option,
    endpoint,
    endpoint_option,
    is_given,
    json_option,
    region_default,
    running_in,
    url_of,
)
from lambent.core.config import AUTH_MODES, CLOCKS, DATA_DEFAULT, DURABILITIES, HOST_DEFAULT, PORT_DEFAULT, THROUGHPUTS, Config
from lambent.core.errors import StartupError
from lambent.store import lock
from lambent.store.folder import Folder

if TYPE_CHECKING:
    from lambent import app

POLL_S = 0.05
ISOLATION_S_MAX = 2.0


@click.command()
@click.option("--host", default=HOST_DEFAULT, show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65_535), default=PORT_DEFAULT, show_default=True, help="0 takes a free one.")
@data_option
@click.option("--ephemeral", is_flag=True, help="Keep nothing: the data goes away with the platform.")
@click.option(
    "--auth",
    type=click.Choice(AUTH_MODES),
    default="open",
    show_default=True,
    help="Whom to believe, and what callers may do.",
)
@click.option("--durability", type=click.Choice(DURABILITIES), default="power", show_default=True, help="What to survive.")
@click.option(
    "--clock",
    type=click.Choice(CLOCKS),
    default=None,
    help="virtual stands still until it is turned, auto jumps by itself.  [default: as the data was left; real at first]",
)
@click.option(
    "--throughput",
    type=click.Choice(THROUGHPUTS),
    default="off",
    show_default=True,
    help="aws: shards take and give what AWS' do in a second, and refuse the rest.",
)
@click.option("--no-freeze", is_flag=True, help="Let environments run on between their events: threads that AWS would halt.")
@click.option("--allow-host", multiple=True, metavar="NAME", help="A Host header to accept besides localhost; repeat for more.")
@click.option(
    "--allow-folder",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False, resolve_path=True),
    metavar="FOLDER",
    help="Let functions be served from this folder and those below it (see `lambent dev`); repeat for more.",
)
@click.option("-d", "--detach", is_flag=True, help="Run in the background; return when it is ready.")
@click.option("--ready-fd", type=int, hidden=True)
@json_option
def start(
    *,
    host: str,
    port: int,
    data: Path,
    ephemeral: bool,
    auth: str,
    durability: str,
    clock: str | None,
    throughput: str,
    no_freeze: bool,
    allow_host: tuple[str, ...],
    allow_folder: tuple[Path, ...],
    detach: bool,
    ready_fd: int | None,
    is_json: bool,
) -> None:
    """Run a platform here until Ctrl-C, or with -d in the background.

    --auth open believes every caller and listens on loopback only; --auth signed checks signatures (see `lambent keys`);
    --auth iam also what the caller's policies allow.
    --durability power survives a power cut; os survives kill -9 and is faster on slow disks.

    \b
    lambent start                       data in ./.lambent, port 4566
    lambent start -d --port 0 --json    in the background on a free port
    lambent start --ephemeral           for tests: nothing is kept
    lambent start --clock virtual       time stands still until `lambent clock` turns it
    """
    if ephemeral and is_given("data"):
        raise click.UsageError("--ephemeral keeps nothing and --data says where to keep it: give one of them")
    config = Config(
        host=host,
        port=port,
        data=data,
        is_ephemeral=ephemeral,
        auth=auth,
        durability=durability,
        allowed_hosts=allow_host,
        clock=clock or "",
        throughput=throughput,
        is_freezing=not no_freeze,
        source_folders=allow_folder,
    )
    if detach:
        _start_in_background(config, is_json=is_json)
    else:
        _serve(config, ready_fd=ready_fd, is_json=is_json)


def _serve(config: Config, *, ready_fd: int | None, is_json: bool) -> None:
    from lambent import app
    from lambent.core import log

    log.to_stderr()

    def on_ready(platform: app.Platform) -> None:
        started = background.Started(os.getpid(), platform.url, str(platform.folder.path))
        if ready_fd is not None:
            started.announce(ready_fd)
        if is_json:
            _print_json({"pid": started.pid, "url": started.url, "data": started.data})
        tasks.append(asyncio.get_running_loop().create_task(_banner_when_known(platform, started)))

    tasks: list[asyncio.Task[None]] = []
    try:
        app.serve(config, on_ready=on_ready)
    except StartupError as error:
        if ready_fd is not None:
            background.refuse(ready_fd, str(error))
        raise


async def _banner_when_known(platform: "app.Platform", started: background.Started) -> None:
    """The platform is ready some moments before it knows how it can isolate, and does not wait for that."""
    assert platform.pool is not None
    isolation = await platform.pool.isolation_found()
    next_step = f"{_next_step(platform.config, started)}   in another terminal"
    _banner(platform.config, started, isolation, clock=platform.clock.state().mode, next_step=next_step)


def _start_in_background(config: Config, *, is_json: bool) -> None:
    arguments = ["--host", config.host, "--port", str(config.port), "--auth", config.auth, "--durability", config.durability]
    arguments += ["--ephemeral"] if config.is_ephemeral else ["--data", str(config.data)]
    arguments += ["--clock", config.clock] if config.clock else []
    arguments += ["--throughput", config.throughput]
    arguments += [] if config.is_freezing else ["--no-freeze"]
    for name in config.allowed_hosts:
        arguments += ["--allow-host", name]
    for folder in config.source_folders:
        arguments += ["--allow-folder", str(folder)]
    if config.is_ephemeral:
        # A file without a name: it is gone when the platform is, and until then says why it did not start.
        with tempfile.TemporaryFile() as output:
            _, started = background.start(arguments, output)
    else:
        Folder(config.data).prepare()
        with background.open_log(config.data) as output:
            _, started = background.start(arguments, output)
    if is_json:
        _print_json({"pid": started.pid, "url": started.url, "data": started.data})
        return
    isolation, clock = _found_out(started.url)
    _banner(config, started, isolation, clock=clock, next_step=_next_step(config, started))
    _say("stop", f"lambent stop{_data_option(started)}")


def _next_step(config: Config, started: background.Started) -> str:
    """What points AWS tools at the platform: where signatures count, that takes a key; where policies do, one with rights."""
    # A new user has no policy, and with --auth iam may do nothing until it has one.
    command = {"open": "env", "signed": "keys create", "iam": "keys create --admin"}[config.auth]
    return f'eval "$(lambent {command}{_data_option(started)})"'


def _data_option(started: background.Started) -> str:
    return "" if Path(started.data) == DATA_DEFAULT else f" --data {shlex.quote(started.data)}"


def _found_out(url: str) -> tuple[str, str]:
    """How functions are isolated, which the platform finds out in its first moments, and how its clock goes."""
    client = _anonymous(url)
    deadline = time.monotonic() + ISOLATION_S_MAX
    try:
        while True:
            health = client.health()
            if health["isolation"] != "being found out" or time.monotonic() > deadline:
                return str(health["isolation"]), str(health["clock"])
            time.sleep(POLL_S)
    finally:
        client.close()


def _banner(config: Config, started: background.Started, isolation: str, *, clock: str, next_step: str) -> None:
    click.echo(f"{click.style('Lambent', bold=True)} {__version__}  {click.style(started.url, fg='cyan')}", err=True)
    kept = "gone when it stops" if config.is_ephemeral else f"durability {config.durability}"
    _say("data", f"{started.data} ({kept})")
    _say("auth", config.auth)
    _say("isolation", isolation)
    if clock != "real":
        _say("clock", f"{clock}: `lambent clock` shows and turns it")
    _say("process", str(started.pid))
    _say("next", next_step)


def _say(name: str, value: str) -> None:
    click.echo(f"  {click.style(f'{name:<10}', dim=True)} {value}", err=True)


def _print_json(content: object) -> None:
    click.echo(json.dumps(content, indent=2))


@click.command()
@data_option
@click.option("--timeout", type=click.FloatRange(min=0), default=30.0, show_default=True, help="Seconds to wait for its end.")
@json_option
def stop(*, data: Path, timeout: float, is_json: bool) -> None:
    """Stop the platform of a data directory. What is under way has five seconds to be answered. Succeeds where none runs.

    \b
    lambent stop                      the one of ./.lambent
    lambent stop --data ~/shop/data    the one of another data directory
    """
    pid = lock.holder(data)
    if pid is None:
        _done(f"No platform runs in {data.absolute()}. (`--data` names another data directory.)", is_json, stopped=None)
        return
    try:
        os.kill(pid, signal.SIGTERM)
    except PermissionError as error:
        raise CommandFailure(f"process {pid} is another user's", "Stop it as that user.") from error
    except ProcessLookupError:
        pass  # it ended by itself meanwhile
    deadline = time.monotonic() + timeout
    while lock.holder(data) == pid:
        if time.monotonic() > deadline:
            raise CommandFailure(
                f"process {pid} has not ended within {timeout:g} s", f"End it with `kill -9 {pid}`: nothing is lost."
            )
        time.sleep(POLL_S)
    _done(f"Stopped (process {pid}).", is_json, stopped=pid)


def _done(sentence: str, is_json: bool, **facts: object) -> None:
    """How a command ends whose deed is all that it has to tell."""
    if is_json:
        _print_json(facts)
    else:
        click.echo(sentence, err=True)


@click.command()
@client_options
@json_option
def status(client: Client, *, is_json: bool) -> None:
    """Say whether a platform answers, and what it is. Exits with 3 where none does.

    \b
    lambent status
    lambent status --endpoint-url http://localhost:4566
    lambent status --json | jq -r .clock
    """
    health = client.health()
    if is_json:
        _print_json({"url": client.url} | health)
        return
    click.echo(f"{client.url}  {'ready' if health['ready'] else 'starting'}")
    for name, value in health.items():
        if name != "ready":
            click.echo(f"  {name:<12} {', '.join(value) if isinstance(value, list) else value}")


@click.command()
@endpoint_option
@data_option
@click.option("--timeout", type=click.FloatRange(min=0), default=30.0, show_default=True, help="Seconds to wait at most.")
@json_option
def wait(*, endpoint_url: str | None, data: Path, timeout: float, is_json: bool) -> None:
    """Return as soon as the platform is ready; exit with 3 when it is not in time.

    \b
    lambent wait --timeout 60 && aws lambda list-functions
    """
    deadline = time.monotonic() + timeout
    while (url := _ready_url(endpoint_url, data)) is None:
        if time.monotonic() > deadline:
            where = f"at {endpoint_url}" if endpoint_url else f"in {data}"
            raise NoPlatform(f"no platform was ready {where} within {timeout:g} s", "Start one with `lambent start -d`.")
        time.sleep(POLL_S)
    if is_json:
        _print_json({"ready": True, "url": url})


def _ready_url(endpoint_url: str | None, data: Path) -> str | None:
    """Finds the platform anew each time: one that takes a free port says only when it is there which it took."""
    with contextlib.suppress(NoPlatform), contextlib.closing(_anonymous(endpoint(endpoint_url, data))) as client:
        if client.health()["ready"] is True:
            return client.url
    return None


def _anonymous(url: str) -> Client:
    return Client(url, Identity("", ""), region_default())


def _quote_fish(value: str) -> str:
    if shlex.quote(value) == value:
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _quote_powershell(value: str) -> str:
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


_SHELLS = {
    "posix": ("export {name}={value}", "unset {name}", shlex.quote),
    "fish": ("set -gx {name} {value}", "set -e {name}", _quote_fish),
    "powershell": ("$env:{name} = {value}", "Remove-Item Env:{name} -ErrorAction Ignore", _quote_powershell),
}


@click.command()
@data_option
@click.option("--shell", type=click.Choice(tuple(_SHELLS)), default="posix", show_default=True)
@account_option
@click.option("--region", metavar="REGION", default=None, help="[default: AWS_REGION, AWS_DEFAULT_REGION, or us-east-1]")
@json_option
def env(*, data: Path, shell: str, account: str, region: str | None, is_json: bool) -> None:
    """Print the variables that point AWS tools at the platform.

    \b
    eval "$(lambent env)"                                   sh, bash, zsh
    lambent env --shell fish | source                       fish
    lambent env --shell powershell | Invoke-Expression      PowerShell
    """
    running = running_in(data)
    if running is None:
        click.echo(f"lambent: no platform runs in {data} (`lambent start -d`); these are for the default address.", err=True)
    elif _is_signed(running.url):
        raise CommandFailure("this platform checks signatures", "Make a key: `lambent keys create` prints its variables too.")
    variables = background.variables_for(
        url_of(data), access_key_id=account, secret_access_key=SECRET_DEFAULT, region=region or region_default()
    )
    if is_json:
        _print_json(variables)
        return
    click.echo(shell_lines(variables, shell), nl=False)


def shell_lines(variables: dict[str, str], shell: str) -> str:
    """Lines for a shell to run. A session token of somewhere else would spoil the key, so it is removed."""
    export, unset, quote = _SHELLS[shell]
    lines = [export.format(name=name, value=quote(value)) for name, value in variables.items()]
    return "\n".join([*lines, unset.format(name="AWS_SESSION_TOKEN")]) + "\n"


def _is_signed(url: str) -> bool:
    client = _anonymous(url)
    try:
        return client.health()["auth"] != "open"
    except NoPlatform:
        return False
    finally:
        client.close()


@click.command()
@click.argument("account", required=False, callback=check_account)
@endpoint_option
@data_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def reset(*, account: str | None, endpoint_url: str | None, data: Path, yes: bool, is_json: bool) -> None:
    """Delete what the platform keeps: of ACCOUNT, or of all accounts.

    \b
    lambent reset                       all accounts, after asking
    lambent reset 123456789012 --yes    one account, without asking
    """
    url = endpoint(endpoint_url, data)
    what = f"account {account}" if account else "all accounts"
    if not yes:
        click.confirm(f"Delete everything of {what} at {url}?", abort=True, err=True)
    ask_page(data, url, "POST", "/_lambent/reset", account=account)
    _done(f"Deleted everything of {what}.", is_json, reset=account or "everything")
