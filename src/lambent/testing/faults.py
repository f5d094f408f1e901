"""Makes things fail on purpose: calls refused, throttled, delayed or left unanswered; environments and platforms that die."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from lambent.core.errors import Defect, ServiceError
from lambent.testing import batches
from lambent.testing.watch import Fault, Watch
from lambent.wire import models

if TYPE_CHECKING:
    from lambent.testing.functions import Function

__tracebackhide__ = True  # pytest shows the line of the test that asked, not the way through here; --full-trace shows all

STATUS_DEFAULT = 400
_STATUSES = {
    "InternalError": 500,
    "InternalFailure": 500,
    "InternalServerError": 500,
    "InternalServiceError": 500,
    "ServiceException": 500,
    "ServiceUnavailable": 503,
    "SlowDown": 503,
    "AccessDenied": 403,
    "AccessDeniedException": 403,
}
# What each service says when it is asked too often. https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
_THROTTLES = {
    "lambda": ("TooManyRequestsException", 429, "Rate Exceeded.", {"Reason": "CallerRateLimitExceeded", "Type": "User"}),
    "sqs": ("RequestThrottled", 403, "The request was denied due to request throttling.", {}),
    "sns": ("Throttled", 429, "Rate exceeded", {}),
    "s3": ("SlowDown", 503, "Please reduce your request rate.", {}),
    "iam": ("Throttling", 400, "Rate exceeded", {}),
    "sts": ("Throttling", 400, "Rate exceeded", {}),
}
_THROTTLE_DEFAULT: tuple[str, int, str, dict[str, str]] = ("ThrottlingException", 400, "Rate exceeded", {})


class Faults:
    """The faults of one account. They end with the test, or with ``clear``.

    An operation is named as AWS names it: ``"sqs", "SendMessage"``. Its calls are counted from 1 when the fault is set: those
    that come over HTTP and those that other services make. ``times=None`` means from the ``nth`` on for ever. Clients repeat
    what they take for passing (500, 503, throttles): with ``times=1`` the code under test may not notice, as on AWS.
    """

    def __init__(
        self,
        watch: Watch,
        *,
        kill_busy: Callable[[str], int],
        crash: Callable[[], None],
    ) -> None:
        self._watch = watch
        self._kill_busy = kill_busy
        self._crash = crash

    def fail(
        self,
        service: str,
        operation: str,
        *,
        nth: int = 1,
        times: int | None = 1,
        error: str | ServiceError = "InternalError",
        status: int | None = None,
        message: str = "This call fails because a test wants it to.",
    ) -> Fault:
        """Refuses calls before anything is done. ``error``: AWS' code; ``status``: else the one that AWS answers it with."""
        return self._add(service, operation, nth, times, error=_error_of(service, error, status, message))

    def fail_entries(
        self,
        service: str,
        operation: str,
        *,
        entries: Iterable[int],
        nth: int = 1,
        times: int | None = 1,
        error: str | ServiceError = "InternalFailure",
        message: str = "Internal service failure.",
    ) -> Fault:
        """Fails some entries of a batch (PutRecords, SendMessageBatch …), by their places from 0; the others are done."""
        if (service, operation) not in batches.BATCHES:
            known = ", ".join(sorted(name for _, name in batches.BATCHES))
            raise ValueError(f"{service}'s {operation} does not answer entry by entry; these do: {known}")
        told = _error_of(service, error, None, message)
        return self._add(service, operation, nth, times, error=told, entries=frozenset(entries))

    def lose_answer(
        self,
        service: str,
        operation: str,
        *,
        nth: int = 1,
        times: int | None = 1,
        error: str | ServiceError = "InternalError",
    ) -> Fault:
        """Does what is asked, and answers with an error all the same: the caller cannot know, and may ask again."""
        told = _error_of(service, error, None, "The answer to this call was lost because a test wants it to be.")
        return self._add(service, operation, nth, times, error=told, is_answer_lost=True)

    def throttle(self, service: str, operation: str, *, nth: int = 1, times: int | None = 1) -> Fault:
        """Refuses calls as the service does when it is asked too often."""
        code, status, message, members = _THROTTLES.get(service, _THROTTLE_DEFAULT)
        return self._add(service, operation, nth, times, error=_made(code, status, message, members))

    def delay(self, service: str, operation: str, *, seconds: float, nth: int = 1, times: int | None = 1) -> Fault:
        """Has calls wait on the account's clock before anything is done: somebody else has to turn it, or ``clock.auto()``."""
        assert seconds > 0, "a delay is longer than nothing"
        return self._add(service, operation, nth, times, delay_s=seconds)

    def kill_environment(self, function: "Function", *, times: int = 1) -> None:
        """Kills the environments that run the function now; where none does, those of its next ``times`` events.

        An environment that is killed by its event dies before the handler sees it. Either way AWS answers Runtime.ExitError.
        """
        if not self._kill_busy(function.arn):
            self._watch.doomed[function.arn] += times

    def crash(self) -> None:
        """Ends the whole platform as ``kill -9`` would and starts it again on the same data, clock and port.

        What was not committed is gone, environments and open connections are too. Faults and records of this test stay.
        """
        self._crash()

    def clear(self) -> None:
        """Ends all faults of this account."""
        self._watch.faults = []
        self._watch.doomed.clear()

    def _add(
        self,
        service: str,
        operation: str,
        nth: int,
        times: int | None,
        *,
        error: ServiceError | None = None,
        delay_s: float = 0.0,
        is_answer_lost: bool = False,
        entries: frozenset[int] | None = None,
    ) -> Fault:
        assert nth >= 1, "calls are counted from 1"
        assert times is None or times >= 1, "a fault happens at least once"
        if _model(service).operation(operation) is None:  # it would be a fault that never happens
            raise ValueError(f"{service} has no operation {operation!r}; AWS spells it like SendMessage")
        fault = Fault(service, operation, nth, times, error, delay_s, is_answer_lost, entries)
        self._watch.faults = [*self._watch.faults, fault]
        return fault


def _model(service: str) -> models.Service:
    try:
        return models.service(service)
    except Defect as unknown:
        raise ValueError(f"there is no service {service!r}; boto3 spells it like sqs") from unknown


def _error_of(service: str, error: str | ServiceError, status: int | None, message: str) -> ServiceError:
    if isinstance(error, ServiceError):
        return error
    if status is None:
        shape = _model(service).error(error)
        modelled = shape.error.http_status_code if shape is not None and shape.error is not None else None
        status = modelled or _STATUSES.get(error, STATUS_DEFAULT)
    return _made(error, status, message, {})


def _made(code: str, status: int, message: str, members: dict[str, str]) -> ServiceError:
    kind = type(code, (ServiceError,), {"code": code, "status": status, "wording": "{message}"})
    made = kind(message=message, members=members)
    assert isinstance(made, ServiceError)
    return made
