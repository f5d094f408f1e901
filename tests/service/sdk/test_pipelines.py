"""Pipelines on a running platform: called here with deployed functions, and as state machines, with one result."""

import asyncio
import itertools
import json
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.projects import imported
from tests.unit.sdk.random_pipelines import LISTS, PURE, outcome, same

from lambent import (
    ExecutionFailed,
    MissingKey,
    RemoteError,
    compose,
    deploy,
    distinct,
    distinct_by,
    filter,  # noqa: A004 - its name
    gather,
    group_by,
    max_by,
    partial,
    sort_by,
    undeploy,
)
from lambent.sdk import deploying

APP = """
import dataclasses
import time

from lambent import distinct_by, function, gather


@dataclasses.dataclass
class Shelf:
    names: list[str]


class OutOfBooks(Exception):
    pass


@function
def double(number):
    return 2 * number


@function
def inc(number):
    return number + 1


@function
def deliver(book):
    return book


@function
def twice(books):
    return [*books, *books]


@function
def names(books: list) -> Shelf:
    return Shelf([book["name"] for book in books])


@function
def identify(book):
    return book["id"]


@function
def longer(kept, book):
    return book if len(book["name"]) > len(kept["name"]) else kept


@function
def add(a, b):
    return a + b


@function
def wrap(value):
    return {"id": value, "tags": [value]}


@function
def lose(number):
    raise OutOfBooks(f"no book {number}")


@function
def stay(number):
    time.sleep(number)


shelve = twice >> deliver.map(concurrency=20).distinct_by("id") >> names
"""

BOOKS = [
    {"id": 1, "name": "Core Java"},
    {"id": 2, "name": "Scala"},
    {"id": 1, "name": "Java again"},
    {"id": 3, "name": "Go"},
    {"id": 2, "name": "Scala 3"},
]
RESULT_S_MAX = 60
EXAMPLES, EXAMPLES_IN_REAL_TIME = 4, 200
numbers = itertools.count()


@pytest.fixture(scope="module")
def app(platform, tmp_path_factory) -> Iterator[object]:
    """All of it, deployed once, into an account of this module's."""
    variables = {
        "AWS_ENDPOINT_URL": platform.url,
        "AWS_ACCESS_KEY_ID": f"7{os.getpid():011d}",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }
    patch = pytest.MonkeyPatch()
    for name, value in variables.items():
        patch.setenv(name, value)
    patch.delenv("AWS_PROFILE", raising=False)
    with imported(tmp_path_factory.mktemp("pipelines"), {"store.py": APP}, "store") as module:
        deploy(module, echo=None)
        yield module
    patch.undo()


@pytest.fixture
def deployed(app):
    """Pipelines, deployed under names of their own."""
    made = []

    def make(*steps):
        pipeline = compose(*steps, name=f"pipeline-{os.getpid()}-{next(numbers)}").deploy(echo=None)
        made.append(pipeline)
        return pipeline

    yield make
    for each in made:
        delete(each)


def delete(pipeline):
    """The state machine only: its functions are others' too."""
    pipeline.plan_deletion(pipeline.machine.target).apply()


def ways(pipeline, value):
    """What it gives in plain Python, with functions where they are deployed, and as a state machine."""
    return pipeline.local(value), pipeline(value), pipeline.run(value, timeout_s=RESULT_S_MAX)


def test_a_chain_of_deployed_functions_is_a_function(app, deployed):
    assert (app.double >> app.inc)(3) == 7
    assert ways(deployed(app.double, app.inc), 3) == (7, 7, 7)


def test_duplicated_deliveries_are_gathered_into_one_book_for_each_id(app):
    shelf = app.Shelf(["Core Java", "Scala", "Go"])
    assert app.shelve.name == "store-shelve"
    assert ways(app.shelve, BOOKS) == (shelf, shelf, shelf)


@pytest.mark.parametrize(
    ("step", "names"),
    [
        (distinct_by("id"), ["Core Java", "Scala", "Go"]),
        (distinct_by("id", keep="last"), ["Java again", "Scala 3", "Go"]),
        (distinct_by("id", keep=max_by("name"), order="key"), ["Java again", "Scala 3", "Go"]),
        (distinct_by("id", order="key"), ["Core Java", "Scala", "Go"]),
        (distinct(), ["Core Java", "Scala", "Java again", "Go", "Scala 3"]),
        (sort_by("name", reverse=True), ["Scala 3", "Scala", "Java again", "Go", "Core Java"]),
    ],
    ids=repr,
)
def test_a_state_machine_without_any_function_chooses_among_books(deployed, step, names):
    for found in ways(deployed(step), BOOKS):
        assert [book["name"] for book in found] == names


def test_a_function_may_be_the_key_and_the_choice(app, deployed):
    pipeline = deployed(distinct_by(app.identify, keep=app.longer, order="key"), app.names)
    shelf = app.Shelf(["Java again", "Scala 3", "Go"])
    assert ways(pipeline, BOOKS) == (shelf, shelf, shelf)


def test_a_distributed_map_gives_what_an_inline_one_gives(app, deployed):
    pipeline = deployed(app.double.map(concurrency=100), app.inc.map(expected=5_000), distinct())
    assert ways(pipeline, list(range(12))) == ([2 * number + 1 for number in range(12)],) * 3


