"""Random steps, pipelines and JSON, and the three ways to run a pipeline without a platform."""

import json
from typing import Any

from hypothesis import strategies as st
from tests.unit.services.stepfunctions.engine.runs import Story

from lambent import (
    Pipeline,
    batched,
    compose,
    distinct,
    distinct_by,
    flat_map,
    function,
    gather,
    group_by,
    max_by,
    min_by,
    partial,
    path,
    reduce,
    sort_by,
)
from lambent import filter as filtered
from lambent.sdk import futures
from lambent.sdk.deploying import Deployment
from lambent.sdk.keys import MissingKey
from lambent.services.stepfunctions.engine.failures import Failure

# ---- functions that take any JSON --------------------------------------------------------------------------------------------


@function
def size(value):
    return len(value) if isinstance(value, str | list | dict) else 1


@function
def boxed(value):
    return {"id": value, "tags": [value, 1]}


@function
def twice(value):
    return [value, value]


@function
def kind(value):
    return type(value).__name__


@function
def longer(kept, item):
    return item if len(json.dumps(item)) > len(json.dumps(kept)) else kept


@function
def beside(value, other, last=None):
    return [value, other, last]


FUNCTIONS = {each.name: each for each in (size, boxed, twice, kind, longer, beside)}

# ---- JSON --------------------------------------------------------------------------------------------------------------------

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.integers(-(2**60), 2**60),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        [0.1 + 0.2, 0.3, 1.0, "", "a", "b", "aa", "A", "é", "😀", "\ue000", "1", "null", "j", "s", '"', ":{", ",", "%}"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=3),
)
NAMES = st.sampled_from(["id", "a", "b", "tags", "odd.name", ""])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6
)
RECORDS = st.fixed_dictionaries(
    {"id": VALUES, "a": VALUES}, optional={"tags": st.lists(VALUES, max_size=3), "odd.name": VALUES}
)
PLAIN = st.fixed_dictionaries({"id": SCALARS, "a": st.sampled_from(["x", "y", None, 1, 2.5])})
LISTS = st.lists(RECORDS, max_size=6) | st.lists(PLAIN, max_size=8) | st.lists(VALUES, max_size=6)

# ---- steps -------------------------------------------------------------------------------------------------------------------

PATHS = st.sampled_from(["id", "a", "tags", "tags[0]", "tags[-1]", "a.id", path("odd.name"), path(), 0])
KEYS = PATHS | st.lists(PATHS, min_size=1, max_size=2).map(tuple)
ORDERS = st.sampled_from(["input", "key"])
EXTREMES = st.builds(max_by, PATHS) | st.builds(min_by, PATHS)
PURE = st.one_of(
    st.builds(
        lambda key, keep, order: distinct_by(key, keep=keep, order=order),
        KEYS,
        st.sampled_from(["first", "last"]) | EXTREMES,
        ORDERS,
    ),
    st.just(distinct()),
    st.builds(lambda key, order: group_by(key, order=order), KEYS, ORDERS),
    st.builds(lambda key, reverse: sort_by(key, reverse=reverse), KEYS, st.booleans()),
    st.builds(batched, st.integers(1, 4)),
    st.builds(filtered, KEYS),
    st.builds(flat_map, KEYS) | st.just(flat_map()),
    st.builds(reduce, EXTREMES, VALUES) | st.builds(reduce, EXTREMES),
)
ONE = st.sampled_from([size, boxed, twice, kind]) | st.builds(lambda value: partial(beside, other=value), VALUES)
CALLING = st.one_of(
    ONE,
    st.builds(lambda step: step.map(), ONE),
    st.sampled_from([size.filter(), twice.flat_map(), longer.reduce(), longer.reduce(initial="…"), kind.map(concurrency=3)]),
    st.builds(lambda first, second: gather(first, second), ONE, ONE),
    st.builds(lambda first, second: gather(x=first, y=second), ONE, PURE),
    st.builds(lambda function, order: distinct_by(function, keep=longer, order=order), st.sampled_from([kind, size]), ORDERS),
    st.builds(lambda function: group_by(function, order="key"), st.sampled_from([kind, size, kind >> size])),
    st.builds(lambda step: compose(step).map(), PURE),
)
PIPELINES = st.lists(PURE | CALLING, min_size=1, max_size=4).map(lambda steps: compose(*steps))

# ---- ways to run them --------------------------------------------------------------------------------------------------------

Outcome = tuple[str, Any]
"""``ok`` and the value, or ``error`` and its text."""


def outcome(call: Any, *args: Any) -> Outcome:
    try:
        return "ok", call(*args)
    except (MissingKey, TypeError) as error:
        return "error", f"{type(error).__name__}: {error}"


class Loopback:
    """The route of a function that is deployed nowhere: JSON goes there and back."""

    is_current = True

    def __init__(self, function: Any) -> None:
        self._function = function

    def invoke(self, value: Any, _lane: Any = None) -> Any:
        return futures.done(json.loads(json.dumps(self._function.apply_local(json.loads(json.dumps(value))))))


def as_deployed(pipeline: Pipeline[Any, Any], value: Any) -> Any:
    """The pipeline called, with its functions behind JSON."""
    for each in FUNCTIONS.values():
        each.bind(Deployment(each.name, f"arn:aws:lambda:us-east-1:111122223333:function:{each.name}", "us-east-1"))
        each._route = Loopback(each)
    try:
        return pipeline(value)
    finally:
        for each in FUNCTIONS.values():
            each.bind(None)


def as_state_machine(pipeline: Pipeline[Any, Any], value: Any) -> Outcome:
    """Its definition, run by the engine of Step Functions; functions are called in this process."""
    story = Story(pipeline.definition(), value)
    while story.calls:
        parameters = json.loads(story.calls[0].parameters)
        try:
            payload = FUNCTIONS[parameters["FunctionName"]].apply_local(parameters.get("Payload"))
        except TypeError as error:
            cause = json.dumps({"errorType": "TypeError", "errorMessage": str(error)})
            story.answer(failure=Failure("TypeError", cause))
        else:
            story.answer({"StatusCode": 200, "Payload": payload})
    if story.end.failure is None:
        return "ok", story.output
    return "error", said(story.end.failure.error, story.end.failure.cause)


def said(error: str, cause: str) -> str:
    """What of a failure is ours, or all of it."""
    if error == "TypeError":
        return f"TypeError: {json.loads(cause)['errorMessage']}"
    for kind_of_error in ("MissingKey: ", "TypeError: "):
        told = cause.rsplit("threw an error during evaluation.", 1)[-1]
        if kind_of_error in told:
            return told[told.index(kind_of_error) :]
    return f"{error}: {cause}"


def same(one: Any, other: Any) -> bool:
    """As JSON: names of objects in the same order, 1 and 1.0 alike, 1 and true not."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)
