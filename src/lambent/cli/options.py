"""Options that several commands share, and what they are when nobody gives them."""

import contextlib
import functools
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlsplit

import click
from click.core import ParameterSource

from lambent.cli.client import Answer, Client, Identity
from lambent.cli.failures import CommandFailure, NoPlatform, Refused
from lambent.core.config import DATA_DEFAULT, HOST_DEFAULT, PORT_DEFAULT, environment
from lambent.core.context import ACCOUNT_DEFAULT, REGION_DEFAULT
from lambent.core.sessions import SessionSeal
from lambent.store import lock
from lambent.store.folder import Folder, Running

SECRET_DEFAULT = "lambent"  # noqa: S105  with --auth open nobody looks at it
SESSION_S = 3_600
UNITS_S = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}

P = ParamSpec("P")
T = TypeVar("T")
Command = Callable[P, T]


def check_account(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None and not (len(value) == 12 and value.isascii() and value.isdigit()):
        raise click.BadParameter("an account is a number of 12 digits, for example 000000000000")
    return value


data_option = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=DATA_DEFAULT,
    show_default=True,
    help="The data directory.",
)
account_option = click.option(
    "--account", metavar="ID", default=ACCOUNT_DEFAULT, show_default=True, callback=check_account, help="The 12-digit account."
)
endpoint_option = click.option(
    "--endpoint-url", metavar="URL", help="The platform. [default: the one of a --data that is given, or AWS_ENDPOINT_URL]"
)
json_option = click.option("--json", "is_json", is_flag=True, help="Print JSON.")


def client_options(command: Callable[Concatenate[Client, P], T]) -> Callable[..., T]:
    """Gives the command a ``client`` as its first argument, made from options that say where and as whom."""

    @endpoint_option
    @data_option
    @click.option("--region", metavar="REGION", help="[default: AWS_REGION, AWS_DEFAULT_REGION, or us-east-1]")
    @click.option("--account", metavar="ID", callback=check_account, help="Act as this 12-digit account.")
    @functools.wraps(command)
    def wrapped(*args: Any, endpoint_url: str | None, data: Path, region: str | None, account: str | None, **options: Any) -> T:
        url = endpoint(endpoint_url, data)
        client = Client(url, identity_for(data, url, account), region or region_default())
        try:
            return command(client, *args, **options)
        finally:
            client.close()

    return wrapped


def endpoint(endpoint_url: str | None, data: Path) -> str:
    """The platform that is meant: the option's, else that of a data directory that was given, else the environment's.

    A shell may have AWS_ENDPOINT_URL from another platform, and another may listen at the default address: what was meant for
    the one of a directory must never reach those. Raises NoPlatform where none runs there.
    """
    if endpoint_url is None and is_given("data"):
        running = running_in(data)
        if running is None:
            raise NoPlatform(
                f"no platform runs in {data}", f"Start one there with `lambent start -d --data {shlex.quote(str(data))}`."
            )
        return running.url
    given = endpoint_url or environment().get("AWS_ENDPOINT_URL")
    if not given:
        return url_of(data)
    if not _is_url(given):
        hint = "--endpoint-url" if endpoint_url else "AWS_ENDPOINT_URL"
        raise click.BadParameter(f"{given} is not a URL like http://localhost:{PORT_DEFAULT}", param_hint=hint)
    return given.rstrip("/")


def is_given(option: str) -> bool:
    """Whether an option stands on the command line, be it with the value of its default."""
    context = click.get_current_context(silent=True)
    return context is not None and context.get_parameter_source(option) is ParameterSource.COMMANDLINE


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def running_in(data: Path) -> Running | None:
    """The platform of this data directory. One that was killed has left its note, but not the lock."""
    note = Folder(data).running()
    return note if note is not None and lock.holder(data) == note.pid else None


def url_of(data: Path) -> str:
    """Where the platform of this data directory listens, or would by default."""
    running = running_in(data)
    return running.url if running is not None else f"http://{HOST_DEFAULT}:{PORT_DEFAULT}"


def region_default() -> str:
    variables = environment()
    return variables.get("AWS_REGION") or variables.get("AWS_DEFAULT_REGION") or REGION_DEFAULT


def identity_for(data: Path, url: str, account: str | None) -> Identity:
    """The root of the account where the platform's data directory is ours to read, else what the environment names."""
    variables = environment()
    key_id, secret = variables.get("AWS_ACCESS_KEY_ID"), variables.get("AWS_SECRET_ACCESS_KEY")
    if account is None and key_id and secret:
        return Identity(key_id, secret, variables.get("AWS_SESSION_TOKEN", ""))
    wanted = account or ACCOUNT_DEFAULT
    running = running_in(data)
    if running is not None and running.url.rstrip("/") == url.rstrip("/"):
        return root_of(data, wanted, url)
    return Identity(wanted, SECRET_DEFAULT)


def ask_page(data: Path, url: str, method: str, page: str, *, account: str | None, body: bytes = b"") -> Answer:
    """Asks for what only the one who runs the platform may do. Its pages answer in words, without AWS' codes."""
    identity = identity_for(data, url, None)
    with contextlib.closing(Client(url, identity, region_default())) as client:
        try:
            return client.rest("lambent", method, page, query={"account": account} if account else None, body=body)
        except Refused as refused:
            advice = _advice_on_rights(identity) if refused.status in (401, 403) else ""
            raise CommandFailure(refused.said or refused.message, advice) from refused


def _advice_on_rights(identity: Identity) -> str:
    if identity.access_key_id == environment().get("AWS_ACCESS_KEY_ID"):
        return (
            "AWS_ACCESS_KEY_ID is set, so this was asked with that key. Unset AWS_ACCESS_KEY_ID,"
            " and run it beside the data directory or name that with --data."
        )
    return "Name the platform's data directory with --data."


def root_of(data: Path, account: str, url: str) -> Identity:
    """An hour of being an account's root: whoever may read the data directory owns all that is in it.

    The hour is one of the account's time, which the platform at ``url`` tells.
    """
    with contextlib.closing(Client(url, Identity(account, ""), region_default())) as client:
        now = client.now()
    credentials = SessionSeal(Folder(data).seal_key()).issue(
        account=account,
        principal_arn=f"arn:aws:iam::{account}:root",
        principal_id=account,
        expires_at=now + SESSION_S,
    )
    return Identity(credentials.access_key_id, credentials.secret_access_key, credentials.session_token, account)


def duration_s(text: str) -> float | None:
    """The seconds of 61, 90s, 15m, 3h, 2d or 1w; None for anything else."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhdw]?)", text)
    return float(match[1]) * UNITS_S[match[2]] if match is not None else None
