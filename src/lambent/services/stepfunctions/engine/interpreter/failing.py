"""What becomes of a state that has failed: another attempt, another state, or the end of its frame.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from lambent.core import ids
from lambent.services.stepfunctions.engine.definition.states import Retrier, State
from lambent.services.stepfunctions.engine.failures import Failure, StateFailed
from lambent.services.stepfunctions.engine.interpreter import steps
from lambent.services.stepfunctions.engine.interpreter.frames import DELAY, FAILED, FAN, RETRY, Frame
from lambent.services.stepfunctions.engine.interpreter.run import Run


def state_failed(run: Run, frame: Frame, failure: Failure, location: str | None = None) -> None:
    state = run.state(frame)
    run.touch(frame)
    if location is not None:
        run.event(frame, "EvaluationFailed", {**failure.details(), "location": location, "state": state.name})
    if _retries(run, frame, state, failure) or _catches(run, frame, state, failure):
        return
    run.broken(frame, failure)


def _retries(run: Run, frame: Frame, state: State, failure: Failure) -> bool:
    for number, retrier in enumerate(state.retriers):
        if failure.matches(retrier.errors):
            frame.retries += [0] * (number + 1 - len(frame.retries))
            if frame.retries[number] >= retrier.attempts_max:
                return False
            frame.retries[number] += 1
            was_fan = frame.phase == FAN
            run.wait_for(frame, RETRY)
            if was_fan:
                run.drop_below(frame)
            run.set_alarm(frame, DELAY, run.now + delay_s(retrier, frame.retries[number]))
            return True
    return False


def delay_s(retrier: Retrier, attempt: int) -> float:
    """How long to wait before the attempt (1 is the first retry)."""
    # A growing power of a rate soon is no number any more.
    delay = retrier.interval_s * retrier.backoff_rate ** min(attempt - 1, 1_000 if retrier.backoff_rate < 2 else 64)
    delay = min(delay, 99_999_999.0 if retrier.delay_s_max is None else retrier.delay_s_max)
    return delay * ids.fraction() if retrier.has_jitter else delay


def _catches(run: Run, frame: Frame, state: State, failure: Failure) -> bool:
    for catcher in state.catchers:
        if failure.matches(catcher.errors):
            if frame.phase == FAN:
                run.drop_below(frame)
            try:
                left = catcher.flow.caught(run.view(frame, state), failure.output())
                steps.leave(run, frame, left, catcher.next)
            except StateFailed as again:
                run.broken(frame, again.failure)
            return True
    return False


def frame_broken(run: Run, frame: Frame) -> None:
    run.touch(frame)
    run.silence(frame)
    frame.phase = FAILED
