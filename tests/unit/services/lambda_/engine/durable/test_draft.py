"""What is written of one change."""

from lambent.services.lambda_.engine.durable.draft import TIMER, Draft
from lambent.services.lambda_.engine.durable.operations import Operation
from lambent.services.lambda_.engine.durable.updates import Change


def test_the_one_timer_is_set_to_the_first_of_what_is_waited_for(world):
    execution = world.start()
    draft = Draft(world.tx, execution, 100.0)
    for name, ends_at in (("late", 300.0), ("soon", 200.0), ("never", 5_000.0)):
        draft.put(Change(Operation(name, "WAIT", "STARTED", draft.execution.operations, 100.0, ends_at=ends_at), None))
    draft.save(world.timers)
    assert world.timers.due == {(TIMER, execution.id): 200.0}
    assert (world.execution.operations, world.execution.changes) == (4, 4)


def test_an_execution_that_is_to_be_invoked_later_is_not_put_forward(world):
    draft = Draft(world.tx, world.start(), 100.0)
    draft.set(is_wanted=True, due_at=500.0)
    draft.want()
    assert draft.execution.due_at == 500.0
