"""What validation says of a definition: codes, words and places as AWS has them.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html
"""

from collections.abc import Iterable

from msgspec import Struct, structs

ERROR, WARNING = "ERROR", "WARNING"

INVALID_JSON = "INVALID_JSON_DESCRIPTION"
SCHEMA = "SCHEMA_VALIDATION_FAILED"
MISSING_TARGET = "MISSING_TRANSITION_TARGET"
MISSING_END = "MISSING_END_STATE"
DUPLICATE_STATE = "DUPLICATE_STATE_NAME"
INVALID_STATE_NAME = "INVALID_STATE_NAME"
DUPLICATE_LABEL = "DUPLICATE_LABEL_NAME"
INVALID_LABEL = "INVALID_LABEL_NAME"
TOO_DEEP = "TOO_DEEPLY_NESTED"

NO_DOLLAR = "NO_DOLLAR"
NO_PATH = "NO_PATH"
RESULT_IS_STATIC = "PASS_RESULT_IS_STATIC"


class Diagnostic(Struct, frozen=True):
    """``location`` is the way to what is wrong (``/States/A/Next``); None where the whole text is meant.

    Of names that hold half a character both can be told all the same.
    """

    code: str
    message: str
    location: str | None
    severity: str = ERROR

    def __post_init__(self) -> None:
        for name, text in (("message", self.message), ("location", self.location)):
            if text is not None and not text.isascii():
                structs.force_setattr(self, name, text.encode("utf-8", "replace").decode())


def refusal(diagnostics: Iterable[Diagnostic]) -> str | None:
    """What stands between the quotes of ``Invalid State Machine Definition: '…'``; None where nothing is an error.

    AWS writes null for a place that there is none of.
    """
    told = [f"{one.code}: {one.message} at {one.location or 'null'}" for one in diagnostics if one.severity == ERROR]
    return ", ".join(told) or None
