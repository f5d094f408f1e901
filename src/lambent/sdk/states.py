"""Pipelines as state machines: the Amazon States Language, with JSONata for the pure steps.

A function becomes a Task, ``map`` a Map (inline, or distributed where many items or much concurrency are expected), ``gather``
a Parallel. A pure step is evaluated where the value comes from, in the Output of the state before it; where that has one
already, or there is none, it is a Pass of its own.
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambent.sdk import jsonata
from lambent.sdk.collections import DistinctBy, Extreme, GroupBy, Reduce, nothing_to_reduce
from lambent.sdk.functions import Function
from lambent.sdk.jsonata import NotInJsonata, constant, template, text
from lambent.sdk.keys import Composite, Computed, Path
from lambent.sdk.mapping import Map, Plain, Starred, step_of
from lambent.sdk.pipelines import Gather, Partial, Pipeline
from lambent.sdk.steps import NOTHING, Step
from lambent.sdk.values import to_json

if TYPE_CHECKING:
    from lambent.sdk.deploying import Deployment

INLINE_CONCURRENCY_MAX = 40
"""Iterations of an inline Map that AWS runs at once."""
INLINE_ITEMS_MAX = 1_000
"""Expected items up to which a Map is inline: all its iterations share the execution's history, of 25,000 events at most."""
DISTRIBUTED_CONCURRENCY_MAX = 10_000
STATE_NAME_LENGTH_MAX = 80
COMMENT_LENGTH_MAX = 1_000
DEFINITION_BYTES_MAX = 1_048_576

INPUT, RESULT, PAYLOAD = "$states.input", "$states.result", "$states.result.Payload"

# What Lambda itself, and the way to it, may answer at times: as AWS recommends it to be retried.
_TRANSIENT = {
    "ErrorEquals": [
        "Lambda.ClientExecutionTimeoutException",
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.TooManyRequestsException",
    ],
    "IntervalSeconds": 1,
    "MaxAttempts": 6,
    "BackoffRate": 2,
    "JitterStrategy": "FULL",
}


class NoStateMachine(TypeError):
    """A pipeline cannot become a state machine. The message names the step and what can stand in its place."""


def definition(pipeline: Pipeline[Any, Any], places: Mapping[str, Deployment] | None = None) -> dict[str, Any]:
    """``places`` tells where functions are, or will be, by their names. Raises NoStateMachine."""
    start, states = _Writer(places or {}).chain(pipeline.steps)
    found = {"Comment": pipeline.shown[:COMMENT_LENGTH_MAX], "QueryLanguage": "JSONata", "StartAt": start, "States": states}
    size = len(json.dumps(found))
    if size > DEFINITION_BYTES_MAX:
        raise NoStateMachine(f"the definition has {size:,} bytes, and AWS takes {DEFINITION_BYTES_MAX:,}")
    return found


@dataclass(slots=True)
class _Block:
    """States of one step. ``source`` is the expression that gives their outcome in ``last``, until something is made of it."""

    states: dict[str, dict[str, Any]]
    start: str
    last: str
    source: str
    is_done: bool = False

    def make(self, expression: str) -> None:
        self.states[self.last]["Output"] = template(expression)
        self.is_done = True

    def finish(self) -> None:
        if not self.is_done and self.source not in (INPUT, RESULT):
            self.make(self.source)


@dataclass(frozen=True)
class _Keyed(Step[Any, Any]):
    """From an item to the item and its key."""

    function: Step[Any, Any]


@dataclass(frozen=True)
class _Fold(Step[Any, Any]):
    """``reduce`` with a function; ``source`` gives the list."""

    reducing: Reduce
    source: str


_SAME: Pipeline[Any, Any] = Pipeline((), "same")


def _parts(step: Step[Any, Any]) -> Iterator[Step[Any, Any]]:
    """The steps that a step dissolves into."""
    if isinstance(step, Pipeline):
        for inner in step.steps:
            yield from _parts(inner)
    elif isinstance(step, DistinctBy) and isinstance(step.keep, Function):
        yield GroupBy(step.key, step.order, whole=step.title)
        yield Map(_Fold(Reduce(step.keep), f"{INPUT}.items"))
    elif isinstance(step, Reduce) and isinstance(step.function, Function):
        yield _Fold(step, INPUT)
    else:
        yield step


