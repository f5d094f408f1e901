"""Compiles a definition. What cannot be run is refused here, in AWS' words.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lambent.lang.intrinsics import InvalidExpression
from lambent.services.stepfunctions.engine.definition import choices, distributed, resources
from lambent.services.stepfunctions.engine.definition.distributed import DistributedMap
from lambent.services.stepfunctions.engine.definition.fields import NO_TARGET, Fields, InvalidField
from lambent.services.stepfunctions.engine.definition.flows import (
    Flow,
    PathFlow,
    QueryFlow,
    by_path,
    by_query,
    constant,
    fill,
    query,
)
from lambent.services.stepfunctions.engine.definition.states import (
    Catcher,
    Choice,
    Definition,
    Evaluate,
    Fail,
    Machine,
    Map,
    Parallel,
    Pass,
    Retrier,
    Rule,
    State,
    Succeed,
    Task,
    Wait,
)

__all__ = ["InvalidField", "compile_definition"]

JSONATA, JSONPATH = "JSONata", "JSONPath"
DEPTH_MAX = 32
RETRY_DELAY_S_MAX = 31_622_400
EXPRESS = "EXPRESS"


def compile_definition(text: str, *, machine_type: str = "STANDARD") -> Definition:
    """Raises InvalidField."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidField("Definition must be a valid JSON object", "/", "INVALID_JSON_DESCRIPTION") from error
    if not isinstance(document, dict):
        raise InvalidField("Definition must be a valid JSON object", "/", "INVALID_JSON_DESCRIPTION")
    top = Fields(document, "")
    compiler = Compiler(machine_type)
    compiler.machine(top, _language(top, None), 0)
    timeout = top.number("TimeoutSeconds", 0, least=0)
    return Definition(tuple(machine for machine in compiler.machines if machine is not None), int(timeout) or None)


def _language(fields: Fields, outer: str | None) -> str:
    language = fields.get("QueryLanguage", outer or JSONPATH)
    if language not in (JSONATA, JSONPATH):
        raise InvalidField("Value is not one of: [JSONPath, JSONata]", fields.at("QueryLanguage"))
    if outer == JSONATA and language == JSONPATH:
        reason = "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"
        raise InvalidField(reason, fields.at("QueryLanguage"))
    return str(language)


@dataclass(slots=True)
class Compiler:
    """Numbers machines in the order in which they are met."""

    machine_type: str
    machines: list[Machine | None] = field(default_factory=list)

    def machine(self, fields: Fields, language: str, depth: int) -> int:
        """The number of a machine that is compiled by this."""
        if depth > DEPTH_MAX:
            raise InvalidField("States are nested too deeply", fields.location or "/")
        fields.require("States", "StartAt") if "States" not in fields else fields.require("StartAt")
        number = len(self.machines)
        self.machines.append(None)
        states = fields.inside("States")
        if not states.values:
            raise InvalidField("States must not be empty", fields.at("States"))
        start_at = fields.text("StartAt") or ""
        if start_at not in states.values:
            raise InvalidField(f"Missing 'Next' target: {start_at}", fields.at("StartAt"), NO_TARGET)
        compiled = {name: self.state(name, states, language, depth) for name in states.values}
        self.machines[number] = Machine(start_at, compiled)
        return number

    def state(self, name: str, states: Fields, language: str, depth: int) -> State:
        fields = states.inside(name)
        fields.require("Type")
        make = _MAKERS.get(fields.text("Type") or "")
        if make is None:
            raise InvalidField(f"Value is not one of: [{', '.join(_MAKERS)}]", fields.at("Type"))
        reader = StateReader(self, name, fields, states, _language(fields, language), depth)
        return make(reader)


@dataclass(slots=True)
class StateReader:
    """One state under compilation."""

    compiler: Compiler
    name: str
    fields: Fields
    states: Fields
    language: str
    depth: int

    @property
    def is_jsonata(self) -> bool:
        return self.language == JSONATA

    def shared(self, **given: Any) -> dict[str, Any]:
        """What all states have."""
        text = json.dumps(self.fields.values)
        base = {
            "name": self.name,
            "next": None,
            "flow": self.flow(self.fields),
            "sees_context": ("context" if self.is_jsonata else "$$") in text,
        }
        return base | given

    def moving(self, **given: Any) -> dict[str, Any]:
        """What states have that go on to another."""
        if "Next" in self.fields:
            return self.shared(next=self.target(self.fields, "Next"), **given)
        if self.fields.get("End") is not True:
            raise InvalidField("These fields are required: [Next, End]", self.fields.location)
        return self.shared(**given)

    def working(self, **given: Any) -> dict[str, Any]:
        """What states have that may be tried again."""
        return self.moving(
            retriers=tuple(map(_retrier, self.fields.objects("Retry"))),
            catchers=tuple(map(self.catcher, self.fields.objects("Catch"))),
            **given,
        )

    def target(self, fields: Fields, name: str) -> str:
        fields.require(name)
        target = fields.text(name)
        if target not in self.states.values:
            raise InvalidField(f"Missing 'Next' target: {target}", fields.at(name), NO_TARGET)
        return str(target)

    def flow(self, fields: Fields, *, parameters: str = "Parameters") -> Flow:
        if self.is_jsonata:
            return QueryFlow(fields.query("Arguments"), fields.query("Output"), fields.query("Assign"))
        return PathFlow(
            input_path=fields.path("InputPath") if fields.get("InputPath", "") is not None else None,
            drops_input=fields.get("InputPath", "") is None,
            parameters=fields.template(parameters),
            selector=fields.template("ResultSelector"),
            result_path=fields.reference("ResultPath") if fields.get("ResultPath", "") is not None else None,
            drops_result=fields.get("ResultPath", "") is None,
            output_path=fields.path("OutputPath") if fields.get("OutputPath", "") is not None else None,
            drops_output=fields.get("OutputPath", "") is None,
            assign=fields.template("Assign"),
        )

    def catcher(self, fields: Fields) -> Catcher:
        return Catcher(fields.names("ErrorEquals"), self.target(fields, "Next"), self.flow(fields))


