"""Goes on where an execution failed, was stopped or timed out: what is done stays done.

https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
"""

from lambent.services.stepfunctions.engine import failures
from lambent.services.stepfunctions.engine.definition.distributed import DistributedMap
from lambent.services.stepfunctions.engine.failures import Failure
from lambent.services.stepfunctions.engine.interpreter.frames import ASKED, FAN, PENDING, READY, ROOT, Frame, MapRunLeft
from lambent.services.stepfunctions.engine.interpreter.run import MapRunRedriven, Run

MAP_RUN_REDRIVES_MAX = 1_000


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
    left = run.space.map_run_to_redrive(frame) if isinstance(run.state(frame), DistributedMap) else None
    if left is not None:
        _redrive_map_run(run, frame, left)
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


def _redrive_map_run(run: Run, frame: Frame, left: MapRunLeft) -> None:
    """Its unsuccessful children run again, and those that had not begun begin."""
    if left.redrive_count >= MAP_RUN_REDRIVES_MAX:
        frame.phase = READY
        reason = f"The Map Run has been redriven {MAP_RUN_REDRIVES_MAX} times, which is the maximum."
        run.broken(frame, Failure(failures.RUNTIME, reason))
        return
    run.event(frame, "MapRunRedriven", {"mapRunArn": left.arn, "redriveCount": left.redrive_count + 1})
    run.wait_for(frame, ASKED)
    run.map_runs_redriven.append(MapRunRedriven(frame.id, frame.attempt))
