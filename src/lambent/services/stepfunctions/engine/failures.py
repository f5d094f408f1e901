"""What goes wrong inside an execution: an error's name and its cause, as Retry and Catch see them.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from dataclasses import dataclass

from lambent.core.errors import LambentError

ALL = "States.ALL"
TASK_FAILED = "States.TaskFailed"
RUNTIME = "States.Runtime"
TIMEOUT = "States.Timeout"
HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout"
DATA_LIMIT_EXCEEDED = "States.DataLimitExceeded"
NO_CHOICE_MATCHED = "States.NoChoiceMatched"
INTRINSIC_FAILURE = "States.IntrinsicFailure"
QUERY_EVALUATION_ERROR = "States.QueryEvaluationError"
RESULT_PATH_MATCH_FAILURE = "States.ResultPathMatchFailure"
PERMISSIONS = "States.Permissions"
ITEM_READER_FAILED = "States.ItemReaderFailed"

ERROR_LENGTH_MAX = 256
CAUSE_LENGTH_MAX = 32_768
PAYLOAD_BYTES_MAX = 262_144

NOT_A_TASKS = frozenset({TIMEOUT, RUNTIME})
"""What States.TaskFailed does not match."""


@dataclass(frozen=True, slots=True)
class Failure:
    """``cause`` is None where AWS tells none (a timeout). Both are cut to what AWS keeps of them, and can be written.

    Executions that wait for one another tell the one's cause in the other's: in a chain it would double with each.
    """

    error: str | None
    cause: str | None = None

    def __post_init__(self) -> None:
        for name, text, length_max in (("error", self.error, ERROR_LENGTH_MAX), ("cause", self.cause, CAUSE_LENGTH_MAX)):
            if text is not None and (kept := _kept(text, length_max)) != text:
                object.__setattr__(self, name, kept)

    def details(self) -> dict[str, str]:
        told = {"error": self.error, "cause": self.cause}
        return {name: value for name, value in told.items() if value is not None}

    def output(self) -> dict[str, str]:
        """What a Catch is given."""
        return {"Error": self.error or "", "Cause": self.cause or ""}

    def matches(self, names: tuple[str, ...]) -> bool:
        """If a Retry or Catch of these ErrorEquals is meant: what is unprocessable is nobody's, too much data not ALL's."""
        if self.error == RUNTIME:
            return False
        if self.error in names or (ALL in names and self.error != DATA_LIMIT_EXCEEDED):
            return True
        return TASK_FAILED in names and self.error not in NOT_A_TASKS


def _kept(text: str, length_max: int) -> str:
    """Half of a character, which data may hold, has no place in a text; Java writes a question mark."""
    return text[:length_max].encode("utf-8", "replace").decode()


class StateFailed(LambentError):
    """A state cannot go on. ``location`` is the field whose JSONata failed, which the history tells in an event of its own."""

    def __init__(self, error: str, cause: str | None, *, location: str | None = None) -> None:
        super().__init__(error)
        self.failure = Failure(error, cause)
        self.location = location
