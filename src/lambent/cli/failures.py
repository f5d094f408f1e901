"""How a command fails: what went wrong, what to do next, and the code it exits with."""

from lambent.core.errors import LambentError

ANSWERED_WITH_ERROR = 1
NO_PLATFORM = 3
FUNCTION_ERROR = 4
CANNOT_START = 5


class CommandFailure(LambentError):
    """Ends a command. ``advice`` is the next step, a sentence or empty."""

    exit_code = ANSWERED_WITH_ERROR

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


class NoPlatform(CommandFailure):
    """Nothing answers at the address."""

    exit_code = NO_PLATFORM


class CannotStart(CommandFailure):
    """The platform ended before it was ready."""

    exit_code = CANNOT_START


class OutputClosed(LambentError):
    """Who read the output has gone."""


class Refused(CommandFailure):
    """The platform answered with an error; ``code`` is AWS' name of it, ``said`` its words alone."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.status = status
        self.code = code
        self.said = message