class _Writer:
    def __init__(self, places: Mapping[str, Deployment]) -> None:
        self._places = places
        self._names: set[str] = set()

    def chain(self, steps: Iterable[Step[Any, Any]]) -> tuple[str, dict[str, Any]]:
        """The name of the first state, and all of them."""
        blocks: list[_Block] = []
        for step in steps:
            for part in _parts(step):
                self._add(blocks, part)
        if not blocks:
            blocks.append(self._passing("same", INPUT))
        states: dict[str, Any] = {}
        for block, after in zip(blocks, [*blocks[1:], None], strict=True):
            block.finish()
            block.states[block.last].update({"Next": after.start} if after else {"End": True})
            states |= block.states
        return blocks[0].start, states

    def _add(self, blocks: list[_Block], step: Any) -> None:
        try:
            if not jsonata.is_pure(step):
                blocks.append(self._block(step))
                return
            is_paired = isinstance(getattr(step, "key", None), Computed)
            if is_paired:
                blocks.append(self._keys(step))
            if blocks and not blocks[-1].is_done:
                blocks[-1].make(jsonata.expression(step, blocks[-1].source, is_paired=is_paired))
            else:
                block = self._passing(step.title, INPUT, Comment=repr(step))
                block.make(jsonata.expression(step, INPUT, is_paired=is_paired))
                blocks.append(block)
        except NotInJsonata as error:
            raise NoStateMachine(_advice(step, error.callable)) from None

    # ---- one step ----------------------------------------------------------------------------------------------------------

    def _block(self, step: Any) -> _Block:
        if isinstance(step, Function):
            return self._task(step, template(INPUT) if step.is_single or step.parameter_names else None)
        if isinstance(step, Partial) and isinstance(step.step, Function):
            return self._task(step.step, _partial_payload(step))
        if isinstance(step, Starred) and isinstance(step.step, Function):
            return self._task(step.step, _starred_payload(step.step))
        if isinstance(step, Map):
            return self._map(step.title, step)
        if isinstance(step, Gather):
            return self._parallel(step)
        if isinstance(step, _Fold):
            return self._fold(step)
        if isinstance(step, _Keyed):
            return self._keyed(step.function)
        raise NotInJsonata(getattr(step, "function", getattr(step, "step", step)))

    def _task(self, function: Function[..., Any], payload: Any) -> _Block:
        place = function.deployment or self._places.get(function.name)
        arn = place.arn if place else function.name
        partition = place.target.partition if place else "aws"
        state = {
            "Type": "Task",
            "Resource": f"arn:{partition}:states:::lambda:invoke",
            "Arguments": {"FunctionName": arn, "Payload": payload},
            "Retry": [_TRANSIENT],
        }
        return self._of(function.title, state, PAYLOAD)

    def _map(self, title: str, step: Any) -> _Block:
        """``step`` has ``step``, ``concurrency`` and ``expected``."""
        name = self._name(title)
        is_many = (step.concurrency or 0) > INLINE_CONCURRENCY_MAX or (step.expected or 0) > INLINE_ITEMS_MAX
        config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"} if is_many else {"Mode": "INLINE"}
        start, states = self.chain([step.step])
        refused = text(f"TypeError: {title} takes a list, not ")
        items = f'$type({INPUT}) = "array" ? {INPUT} : $error({refused} & $type({INPUT}))'
        state: dict[str, Any] = {"Type": "Map", "Items": template(items)}
        if step.concurrency is not None:
            state["MaxConcurrency"] = min(step.concurrency, DISTRIBUTED_CONCURRENCY_MAX)
        state["ItemProcessor"] = {"ProcessorConfig": config, "StartAt": start, "States": states}
        return _Block({name: state}, name, name, RESULT)

    def _keys(self, step: Any) -> _Block:
        """The list of items and their keys, where a function makes the keys."""
        function = step_of(step.key.function)
        if isinstance(function, Plain):
            raise NotInJsonata(step.key.function)
        inner = Map(_Keyed(function), getattr(step, "concurrency", None), getattr(step, "expected", None))
        return self._map(step.title, inner)

    def _keyed(self, function: Step[Any, Any]) -> _Block:
        if not isinstance(function, Function):
            return self._parallel(Gather((_SAME, function), ("x", "k")))
        block = self._block(function)
        block.source = f'{{"x": {INPUT}, "k": {block.source}}}'
        return block

    def _parallel(self, step: Gather) -> _Block:
        name = self._name(step.title)
        branches = [dict(zip(("StartAt", "States"), self.chain([branch]), strict=True)) for branch in step.steps]
        block = _Block({name: {"Type": "Parallel", "Branches": branches}}, name, name, RESULT)
        if step.names is not None:
            members = ", ".join(f"{text(member)}: {RESULT}[{at}]" for at, member in enumerate(step.names))
            block.source = f"{{{members}}}"
        return block

    def _fold(self, fold: _Fold) -> _Block:
        """A loop: one call after another. Items stand by their numbers in an object, so that each is found at once."""
        step, function = fold.reducing, fold.reducing.function
        names = function.parameter_names
        if len(names) < 2:
            raise NoStateMachine(f"{step!r} needs a function of two parameters, of which {function.title} is not known to have")
        begun, more, done = (self._name(f"{step.title}{part}") for part in ("", " more", " done"))
        item = f"$lookup({INPUT}.items, $string({INPUT}.at))"
        call = self._task(function, {names[0]: template(f"{INPUT}.kept"), names[1]: template(item)})
        after = {"items": f"{INPUT}.items", "count": f"{INPUT}.count", "at": f"{INPUT}.at + 1", "kept": PAYLOAD}
        call.states[call.last] |= {"Output": {name: template(value) for name, value in after.items()}, "Next": more}
        condition = {"Condition": template(f"{INPUT}.at < {INPUT}.count"), "Next": call.start}
        states: dict[str, dict[str, Any]] = {
            begun: {"Type": "Pass", "Comment": repr(step), "Output": _fold_begun(step, fold.source), "Next": more},
            more: {"Type": "Choice", "Choices": [condition], "Default": done},
            **call.states,
            done: {"Type": "Pass"},
        }
        return _Block(states, begun, done, f"{INPUT}.kept")

    # ---- names -------------------------------------------------------------------------------------------------------------

    def _passing(self, title: str, source: str, **fields: Any) -> _Block:
        return self._of(title, {"Type": "Pass", **fields}, source)

    def _of(self, title: str, state: dict[str, Any], source: str) -> _Block:
        name = self._name(title)
        return _Block({name: state}, name, name, source)

    def _name(self, title: str) -> str:
        """States of a machine have different names, those of its Maps and Parallels too."""
        plain = "".join(char if char.isprintable() else " " for char in title)[:STATE_NAME_LENGTH_MAX].strip() or "step"
        name, number = plain, 1
        while name in self._names:
            number += 1
            name = f"{plain[: STATE_NAME_LENGTH_MAX - 1 - len(str(number))]} {number}"
        self._names.add(name)
        return name


