"""Plans as people and programs read them."""

from dataclasses import dataclass

from lambent.sdk import plan
from lambent.sdk.clients import Target
from lambent.sdk.plan import Difference


@dataclass
class Thing:
    kind: str
    name: str
    action: str
    differences: tuple[Difference, ...] = ()
    notes: tuple[str, ...] = ()


THINGS = [
    Thing("function", "double", "create", (Difference("memory", None, "128 MB"),)),
    Thing("function", "half-of-it", "update", (Difference("memory", "128 MB", "256 MB"), Difference("layers", "arn:l", None))),
    Thing("state machine", "total", "unchanged", notes=("look out",)),
    Thing("function", "old", "delete"),
]


def test_a_plan_reads_in_columns():
    assert "\n".join(plan.lines(THINGS)) == (
        "  + double      create\n"
        "      memory  128 MB\n"
        "  ~ half-of-it  update\n"
        "      memory  128 MB → 256 MB\n"
        "      layers  arn:l → (none)\n"
        "  = total       state machine unchanged\n"
        "      ! look out\n"
        "  - old         delete"
    )


def test_a_plan_is_colored_where_somebody_wants_colors():
    colors = [line for line in plan.lines(THINGS, lambda text, color: f"<{color}>{text}") if "<" in line]
    assert [line.strip().partition(">")[0] for line in colors] == ["<green", "<yellow", "<", "<yellow", "<red"]


def test_a_plan_is_data_for_programs():
    assert plan.as_json(THINGS[1:2]) == [
        {
            "kind": "function",
            "name": "half-of-it",
            "action": "update",
            "differences": [
                {"what": "memory", "before": "128 MB", "after": "256 MB"},
                {"what": "layers", "before": "arn:l", "after": None},
            ],
            "notes": [],
        }
    ]


def test_a_plan_changes_something_unless_all_is_unchanged():
    assert plan.is_changing(THINGS)
    assert not plan.is_changing([THINGS[2]])
    assert not plan.is_changing([])


def test_the_place_is_the_endpoint_or_aws():
    assert plan.where(Target("eu-west-1")) == "AWS, eu-west-1"
    assert plan.where(Target("us-east-1", "http://localhost:4566")) == "http://localhost:4566, us-east-1"
