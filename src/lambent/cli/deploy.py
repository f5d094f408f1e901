"""deploy and undeploy: what files define with ``@function``, made to be on a platform or on AWS, and deleted there."""

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, ParamSpec

import click

from lambent.cli import modules
from lambent.cli.client import Client
from lambent.cli.failures import CommandFailure, NoPlatform
from lambent.cli.options import (
    check_account,
    data_option,
    endpoint,
    endpoint_option,
    identity_for,
    is_given,
    json_option,
    region_default,
    running_in,
)
from lambent.core.config import environment
from lambent.sdk import deploying, plan
from lambent.sdk.deploying import Plan
from lambent.sdk.failures import DeployError
from lambent.sdk.settings import SettingsError

P = ParamSpec("P")

_ADVICE = "Put @function above one: from lambent import function"


def target_options(command: Callable[P, Any]) -> Callable[P, Any]:
    options = (
        endpoint_option,
        data_option,
        click.option("--aws", "is_aws", is_flag=True, help="AWS itself, with the credentials that its tools find."),
        click.option("--profile", metavar="NAME", help="A profile of AWS' configuration; implies --aws."),
        click.option(
            "--region", metavar="REGION", help="[default: AWS_REGION, AWS_DEFAULT_REGION, the profile's, or us-east-1]"
        ),
        click.option("--account", metavar="ID", callback=check_account, help="Act as this 12-digit account of a platform."),
    )
    for option in reversed(options):
        command = option(command)
    return command


plan_option = click.option("--plan", "--dry-run", "is_plan", is_flag=True, help="Print what would change, and change nothing.")
yes_option = click.option("--yes", "-y", "is_sure", is_flag=True, help="Do not ask.")


@click.command()
@click.argument("what", nargs=-1, required=True, metavar="FILE[:NAME]...")
@target_options
@plan_option
@yes_option
@json_option
@click.option("--adopt", is_flag=True, help="Take over functions of these names that were made by something else.")
@click.option("--fresh", is_flag=True, help="Resolve requirements anew, instead of as they were the last time.")
def deploy(
    *, what: tuple[str, ...], is_plan: bool, is_sure: bool, is_json: bool, adopt: bool, fresh: bool, **where: Any
) -> None:
    """Deploy the functions and pipelines that FILE defines: create what is not there, update what differs.

    FILE is a Python file, a folder, or a module by its dotted name; NAME is one thing of it. The plan is printed first.
    It goes to the platform that the other commands talk to; with --aws, to AWS, where you are asked before anything changes.

    \b
    lambent deploy app.py                 all that app.py defines
    lambent deploy app.py:double          one function of it
    lambent deploy app.py --plan          what would change
    lambent deploy shop/ --json           a folder, with the outcome for a program
    lambent deploy app.py --aws --yes     to AWS, from a pipeline
    """
    place = _enter(**where)
    things = _things(what)
    with _in_our_words():
        made = deploying.planned(*things, adopt=adopt, fresh=fresh, **place)
        _tell(made, is_json=is_json, verb="Deploying to", is_plan=is_plan)
        if made.is_changing and not is_plan:
            _ask("Deploy?", is_sure=is_sure or made.target.endpoint_url is not None)
        if not is_plan:
            _apply(made, is_json=is_json)
    if is_json:
        _print_json(made, is_plan=is_plan)


@click.command()
@click.argument("what", nargs=-1, required=True, metavar="FILE[:NAME]...")
@target_options
@plan_option
@yes_option
@json_option
def undeploy(*, what: tuple[str, ...], is_plan: bool, is_sure: bool, is_json: bool, **where: Any) -> None:
    """Delete what `lambent deploy FILE` made: functions with their versions, pipelines, roles of their own. Logs are kept.

    \b
    lambent undeploy app.py
    lambent undeploy app.py:double --yes
    """
    place = _enter(**where)
    things = _things(what)
    with _in_our_words():
        made = deploying.planned_deletion(*things, **place)
        _tell(made, is_json=is_json, verb="Deleting from", is_plan=is_plan)
        if made.is_changing and not is_plan:
            _ask("Delete?", is_sure=is_sure)
            _apply(made, is_json=is_json)
    if is_json:
        _print_json(made, is_plan=is_plan)