def _retrier(fields: Fields) -> Retrier:
    delay_s_max = fields.number("MaxDelaySeconds", 0, least=0, most=RETRY_DELAY_S_MAX)
    jitter = fields.get("JitterStrategy", "NONE")
    if jitter not in ("FULL", "NONE"):
        raise InvalidField("Value is not one of: [FULL, NONE]", fields.at("JitterStrategy"))
    return Retrier(
        errors=fields.names("ErrorEquals"),
        interval_s=fields.number("IntervalSeconds", 1, least=0),
        attempts_max=int(fields.number("MaxAttempts", 3, least=0)),
        backoff_rate=fields.number("BackoffRate", 2.0, least=1),
        delay_s_max=delay_s_max or None,
        has_jitter=jitter == "FULL",
    )


# ---- states by type --------------------------------------------------------------------------------------------------


def _pass(reader: StateReader) -> State:
    result: Evaluate | None = None
    if "Result" in reader.fields and not reader.is_jsonata:
        result = constant(reader.fields.get("Result"))
    return Pass(**reader.moving(), result=result)


def _succeed(reader: StateReader) -> State:
    return Succeed(**reader.shared())


def _fail(reader: StateReader) -> State:
    error = reader.fields.string("Error", "ErrorPath", is_jsonata=reader.is_jsonata)
    cause = reader.fields.string("Cause", "CausePath", is_jsonata=reader.is_jsonata)
    return Fail(**reader.shared(), error=error, cause=cause)


def _wait(reader: StateReader) -> State:
    fields = reader.fields
    seconds = fields.amount("Seconds", "SecondsPath", is_jsonata=reader.is_jsonata)
    timestamp = fields.string("Timestamp", "TimestampPath", is_jsonata=reader.is_jsonata)
    if (seconds is None) == (timestamp is None):
        known = "Seconds, Timestamp" if reader.is_jsonata else "Seconds, SecondsPath, Timestamp, TimestampPath"
        raise InvalidField(f"Exactly one of these fields is required: [{known}]", fields.location)
    return Wait(**reader.moving(), seconds=seconds, timestamp=timestamp)


def _choice(reader: StateReader) -> State:
    reader.fields.require("Choices")
    rules = tuple(_rule(reader, one) for one in reader.fields.objects("Choices"))
    if not rules:
        raise InvalidField("Choices must not be empty", reader.fields.at("Choices"))
    default = reader.target(reader.fields, "Default") if "Default" in reader.fields else None
    return Choice(**reader.shared(), rules=rules, default=default)


def _rule(reader: StateReader, fields: Fields) -> Rule:
    target = reader.target(fields, "Next")
    if reader.is_jsonata:
        fields.require("Condition")
        condition = fields.query("Condition", "boolean")
        assert condition is not None, "it is required"
        flow = QueryFlow(output=fields.query("Output"), assign=fields.query("Assign"))
        return Rule(lambda view: query(view, condition) is True, target, flow)
    try:
        test = choices.compile_test(fields.values)
    except (choices.InvalidRule, InvalidExpression) as error:
        raise InvalidField(f"Choice rule is not valid: {error}", fields.location) from error
    state = reader.fields
    dropped = state.get("OutputPath", "") is None
    output_path = None if dropped else state.path("OutputPath")
    return Rule(test, target, PathFlow(output_path=output_path, drops_output=dropped, assign=fields.template("Assign")))


