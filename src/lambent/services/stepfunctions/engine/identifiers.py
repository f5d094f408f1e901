"""Names and ARNs: machines with their versions and aliases, executions, activities.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
"""

import re

from msgspec import Struct

from lambent.core.arn import Arn
from lambent.core.context import Scope
from lambent.services.stepfunctions import errors

NAME_LENGTH_MAX = 80
_FORBIDDEN = re.compile(r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]")


class MachineName(Struct, frozen=True):
    """A state machine, or a version ("3") or alias ("PROD") of it. ``label``: of the distributed Map whose processor it is."""

    scope: Scope
    name: str
    qualifier: str = ""
    label: str = ""

    @property
    def arn(self) -> str:
        """Of the machine itself."""
        return _arn(self.scope, f"stateMachine:{self.path}")

    @property
    def path(self) -> str:
        """The name, with the label where there is one: what executions' ARNs say of their machine."""
        return f"{self.name}/{self.label}" if self.label else self.name

    @property
    def qualified_arn(self) -> str:
        return f"{self.arn}:{self.qualifier}" if self.qualifier else self.arn

    def at(self, qualifier: str | int) -> str:
        """The ARN of a version or an alias."""
        return f"{self.arn}:{qualifier}"


class ExecutionName(Struct, frozen=True):
    """``path`` is the machine's (`MachineName.path`). ``run_id`` where it is express: its ARN ends with it."""

    scope: Scope
    path: str
    name: str
    run_id: str = ""

    @property
    def arn(self) -> str:
        if self.run_id:
            return _arn(self.scope, f"express:{self.path}:{self.name}:{self.run_id}")
        return _arn(self.scope, f"execution:{self.path}:{self.name}")

    @property
    def machine(self) -> MachineName:
        name, _, label = self.path.partition("/")
        return MachineName(self.scope, name, label=label)


class ActivityName(Struct, frozen=True):
    scope: Scope
    name: str

    @property
    def arn(self) -> str:
        return _arn(self.scope, f"activity:{self.name}")


def parse_machine(text: str) -> MachineName:
    """Raises InvalidArn."""
    kind, parts, scope = _parsed(text)
    if kind != "stateMachine" or len(parts) not in (1, 2) or not all(parts):
        raise errors.InvalidArn(arn=text)
    name, _, label = parts[0].partition("/")
    return MachineName(scope, name, parts[1] if len(parts) == 2 else "", label)


def parse_execution(text: str) -> ExecutionName:
    """Raises InvalidArn."""
    kind, parts, scope = _parsed(text)
    if kind == "execution" and len(parts) == 2 and all(parts):
        return ExecutionName(scope, *parts)
    if kind == "express" and len(parts) == 3 and all(parts):
        return ExecutionName(scope, *parts)
    raise errors.InvalidArn(arn=text)


def parse_activity(text: str) -> ActivityName:
    """Raises InvalidArn."""
    kind, parts, scope = _parsed(text)
    if kind != "activity" or len(parts) != 1 or not parts[0]:
        raise errors.InvalidArn(arn=text)
    return ActivityName(scope, parts[0])


def checked_name(name: str) -> str:
    """Raises InvalidName."""
    if not 1 <= len(name) <= NAME_LENGTH_MAX or _FORBIDDEN.search(name):
        raise errors.InvalidName(name=name)
    return name


def _parsed(text: str) -> tuple[str, list[str], Scope]:
    arn = Arn.parse(text)
    if arn is None or arn.service != "states":
        raise errors.InvalidArn(arn=text)
    kind, *parts = arn.resource.split(":")
    return kind, parts, Scope(arn.account, arn.region)


def _arn(scope: Scope, resource: str) -> str:
    return f"arn:aws:states:{scope.region}:{scope.account}:{resource}"
