"""Shards are read after their parents."""

from lambent.durable.followers import lineage
from lambent.durable.followers.lineage import Plan, Shard
from lambent.durable.followers.progress import Progress

PARENT, LEFT, RIGHT = Shard("p", (), False), Shard("l", ("p",), True), Shard("r", ("p",), True)


def test_children_wait_for_their_parent():
    assert lineage.plan({"p": Progress()}, [PARENT, LEFT, RIGHT]) == Plan(("l", "r"), (), ("p",))
    assert lineage.plan({"p": Progress.ended()}, [PARENT, LEFT, RIGHT]).ready == ("l", "r")


def test_a_merged_shard_waits_for_both_its_parents():
    merged = Shard("m", ("l", "r"), True)
    listed = [Shard("l", (), False), Shard("r", (), False), merged]
    assert lineage.plan({"l": Progress.ended(), "r": Progress()}, listed).ready == ("r",)
    assert lineage.plan({"l": Progress.ended(), "r": Progress.ended()}, listed).ready == ("m",)


def test_parents_that_are_trimmed_away_hold_up_nobody_and_are_forgotten():
    assert lineage.plan({"p": Progress()}, [LEFT]) == Plan(("l",), ("p",), ("l",))


def test_a_shard_that_has_ended_is_not_read_again():
    assert lineage.plan({"p": Progress.ended()}, [PARENT]) == Plan((), (), ())


def test_grandchildren_wait_too():
    grandchild = Shard("g", ("l",), True)
    assert lineage.plan({}, [PARENT, LEFT, grandchild]).ready == ("p",)