def _enter(
    *, endpoint_url: str | None, data: Path, is_aws: bool, profile: str | None, region: str | None, account: str | None
) -> dict[str, Any]:
    """Finds the target. The process becomes one in which ``lambent env`` was evaluated: files that are read may ask AWS too."""
    if is_aws or profile:
        if endpoint_url or is_given("data") or account:
            raise click.UsageError("--aws and --profile go with neither --endpoint-url, --data nor --account")
        os.environ.pop("AWS_ENDPOINT_URL", None)
        return {"region": region, "profile": profile}
    url = endpoint(endpoint_url, data)
    is_named = endpoint_url or is_given("data") or environment().get("AWS_ENDPOINT_URL")
    if not is_named and running_in(data) is None:
        _require_platform(url)
    identity = identity_for(data, url, account)
    os.environ.update(AWS_ACCESS_KEY_ID=identity.access_key_id, AWS_SECRET_ACCESS_KEY=identity.secret_access_key)
    os.environ.pop("AWS_SESSION_TOKEN", None)
    if identity.session_token:
        os.environ["AWS_SESSION_TOKEN"] = identity.session_token
    chosen = region or region_default()
    os.environ.update(AWS_ENDPOINT_URL=url, AWS_REGION=chosen, AWS_DEFAULT_REGION=chosen)
    return {"region": chosen, "endpoint_url": url}


def _require_platform(url: str) -> None:
    """Nobody named a target: it is the platform at the default address, if one is there, and never AWS."""
    client = Client(url, identity_for(Path(), url, None), region_default())
    try:
        client.health()
    except NoPlatform as missing:
        missing.advice = "Start one with `lambent start -d`, name another with --endpoint-url, or deploy to AWS with --aws."
        raise
    finally:
        client.close()


def _things(what: Sequence[str]) -> list[Any]:
    """What the arguments name, each module imported once."""
    found: list[Any] = []
    for argument in what:
        loaded, name = modules.load(argument)
        if name is None:
            defining = [module for module in loaded if len(loaded) == 1 or _defines(module)]
            if not defining:
                raise CommandFailure(f"no file in {argument} defines a function", _ADVICE)
            found += defining
            continue
        thing = getattr(loaded[0], name, None)
        if not _is_deployable(thing):
            there = ", ".join(key for key, value in vars(loaded[0]).items() if _is_deployable(value))
            raise CommandFailure(f"{argument}: there is no {name} to deploy", f"There are: {there}." if there else _ADVICE)
        found.append(thing)
    return found


def _defines(module: ModuleType) -> bool:
    try:
        return bool(deploying.collected([module]))
    except DeployError:
        return False


def _is_deployable(thing: Any) -> bool:
    try:
        return not isinstance(thing, ModuleType) and bool(deploying.collected([thing]))
    except TypeError:
        return False


def _tell(made: Plan, *, is_json: bool, verb: str, is_plan: bool) -> None:
    if is_json:
        return
    if made.is_changing:
        click.echo(f"{'Plan for' if is_plan else verb} {plan.where(made.target)}:")
    elif not made.planned:
        click.echo(f"Nothing of it is deployed at {plan.where(made.target)}.")
    else:
        click.echo(f"Up to date at {plan.where(made.target)}:")
    for line in plan.lines(made.planned, lambda text, color: click.style(text, fg=color) if color else text):
        click.echo(line)


def _ask(question: str, *, is_sure: bool) -> None:
    if is_sure:
        return
    if not sys.stdin.isatty():
        raise CommandFailure("nobody is here to be asked", "Give --yes to go on, or --plan to see what would change.")
    click.confirm(question, abort=True, err=True)


def _apply(made: Plan, *, is_json: bool) -> None:
    verbs = {"create": "created", "update": "updated", "delete": "deleted"}

    def done(each: plan.Planned, seconds: float) -> None:
        if not is_json:
            click.echo(f"  {each.name} {verbs[each.action]} in {seconds:.2f} s", err=True)

    made.apply(done)


def _print_json(made: Plan, *, is_plan: bool) -> None:
    arns = {}
    for each in made.planned:
        deployment = getattr(getattr(each, "function", None), "deployment", None)
        arns[each.name] = getattr(deployment, "arn", None) or getattr(each, "arn", None) or None
    listed = [entry | {"arn": arns[entry["name"]]} for entry in plan.as_json(made.planned)]
    said = {"endpoint_url": made.target.endpoint_url, "region": made.target.region, "applied": not is_plan, "things": listed}
    click.echo(json.dumps(said, indent=2))


class _in_our_words:  # noqa: N801  used as a keyword is
    """The SDK's failures as the command's."""

    def __enter__(self) -> None: ...

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, DeployError):
            raise CommandFailure(error.message, error.advice) from error
        if isinstance(error, SettingsError | TypeError):
            raise CommandFailure(str(error)) from error
