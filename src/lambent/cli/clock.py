"""clock: what time it is on the platform, and turning it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from lambent.cli.options import ask_page, check_account, data_option, duration_s, endpoint, endpoint_option, json_option
from lambent.cli.tables import table

PAGE = "/_lambent/clock"
SHOWN_MAX = 50  # lines of what fired; --json has all


def clock_options(command: Callable[..., None]) -> Callable[..., None]:
    """Which platform, and whose clock: what each of these commands takes."""
    account_option = click.option(
        "--account",
        metavar="ID",
        callback=check_account,
        help="The clock of this 12-digit account, made when it is first turned.",
    )
    return endpoint_option(data_option(account_option(json_option(command))))


@click.group(invoke_without_command=True)
@clock_options
@click.pass_context
def clock(context: click.Context, /, **where: Any) -> None:
    """Show the platform's clock, or turn it: what falls due meanwhile is done when the command returns.

    \b
    lambent start -d --clock virtual          time stands still until it is turned
    lambent clock                             show it
    lambent clock advance 61                  61 seconds; 15m, 2h, 1d too
    lambent clock set 2026-03-01T09:00:00Z    to an instant, never back
    lambent clock run-until-idle              from timer to timer until none is left
    lambent clock auto                        from now on by itself, whenever nothing is to be done
    lambent clock advance 2h --account 123456789012   this account's time only
    """
    if context.invoked_subcommand is None:
        _show(_ask("GET", where), is_json=where["is_json"])
    elif any(context.get_parameter_source(name) is ParameterSource.COMMANDLINE for name in where):
        raise click.UsageError(f"options go behind the subcommand: lambent clock {context.invoked_subcommand} … --account ID")


@clock.command()
@click.argument("time", metavar="TIME")
@clock_options
def advance(*, time: str, **where: Any) -> None:
    """Turn the clock by TIME: seconds, or 90s, 15m, 2h, 1d.

    \b
    lambent clock advance 61
    lambent clock advance 2h --account 123456789012
    """
    seconds = duration_s(time)
    if seconds is None:
        raise click.BadParameter(f"{time} is not a time like 61, 90s, 15m, 2h or 1d", param_hint="TIME")
    _turn({"advance_s": seconds}, where)


@clock.command(name="set")
@click.argument("instant", metavar="INSTANT")
@clock_options
def set_(*, instant: str, **where: Any) -> None:
    """Turn the clock to INSTANT, a date and time of ISO 8601 that is not past. Without a zone it is UTC.

    \b
    lambent clock set 2026-03-01T09:00:00Z
    """
    _turn({"set": instant}, where)


@clock.command(name="run-until-idle")
@clock_options
def run_until_idle(**where: Any) -> None:
    """Jump from timer to timer until none is left but housekeeping. Fails where something repeats for ever.

    \b
    lambent clock run-until-idle
    """
    _turn({"run_until_idle": True}, where)


@clock.command()
@clock_options
def auto(**where: Any) -> None:
    """From now on jump to the next timer by itself, whenever nothing is to be done.

    \b
    lambent clock auto
    """
    _turn({"mode": "auto"}, where)


@clock.command()
@clock_options
def virtual(**where: Any) -> None:
    """Stop the clock: it stands still until it is turned.

    \b
    lambent clock virtual --account 123456789012    for this account only
    """
    _turn({"mode": "virtual"}, where)


@clock.command()
@clock_options
def real(**where: Any) -> None:
    """Let the clock go on at the machine's pace, from where it stands: time never goes back.

    \b
    lambent clock real
    """
    _turn({"mode": "real"}, where)


@clock.command()
@clock_options
def release(**where: Any) -> None:
    """Give the clock of --account back: it lives by the platform's time again.

    \b
    lambent clock release --account 123456789012
    """
    if where["account"] is None:
        raise click.UsageError("only an account's own clock can be given back: name it with --account ID")
    _show(_ask("DELETE", where), is_json=where["is_json"])


def _turn(turn: dict[str, object], where: dict[str, Any]) -> None:
    _show(_ask("POST", where, json.dumps(turn).encode()), is_json=where["is_json"])


def _ask(method: str, where: dict[str, Any], body: bytes = b"") -> dict[str, Any]:
    data: Path = where["data"]
    url = endpoint(where["endpoint_url"], data)
    answer = ask_page(data, url, method, PAGE, account=where["account"], body=body).json()
    assert isinstance(answer, dict)
    return answer


def _show(told: dict[str, Any], *, is_json: bool) -> None:
    if is_json:
        click.echo(json.dumps(told, indent=2))
        return
    fired = told.get("fired", [])
    rows = [(each["at"], each["kind"], each["key"], each["account"]) for each in fired[:SHOWN_MAX]]
    if rows:
        click.echo(table(("AT", "FIRED", "KEY", "ACCOUNT"), rows))
    left = len(fired) - len(rows) + told.get("fired_left_off", 0)
    if left:
        click.echo(f"… and {left} more; --json prints them.", err=True)
    whose = f"account {told['account']}" if told.get("has_own_clock") else "the platform"
    click.echo(f"{told['now']}  {told['mode']}, next timer {told['next'] or 'none'}  ({whose})")