def test_branches_arguments_and_folds(app, deployed):
    pipeline = deployed(gather(twice=app.double, more=partial(app.add, b=10)))
    assert ways(pipeline, 4) == ({"twice": 8, "more": 14},) * 3
    assert ways(deployed(app.add.reduce(initial=100)), [1, 2, 3]) == (106, 106, 106)
    assert ways(deployed(app.add.starmap()), [[1, 2], [3, 4]]) == ([3, 7],) * 3


def test_what_a_function_raises_is_raised_in_all_three_ways(app, deployed):
    for pipeline, value in ((deployed(app.inc, app.lose), 1), (deployed(app.lose.map(concurrency=100)), [2])):
        for call in (pipeline.local, pipeline, pipeline.run):
            with pytest.raises(app.OutOfBooks, match="no book 2"):
                call(value)
        with pytest.raises(app.OutOfBooks) as raised:
            pipeline.run(value)
        assert isinstance(raised.value.__cause__, RemoteError)


def test_a_missing_key_is_one_in_all_three_ways(app, deployed):
    pipeline = deployed(app.twice, group_by("price"))
    for call in (pipeline.local, pipeline, pipeline.run):
        with pytest.raises(MissingKey, match=r"^group_by\('price'\): item 0 has no 'price'$"):
            call(BOOKS)


def test_none_lists_and_objects_are_keys_in_all_three_ways(deployed):
    items = [{"id": None}, {"id": [1]}, {"id": {"a": 1, "b": 2}}, {"id": [1.0], "n": 1}, {"id": {"b": 2, "a": 1}}, {"id": None}]
    for found in ways(deployed(distinct_by("id")), items):
        assert found == items[:3]


def test_an_execution_is_a_handle_that_can_be_awaited_stopped_and_found_again(app, deployed):
    pipeline = deployed(app.stay)
    execution = pipeline.start(30, name="long")
    assert execution.status == "RUNNING"
    with pytest.raises(TimeoutError, match="runs on"):
        execution.result(timeout_s=0.01)
    assert pipeline.start(30, name="long").arn == execution.arn
    execution.stop(error="Enough", cause="seen enough")
    with pytest.raises(ExecutionFailed, match="ABORTED: Enough: seen enough"):
        execution.result()
    quick = pipeline.at()

    async def both():
        return await asyncio.gather(*(quick.start(0)._awaited() for _ in range(2)))

    assert asyncio.run(both()) == [None, None]


def test_a_second_deploy_changes_nothing_and_another_definition_only_what_differs(app, deployed):
    pipeline = deployed(app.double)
    (planned,) = [each for each in deploying.planned(pipeline).planned if each.kind == "state machine"]
    assert planned.action == "unchanged"
    changed = compose(app.double, app.inc, name=pipeline.name)
    (planned,) = [each for each in deploying.planned(changed).planned if each.kind == "state machine"]
    assert (planned.action, [each.what for each in planned.differences]) == ("update", ["state double", "state inc"])
    changed.deploy(echo=None)
    assert changed.run(3) == 7


def test_definitions_are_valid_to_the_platform(app, deployed):
    pipeline = deployed(
        app.wrap.map(concurrency=50), filter("id"), distinct_by(app.identify, keep=app.longer), gather(app.names, sort_by("id"))
    )
    sfn = pipeline.machine.client()
    told = sfn.validate_state_machine_definition(definition=json.dumps(pipeline.definition()), severity="WARNING")
    assert (told["result"], told["diagnostics"]) == ("OK", [])


def test_what_was_deployed_is_deleted_with_its_role(app):
    pipeline = compose(distinct(), name=f"gone-{os.getpid()}").deploy(echo=None)
    target = pipeline.machine.target
    undeploy(pipeline, echo=None)
    assert pipeline.machine is None
    names = [role["RoleName"] for role in target.client("iam").list_roles()["Roles"]]
    assert not any("gone-" in name for name in names)


def check(app, steps, value):
    pipeline = compose(app.wrap.map(), *steps, name=f"random-{os.getpid()}-{next(numbers)}").deploy(echo=None)
    here = outcome(pipeline.local, value)
    for call in (pipeline, pipeline.run):
        there = outcome(call, value)
        assert here[0] == there[0], (here, there)
        assert same(json.loads(json.dumps(here[1])), there[1]), (here, there)
    delete(pipeline)


def often(examples):
    phases = tuple(phase for phase in Phase if phase not in (Phase.shrink, Phase.explain))
    return settings(max_examples=examples, deadline=None, phases=phases, suppress_health_check=list(HealthCheck), database=None)


@often(EXAMPLES)
@given(st.lists(PURE, min_size=1, max_size=3), LISTS)
def test_random_pipelines_give_the_same_in_all_three_ways(app, steps, value):
    check(app, steps, value)


@pytest.mark.realtime
@often(EXAMPLES_IN_REAL_TIME)
@given(st.lists(PURE, min_size=1, max_size=3), LISTS)
def test_hundreds_of_random_pipelines_give_the_same_in_all_three_ways(app, steps, value):
    check(app, steps, value)
