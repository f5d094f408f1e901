"""What an expression raises: it is none, it finds nothing, or a function of it refuses its arguments."""

from lambent.core.errors import LambentError


class InvalidExpression(LambentError):
    """A text that is neither path nor function; ``reason`` says why."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(reason)
        self.text, self.reason = text, reason


class ValueNotFound(LambentError):
    """A path finds nothing. ``document`` is where it looked: the input, the context object, or a variable's value.

    ``text`` is the path as it stands in the definition, ``reason`` Jayway's sentence (``Missing property in path $['no']``).
    """

    def __init__(self, text: str, reason: str, document: object) -> None:
        super().__init__(reason)
        self.text, self.reason, self.document = text, reason, document


class IntrinsicFailure(LambentError):
    """States.IntrinsicFailure: ``text`` is the call as written, ``reason`` what is wrong with its arguments."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(reason)
        self.text, self.reason = text, reason
