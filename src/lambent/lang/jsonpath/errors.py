"""What a path raises: it is no path, it leads nowhere, or nothing can be put where it leads."""

from lambent.core.errors import LambentError


class InvalidPath(LambentError):
    """A text that is no path, or no reference path where one is asked for; ``reason`` says why, in Jayway's words."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(reason)
        self.text, self.reason = text, reason


class PathNotFound(LambentError):
    """A definite path that leads nowhere in a document; ``reason`` as Jayway says it: ``Missing property in path $['no']``."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(reason)
        self.text, self.reason = text, reason


class UnwritablePath(LambentError):
    """A reference path that crosses what is no object or array (States.ResultPathMatchFailure)."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(reason)
        self.text, self.reason = text, reason