def _task(reader: StateReader) -> State:
    fields = reader.fields
    fields.require("Resource")
    resource = resources.parse(fields.text("Resource") or "")
    if resource is None:
        raise InvalidField("Value is not a valid resource ARN", fields.at("Resource"))
    _check_express(reader, resource)
    credentials = fields.inside("Credentials") if "Credentials" in fields else None
    role_arn = None
    if credentials is not None:
        role_arn = credentials.string("RoleArn", "RoleArn.$", is_jsonata=reader.is_jsonata)
    return Task(
        **reader.working(),
        resource=resource,
        timeout_s=fields.amount("TimeoutSeconds", "TimeoutSecondsPath", is_jsonata=reader.is_jsonata),
        heartbeat_s=fields.amount("HeartbeatSeconds", "HeartbeatSecondsPath", is_jsonata=reader.is_jsonata),
        role_arn=role_arn,
    )


def _check_express(reader: StateReader, resource: resources.Resource) -> None:
    if reader.compiler.machine_type != EXPRESS:
        return
    where = reader.fields.at("Resource")
    if resource.kind == resources.ACTIVITY:
        raise InvalidField("Express state machine does not support Activity ARN", where)
    if resource.pattern.startswith("sync"):
        raise InvalidField("Express state machine does not support '.sync' service integration", where)
    if resource.waits_for_token:
        # AWS writes two blanks here.
        raise InvalidField("Express state machine does not support '.waitForTaskToken' service integration ", where)


def _parallel(reader: StateReader) -> State:
    reader.fields.require("Branches")
    branches = tuple(
        reader.compiler.machine(one, _language(one, reader.language), reader.depth + 1)
        for one in reader.fields.objects("Branches")
    )
    if not branches:
        raise InvalidField("Branches must not be empty", reader.fields.at("Branches"))
    return Parallel(**reader.working(), branches=branches)


def _map(reader: StateReader) -> State:
    fields = reader.fields
    name = "ItemProcessor" if "ItemProcessor" in fields else "Iterator"
    if name not in fields:
        raise InvalidField("These fields are required: [ItemProcessor]", fields.location)
    processor = fields.inside(name)
    config = processor.inside("ProcessorConfig") if "ProcessorConfig" in processor else Fields({}, "")
    mode = config.get("Mode", "INLINE")
    if mode not in ("INLINE", "DISTRIBUTED"):
        raise InvalidField("Value is not one of: [INLINE, DISTRIBUTED]", config.at("Mode"))
    is_express = mode == "DISTRIBUTED" and config.get("ExecutionType") == EXPRESS
    if mode == "DISTRIBUTED" and reader.compiler.machine_type == EXPRESS:
        raise InvalidField("Express state machine does not support Distributed Map", fields.location)
    outer_type = reader.compiler.machine_type
    reader.compiler.machine_type = EXPRESS if is_express else outer_type
    number = reader.compiler.machine(processor, _language(processor, reader.language), reader.depth + 1)
    reader.compiler.machine_type = outer_type
    # Parameters of a Map select its items, the older way.
    selector_name = "ItemSelector" if "ItemSelector" in fields else "Parameters"
    values = {key: value for key, value in fields.values.items() if key != "Parameters"}
    shared = {
        **reader.working() | {"flow": reader.flow(Fields(values, fields.location))},
        "processor": number,
        "items": _items(reader),
        "selector": _selector(reader, selector_name),
        "concurrency_max": fields.amount("MaxConcurrency", "MaxConcurrencyPath", is_jsonata=reader.is_jsonata),
    }
    if mode == "INLINE":
        return Map(**shared)
    return _distributed(reader, shared | {"is_express": is_express})


def _distributed(reader: StateReader, shared: dict[str, Any]) -> State:
    fields, is_jsonata = reader.fields, reader.is_jsonata
    count, percentage = "ToleratedFailureCount", "ToleratedFailurePercentage"
    return DistributedMap(
        **shared,
        tolerated_count=fields.amount(count, f"{count}Path", is_jsonata=is_jsonata),
        tolerated_percentage=fields.amount(percentage, f"{percentage}Path", is_jsonata=is_jsonata),
        reader=distributed.reader(fields, is_jsonata=is_jsonata),
        batcher=distributed.batcher(fields, is_jsonata=is_jsonata),
        writer=distributed.writer(fields, is_jsonata=is_jsonata),
        label=distributed.label(fields),
    )


def _items(reader: StateReader) -> Evaluate:
    fields = reader.fields
    if not reader.is_jsonata:
        path = fields.path("ItemsPath")
        return by_path(path) if path is not None else (lambda view: view.document)
    given = fields.get("Items")
    if given is None:
        return lambda view: view.input
    template = fields.query("Items")
    assert template is not None, "it is there"
    return by_query(template)


def _selector(reader: StateReader, name: str) -> Callable[..., Any] | None:
    if reader.is_jsonata:
        template = reader.fields.query("ItemSelector")
        return None if template is None else by_query(template)
    selector = reader.fields.template(name)
    return None if selector is None else (lambda view: fill(view, selector, view.document))


_MAKERS: Mapping[str, Callable[[StateReader], State]] = {
    "Task": _task,
    "Pass": _pass,
    "Choice": _choice,
    "Wait": _wait,
    "Succeed": _succeed,
    "Fail": _fail,
    "Parallel": _parallel,
    "Map": _map,
}
