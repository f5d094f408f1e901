"""A space in memory."""

from lambent.services.stepfunctions.engine.interpreter.frames import DONE, Fan, Frame, MemorySpace


def test_children_are_told_in_order_and_dropped_with_all_below():
    space = MemorySpace("{}")
    children = [Frame(3, 0, 1, 1, "S", DONE, data=b"1"), Frame(2, 0, 0, 1, "S", DONE, data=b"0"), Frame(4, 3, 0, 2, "S")]
    space.save(added=[Frame(0, -1, 0, 0, "S"), *children], changed=[], fans=[Fan(0, 2, 2, 2, 2, 5, 2)])
    assert space.outputs(0) == [b"0", b"1"]
    assert [frame.id for frame in space.open_children(3)] == [4]
    assert space.next_frame_id() == 5
    space.drop_below(0)
    assert list(space.frames) == [0]
    assert space.fan(0) is None
