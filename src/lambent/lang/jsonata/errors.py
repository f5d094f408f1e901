"""What JSONata raises: a text that does not parse, and an evaluation that fails (States.QueryEvaluationError)."""

from lambent.core.errors import LambentError

INVALID = "INVALID_JSONATA_EXPRESSION"
UNSUPPORTED = "UNSUPPORTED_JSONATA_EXPRESSION"


class InvalidJsonata(LambentError):
    """``location`` is the way to the string below the template (``/a[0]``), ``position`` counts characters in the expression.

    ``code`` is what AWS' validation calls it: INVALID, or UNSUPPORTED for what JSONata knows and Step Functions does not.
    """

    def __init__(self, expression: str, reason: str, position: int | None, *, code: str = INVALID, location: str = "") -> None:
        super().__init__(reason)
        self.expression, self.reason, self.position = expression, reason, position
        self.code, self.location = code, location


class JsonataFailure(LambentError):
    """``sentence`` is AWS' without the state: ``The JSONata expression '…' specified for the field '…' returned …``.

    ``field`` is the field's name and the way below it (``Output``, ``Arguments/Payload/a[0]``).
    ``expression`` is without ``{% %}``.
    """

    def __init__(self, field: str, expression: str, what: str) -> None:
        self.field, self.expression = field, expression
        self.sentence = f"The JSONata expression '{expression}' specified for the field '{field}' {what}"
        super().__init__(self.sentence)


class EvaluationError(Exception):
    """An expression threw; ``code`` is JSONata's (``T1006``), or empty where it has none."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message
