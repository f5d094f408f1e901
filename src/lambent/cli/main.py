"""The ``lambent`` command. Commands are imported when they are called, so that none waits for another's imports."""

import importlib
import sys
from typing import Any

import click

from lambent import __version__
from lambent.cli.failures import CommandFailure, OutputClosed
from lambent.core.errors import StartupError

EXIT_CODES = """\b
Exit codes:
  0  done
  1  the platform answered with an error
  2  the command was not understood
  3  no platform answers
  4  the invoked function ended with an error
  5  the platform could not start"""

# Each command's module and the line that stands for it in the help.
COMMANDS = {
    "start": ("lambent.cli.platform", "Run a platform here."),
    "stop": ("lambent.cli.platform", "Stop the platform of a data directory."),
    "status": ("lambent.cli.platform", "Say whether a platform runs, and where."),
    "wait": ("lambent.cli.platform", "Return as soon as the platform is ready."),
    "env": ("lambent.cli.platform", "Print the variables that point AWS tools at the platform."),
    "reset": ("lambent.cli.platform", "Delete what the platform keeps."),
    "clock": ("lambent.cli.clock", "Show or turn the platform's clock."),
    "doctor": ("lambent.cli.doctor", "Say what this machine can run, and what it lacks."),
    "runtimes": ("lambent.cli.runtimes", "Fetch ahead what functions of a runtime need."),
    "keys": ("lambent.cli.keys", "Make, list and delete access keys."),
    "deploy": ("lambent.cli.deploy", "Deploy what Python files define with @function."),
    "undeploy": ("lambent.cli.deploy", "Delete what they made."),
    "functions": ("lambent.cli.functions", "List the functions."),
    "apis": ("lambent.cli.apis", "List the addresses that are served."),
    "invoke": ("lambent.cli.functions", "Invoke a function."),
    "dev": ("lambent.cli.dev.command", "Serve functions from the folders they are written in."),
    "image": ("lambent.cli.image", "Make container images for functions."),
    "layer": ("lambent.cli.layer", "Build layers."),
    "logs": ("lambent.cli.logs", "Show or follow a function's logs."),
    "demo": ("lambent.cli.demo", "See it all work, in a minute."),
    "coverage": ("lambent.cli.coverage", "Print which operations are covered."),
}
HIDDEN = ("coverage",)


class Commands(click.Group):
    """Finds commands in the table above."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return [name for name in COMMANDS if name not in HIDDEN]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command = getattr(importlib.import_module(COMMANDS[cmd_name][0]), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Click exits with 1 where the output is closed, which here means that the platform answered with an error."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise OutputClosed from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """From the table: listing the commands does not import them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(cls=Commands, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lambent", message="%(prog)s %(version)s")
def lambent() -> None:
    """Your own AWS Lambda: a platform that boto3 and the AWS CLI take for AWS.

    \b
    lambent start -d            run it in the background
    eval "$(lambent env)"       point AWS tools at it
    aws lambda list-functions   use it
    """


def main(arguments: list[str] | None = None) -> None:
    """Runs the command and exits; a failure is one line of what and one of what next, on stderr."""
    try:
        result: Any = lambent.main(args=arguments, standalone_mode=False)
    except CommandFailure as failure:
        fail(failure.message, failure.advice, failure.exit_code)
    except StartupError as error:
        fail(str(error), "", 5)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("", err=True)
        sys.exit(130)
    except OutputClosed:
        # Who read our output (head, say) has seen enough. Nothing more may be written, not even by the interpreter's end.
        sys.stdout = None
        sys.exit(141)
    sys.exit(result if isinstance(result, int) else 0)


def fail(message: str, advice: str, exit_code: int) -> None:
    click.echo(f"{click.style('lambent:', fg='red', bold=True)} {message}", err=True)
    if advice:
        click.echo(f"         {advice}", err=True)
    sys.exit(exit_code)


if __name__ == "__main__":
    main()
