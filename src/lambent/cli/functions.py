"""functions and invoke: what is deployed, and what it answers."""

import base64
import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from lambent.cli.client import Answer, Client
from lambent.cli.failures import FUNCTION_ERROR, Refused
from lambent.cli.options import client_options, json_option
from lambent.cli.tables import table

_FUNCTIONS = "/2015-03-31/functions"

_CHANGE = "`aws lambda update-function-configuration --function-name {name}"
_ADVICE = {
    "Runtime.ImportModuleError": "The handler's module has to stand at the root of the zip (`python3 -m zipfile -l FILE`), "
    "what it imports beside it or in a layer (`lambent layer build`).",
    "Runtime.HandlerNotFound": f"{_CHANGE} --handler MODULE.FUNCTION` names another.",
    "Runtime.MalformedHandlerName": f"A handler is MODULE.FUNCTION: {_CHANGE} --handler app.handler`.",
    "Runtime.InvalidEntrypoint": "A custom runtime needs an executable `bootstrap` (chmod +x) at the root of its zip, "
    "an image a program that is in it.",
    "Sandbox.Timedout": f"{_CHANGE} --timeout SECONDS` gives it longer.",
    "Runtime.OutOfMemory": f"{_CHANGE} --memory-size MB` gives it more.",
}


@click.command()
@client_options
@json_option
def functions(client: Client, *, is_json: bool) -> None:
    """List the functions of the account and region.

    \b
    lambent functions
    lambent functions --region eu-west-1
    lambent functions --json | jq -r '.[].FunctionArn'
    """
    listed = _list(client)
    if is_json:
        click.echo(json.dumps(listed, indent=2))
        return
    if not listed:
        click.echo(f"No functions in {client.region}. docs/getting-started.md shows how to make one.", err=True)
        return
    rows = [
        (
            function["FunctionName"],
            function.get("Runtime", function.get("PackageType", "")),
            f"{function['MemorySize']} MB",
            f"{function['Timeout']} s",
            function.get("State", ""),
            function["LastModified"][:19].replace("T", " "),
        )
        for function in listed
    ]
    click.echo(table(("NAME", "RUNTIME", "MEMORY", "TIMEOUT", "STATE", "LAST MODIFIED (UTC)"), rows))


def _list(client: Client) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = []
    marker = ""
    while True:
        page = client.rest("lambda", "GET", f"{_FUNCTIONS}/", query={"Marker": marker} if marker else {}).json()
        for function in page["Functions"]:
            # The list leaves the state out, as AWS' does.
            path = f"{_FUNCTIONS}/{quote(function['FunctionName'], safe='')}/configuration"
            listed.append(client.rest("lambda", "GET", path).json())
        marker = page.get("NextMarker") or ""
        if not marker:
            return listed


@click.command()
@click.argument("name")
@click.argument("payload", required=False)
@client_options
@click.option("--tail", is_flag=True, help="Print the end of the invocation's log on stderr.")
@click.option("--async", "is_async", is_flag=True, help="Hand the event over and do not wait for the answer.")
@click.option("--qualifier", metavar="VERSION|ALIAS", help="Instead of $LATEST.")
@json_option
def invoke(
    client: Client, *, name: str, payload: str | None, tail: bool, is_async: bool, qualifier: str | None, is_json: bool
) -> int:
    """Invoke the function NAME with PAYLOAD: JSON, @FILE, or - for stdin. The answer goes to stdout.

    Exits with 4 where the function ended with an error; what it answered is printed all the same.

    \b
    lambent invoke hello '{"name": "Ada"}'
    lambent invoke hello @event.json --tail
    echo '{}' | lambent invoke hello -
    """
    headers = {"content-type": "application/json", "x-amz-invocation-type": "Event" if is_async else "RequestResponse"}
    if tail and not is_async:
        headers["x-amz-log-type"] = "Tail"
    path = f"{_FUNCTIONS}/{quote(name, safe='')}/invocations"
    query = {"Qualifier": qualifier} if qualifier else {}
    try:
        answer = client.rest("lambda", "POST", path, query=query, headers=headers, body=_read(payload))
    except Refused as refused:
        refused.advice = _advice_for(refused, name)
        raise
    log = base64.b64decode(answer.headers.get("x-amz-log-result", "")).decode(errors="replace")
    if is_json:
        click.echo(json.dumps(_as_json(answer, log), indent=2))
    elif is_async:
        click.echo("Accepted.", err=True)
    else:
        click.echo(answer.body.decode(errors="replace"))
        if log:
            click.echo(log.rstrip("\n"), err=True)
    if "x-amz-function-error" in answer.headers:
        if not is_json:
            click.echo(f"The function ended with an error ({answer.headers['x-amz-function-error']}).", err=True)
            if advice := _advice_for_error(answer.body, name):
                click.echo(advice, err=True)
        return FUNCTION_ERROR
    return 0


def _advice_for(refused: Refused, name: str) -> str:
    if refused.code == "ResourceConflictException" and "Pending" in refused.message:
        return f"`aws lambda wait function-active-v2 --function-name {name}` returns when it can be invoked."
    if refused.code == "ResourceNotFoundException":
        return "`lambent functions` lists those of this account and region."
    return ""


def _advice_for_error(body: bytes, name: str) -> str:
    """What to look at where the function could not even begin: the platform's own types of errors, which tell no cause."""
    try:
        told = json.loads(body)
        error = told.get("errorType", "")
    except (ValueError, AttributeError):
        return ""
    return _ADVICE.get(error, "").format(name=name) if isinstance(error, str) else ""


def _read(payload: str | None) -> bytes:
    """The event's bytes; JSON is checked here, where the message can say what is wrong with it."""
    if payload is None:
        return b"{}"
    if payload == "-":
        data = sys.stdin.buffer.read()
    elif payload.startswith("@"):
        try:
            data = Path(payload[1:]).read_bytes()
        except OSError as error:
            raise click.BadParameter(f"{payload[1:]}: {error.strerror}", param_hint="PAYLOAD") from error
    else:
        data = payload.encode()
    try:
        json.loads(data)
    except ValueError as error:
        raise click.BadParameter(f"not JSON: {error}", param_hint="PAYLOAD") from error
    return data


def _as_json(answer: Answer, log: str) -> dict[str, object]:
    try:
        payload = answer.json() if answer.body else None
    except ValueError:
        payload = answer.body.decode(errors="replace")
    return {
        "status": answer.status,
        "payload": payload,
        "function_error": answer.headers.get("x-amz-function-error"),
        "executed_version": answer.headers.get("x-amz-executed-version"),
        "request_id": answer.headers.get("x-amzn-requestid"),
        "log": log or None,
    }
