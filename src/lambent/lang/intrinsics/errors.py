"""What an expression raises: it is none, it finds nothing, or a function of it refuses its arguments."""

import msgspec

from lambent.core.errors import LambentError


class InvalidExpression(LambentError):
    """A text that is neither path nor function; ``reason`` says why."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(reason)
        self.text, self.reason = text, reason


class ValueNotFound(LambentError):
    """A path finds nothing. ``document`` is where it looked: the input, the context object, or a variable's value.

    ``text`` is the path as it stands in the definition, ``reason`` Jayway's sentence (``Missing property in path $['no']``).
    ``is_argument``: it is one of a function's arguments.
    """

    def __init__(self, text: str, reason: str, document: object, *, is_argument: bool = False) -> None:
        super().__init__(reason)
        self.text, self.reason, self.document, self.is_argument = text, reason, document, is_argument

    def sentence(self, field: str) -> str:
        """As AWS says it of the field that the path stands in (``value.$``), without naming the state."""
        shown = msgspec.json.encode(self.document).decode()
        if self.is_argument:
            return f"The JsonPath argument for the field '{self.text}' could not be found in the input '{shown}'"
        return f"The JSONPath '{self.text}' specified for the field '{field}' could not be found in the input '{shown}'"


class IntrinsicFailure(LambentError):
    """States.IntrinsicFailure: ``text`` is the call as written, ``reason`` what is wrong with its arguments."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(reason)
        self.text, self.reason = text, reason

    def sentence(self, field: str) -> str:  # noqa: ARG002 - as of ValueNotFound
        """As AWS says it, without naming the state."""
        return f"The function '{self.text}' had the following error: {self.reason}"
