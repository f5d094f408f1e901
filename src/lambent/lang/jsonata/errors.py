"""What JSONata raises: a text that does not parse, and an evaluation that fails (States.QueryEvaluationError)."""

from lambent.core.errors import LambentError


class InvalidJsonata(LambentError):
    """``location`` is the way to the string below the template (``/a/0``), ``position`` counts characters in the expression."""

    def __init__(self, location: str, expression: str, reason: str, position: int | None) -> None:
        super().__init__(reason)
        self.location, self.expression, self.reason, self.position = location, expression, reason, position


class JsonataFailure(LambentError):
    """``sentence`` is AWS' whole sentence without the state: ``The JSONata expression '…' specified for the field '…' returned …``.

    ``field`` is the field's name and the way below it (``Output``, ``Arguments/Payload/a``), ``expression`` without ``{% %}``.
    """

    def __init__(self, field: str, expression: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field, self.expression, self.sentence = field, expression, sentence
