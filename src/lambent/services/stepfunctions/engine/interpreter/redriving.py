"""Goes on where an execution failed, was stopped or timed out: what is done stays done.

https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
"""

from lambent.services.stepfunctions.engine.interpreter.frames import FAN, PENDING, READY, ROOT, Frame
from lambent.services.stepfunctions.engine.interpreter.run import Run


def redrive(run: Run) -> None:
    """Sets going again all that has not ended. ``loop.go_on`` does the rest."""
    root = run.frame(ROOT)
    run.event(root, "ExecutionRedriven", {"redriveCount": run.facts.redrive_count}, previous_id=0)
    _set_going(run, root)


def _set_going(run: Run, frame: Frame) -> None:
    run.touch(frame)
    frame.retries, frame.timers = [], ()
    if not frame.entered_id:
        frame.phase = READY
        run.enter(frame)  # it had just been about to
        return
    children = run.unfinished_children(frame)
    begun = [child for child in children if child.phase != PENDING]
    if begun:
        run.wait_for(frame, FAN)
        for child in begun:
            _set_going(run, child)
        return
    if children or run.has_fan(frame):
        run.drop_below(frame)
    frame.phase = READY
    run.resume(frame)