def _fold_begun(step: Reduce, source: str) -> dict[str, Any]:
    """The state that a loop begins with: what is kept, the items by their numbers, how many, and which is next."""
    refused = text(f"TypeError: {step.title} takes a list, not ")
    numbered = "$merge([$map($in, function($v, $i) { {$string($i): $v} })])"
    is_given = step.initial is not NOTHING
    if_none = "{}" if is_given else f"$error({text(f'TypeError: {nothing_to_reduce(step.title)}')})"
    items = f'$type($in) != "array" ? $error({refused} & $type($in)) : $count($in) = 0 ? {if_none} : {numbered}'
    return {
        "items": template(f"($in := {source}; {items})"),
        "count": template(f"$count({source})"),
        "at": 0 if is_given else 1,
        "kept": constant(to_json(step.initial)) if is_given else template(f"($in := {source}; $in[0])"),
    }


def _partial_payload(step: Partial) -> Any:
    function: Function[..., Any] = step.step
    rest = step.rest
    if rest is None:
        raise NoStateMachine(f"{step!r}: the parameters of {function.title} are not known here, or have no names")
    if function.is_single:
        return template(INPUT) if rest else constant(function.encode(step.args, step.kwargs))
    known = inspect.signature(function.plain).bind_partial(*step.args, **step.kwargs).arguments
    payload = {name: constant(to_json(value)) for name, value in known.items()}
    if len(rest) == 1:
        return payload | {rest[0]: template(INPUT)}
    return payload | {name: template(f"$lookup({INPUT}, {text(name)})") for name in rest}


def _starred_payload(function: Function[..., Any]) -> Any:
    names = function.parameter_names
    if not names:
        raise NoStateMachine(f"starmap: the parameters of {function.title} are not known here, or have no names")
    if function.is_single:
        return template(f"($in := {INPUT}; $in[0])")
    return {name: template(f"($in := {INPUT}; $in[{at}])") for at, name in enumerate(names)}


def _advice(step: Any, callable_: Any) -> str:
    name = getattr(callable_, "__name__", None) or repr(callable_)
    if isinstance(step, DistinctBy) and callable_ is step.keep:
        instead = "keep='first', 'last', max_by(key) or min_by(key)"
    elif isinstance(getattr(step, "key", None), Computed | Composite | Path):
        instead = "the name of a property, a path such as 'author.id', or a tuple of these"
    else:
        instead = "one of the steps of lambent.sdk"
    return f"{step!r}: {name} is Python code, which no state machine can run; use {instead}, or write @function above it"


def functions_of(step: Any) -> list[Function[..., Any]]:
    """All that a step calls, each once, in the order in which they stand."""
    return list(dict.fromkeys(_functions(step)))


def _functions(thing: Any) -> Iterator[Function[..., Any]]:
    if isinstance(thing, Function):
        yield thing
    elif isinstance(thing, Computed):
        yield from _functions(thing.function)
    elif isinstance(thing, Composite):
        yield from _functions(thing.keys)
    elif isinstance(thing, Step | Extreme):
        yield from _functions(list(vars(thing).values()))
    elif isinstance(thing, tuple | list):
        for value in thing:
            yield from _functions(value)
    elif isinstance(thing, Mapping):
        for value in thing.values():
            yield from _functions(value)
