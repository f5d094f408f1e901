"""What all environments of one key have in common, and the error that ends one before it has begun."""

from msgspec import Struct

from lambent.core.clock import Clock
from lambent.core.errors import LambentError
from lambent.core.ports import EnvironmentSpec, Interceptor, LogSink
from lambent.environments.log_lines import Lines


class Traits(Struct, frozen=True):
    """What all environments of one key have in common."""

    spec: EnvironmentSpec
    lines: Lines
    sink: LogSink
    clock: Clock  # the account's
    interceptor: Interceptor | None = None


class TemplateEnded(LambentError):
    """A copy could not begin, because what it was to be a copy of has died: another one can."""
