"""keys: access keys of IAM users, for a platform that checks signatures."""

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import click

from lambent.cli.background import variables_for
from lambent.cli.client import Client
from lambent.cli.failures import CommandFailure, Refused
from lambent.cli.options import account_option, data_option, json_option, region_default, root_of, running_in
from lambent.cli.tables import table

USER_DEFAULT = "lambent"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


@click.group()
def keys() -> None:
    """Make, list and delete access keys. Acts as the account's root, so it needs the platform's data directory.

    \b
    lambent start -d --auth signed
    eval "$(lambent keys create)"
    aws sts get-caller-identity

    With --auth iam a user may do what its policies allow, and a new one has none: `lambent keys create --admin`.
    """


@keys.command()
@click.option("--user", default=USER_DEFAULT, show_default=True, help="The IAM user; made if it is not there.")
@click.option("--admin", "is_admin", is_flag=True, help="Let the user do everything: attaches AdministratorAccess.")
@account_option
@data_option
@json_option
def create(*, user: str, is_admin: bool, account: str, data: Path, is_json: bool) -> None:
    """Make an access key. Its secret is shown this once.

    \b
    eval "$(lambent keys create)"                 for --auth signed: user lambent
    eval "$(lambent keys create --admin)"         for --auth iam: it may do everything
    lambent keys create --user ada --json
    """
    client = _root_client(data, account)
    _make_user(client, user)
    if is_admin:  # before the key: if this fails, no secret is lost
        client.iam("AttachUserPolicy", UserName=user, PolicyArn=ADMINISTRATOR)
    key = _make_key(client, user)
    key_id, secret = key.findtext("AccessKeyId", ""), key.findtext("SecretAccessKey", "")
    if is_json:
        content = {"account": account, "user": user, "access_key_id": key_id, "secret_access_key": secret, "url": client.url}
        click.echo(json.dumps(content, indent=2))
        return
    variables = variables_for(client.url, access_key_id=key_id, secret_access_key=secret, region=client.region)
    from lambent.cli.platform import shell_lines

    click.echo(shell_lines(variables, "posix"), nl=False)
    click.echo(f"Key {key_id} of user {user}, account {account}. Its secret is not shown again.", err=True)


@keys.command(name="list")
@account_option
@data_option
@json_option
def list_keys(*, account: str, data: Path, is_json: bool) -> None:
    """List the access keys of all users.

    \b
    lambent keys list
    lambent keys list --account 123456789012 --json
    """
    client = _root_client(data, account)
    rows = list(_keys(client))
    if is_json:
        names = ("access_key_id", "user", "status", "created")
        click.echo(json.dumps([dict(zip(names, row, strict=True)) for row in rows], indent=2))
    elif rows:
        click.echo(table(("KEY", "USER", "STATUS", "CREATED"), rows))
    else:
        click.echo("No keys. Make one with `lambent keys create`.", err=True)


@keys.command()
@click.argument("key_id")
@account_option
@data_option
@json_option
def delete(*, key_id: str, account: str, data: Path, is_json: bool) -> None:
    """Delete the access key KEY_ID.

    \b
    lambent keys delete AKIAIOSFODNN7EXAMPLE
    """
    client = _root_client(data, account)
    for found, user, *_ in _keys(client):
        if found == key_id:
            client.iam("DeleteAccessKey", UserName=user, AccessKeyId=key_id)
            if is_json:
                click.echo(json.dumps({"deleted": key_id}, indent=2))
            else:
                click.echo(f"Deleted {key_id}.", err=True)
            return
    raise CommandFailure(f"account {account} has no key {key_id}", "`lambent keys list` shows those it has.")


def _keys(client: Client) -> Iterator[tuple[str, str, str, str]]:
    """Key id, user, status and date of every key in the account."""
    for user in _users(client):
        for key in client.iam("ListAccessKeys", UserName=user).iterfind("AccessKeyMetadata/member"):
            yield key.findtext("AccessKeyId", ""), user, key.findtext("Status", ""), key.findtext("CreateDate", "")


def _users(client: Client) -> Iterator[str]:
    marker = ""
    while True:
        page = client.iam("ListUsers", **({"Marker": marker} if marker else {}))
        yield from (name.text or "" for name in page.iterfind("Users/member/UserName"))
        marker = page.findtext("Marker", "")
        if page.findtext("IsTruncated") != "true" or not marker:
            return


def _make_user(client: Client, user: str) -> None:
    try:
        client.iam("CreateUser", UserName=user)
    except Refused as refused:
        if refused.code != "EntityAlreadyExists":
            raise


def _make_key(client: Client, user: str) -> ElementTree.Element:
    try:
        key = client.iam("CreateAccessKey", UserName=user).find("AccessKey")
    except Refused as refused:
        if refused.code == "LimitExceeded":  # as on AWS a user has two keys at most, so that they can be exchanged
            refused.advice = (
                f"`lambent keys list` shows the keys of {user}, `lambent keys delete KEY` makes room; or name another --user."
            )
        raise
    assert key is not None
    return key


def _root_client(data: Path, account: str) -> Client:
    running = running_in(data)
    if running is None:
        raise CommandFailure(
            f"no platform runs in {data}", "Start one with `lambent start -d --auth signed`, or name its --data."
        )
    return Client(running.url, root_of(data, account, running.url), region_default())
