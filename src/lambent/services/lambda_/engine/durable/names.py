"""How durable executions, their checkpoints and their callbacks are named."""

import base64
import binascii
import json
import re

from msgspec import Struct

from lambent.core.context import Scope
from lambent.services.lambda_.engine.identifiers import FunctionName

_ARN = re.compile(
    r"arn:[a-zA-Z0-9-]+:lambda:(?P<region>[a-zA-Z0-9-]+):(?P<account>\d{12}):function:(?P<function>[a-zA-Z0-9_-]+)"
    r":(?P<version>\$LATEST|[0-9]+)/durable-execution/(?P<name>[a-zA-Z0-9_-]+)/(?P<id>[a-zA-Z0-9_-]+)"
)


class ExecutionKey(Struct, frozen=True):
    """What an execution's rows are found by."""

    scope: Scope
    id: str


class ExecutionArn(Struct, frozen=True):
    """``version``: "$LATEST" or digits."""

    function: FunctionName
    version: str
    name: str
    id: str

    @property
    def key(self) -> ExecutionKey:
        return ExecutionKey(self.function.scope, self.id)

    @property
    def text(self) -> str:
        return f"{self.function.arn}:{self.version}/durable-execution/{self.name}/{self.id}"


class Token(Struct, frozen=True):
    """A checkpoint token: good for the next checkpoint of one invocation, and for no other."""

    execution_id: str
    invocation: str
    sequence: int

    @property
    def text(self) -> str:
        return _encode([self.execution_id, self.invocation, self.sequence])


class CallbackName(Struct, frozen=True):
    execution: ExecutionArn
    operation_id: str

    @property
    def id(self) -> str:
        return _encode([self.execution.text, self.operation_id])


def parse_execution(arn: str) -> ExecutionArn | None:
    match = _ARN.fullmatch(arn)
    if match is None:
        return None
    function = FunctionName(Scope(match["account"], match["region"]), match["function"])
    return ExecutionArn(function, match["version"], match["name"], match["id"])


def parse_token(text: str) -> Token | None:
    match _decode(text):
        case [str(execution_id), str(invocation), int(sequence)]:
            return Token(execution_id, invocation, sequence)
    return None


def parse_callback(text: str) -> CallbackName | None:
    match _decode(text):
        case [str(arn), str(operation_id)]:
            execution = parse_execution(arn)
            return None if execution is None else CallbackName(execution, operation_id)
    return None


def _encode(parts: list[str | int]) -> str:
    return base64.b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode()


def _decode(text: str) -> object:
    try:
        return json.loads(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return None
