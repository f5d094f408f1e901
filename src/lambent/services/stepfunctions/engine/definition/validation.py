"""All that is wrong with a definition, and what looks as if it were (ValidateStateMachineDefinition).

It reads the JSON itself and not what the compiler makes of it, since the compiler stops at the first mistake.
Places and most sentences are recorded answers of AWS.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lambent.services.stepfunctions.engine import json_words
from lambent.services.stepfunctions.engine.definition import diagnostics as codes
from lambent.services.stepfunctions.engine.definition import grammar, resources, rules
from lambent.services.stepfunctions.engine.definition.diagnostics import ERROR, Diagnostic
from lambent.services.stepfunctions.engine.definition.field_rules import FieldRules, Findings
from lambent.services.stepfunctions.engine.definition.grammar import Kind, StateType

JSONATA, JSONPATH = "JSONata", "JSONPath"
EXPRESS = "EXPRESS"
DEPTH_MAX = 32
STATE_NAME_CHARACTERS_MAX = 80
_HALF = re.compile("[\ud800-\udfff]")
"""Of a character, which cannot be written."""
LABEL = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]{1,40}")
_SOURCE_SHOWN_MAX = 500


def validate(text: str, *, machine_type: str = "STANDARD") -> list[Diagnostic]:
    """Errors and warnings, in the order of the text. Of any text: it never raises."""
    if not text.strip():
        return [Diagnostic(codes.SCHEMA, "Definition must be a valid JSON object", None)]
    reading = _Reading()
    try:
        document = json.loads(text, object_pairs_hook=reading.object, parse_constant=_no_constant)
    except ValueError as error:
        return [_no_json(text, error)]
    except RecursionError:
        return [Diagnostic(codes.TOO_DEEP, "The definition is nested too deeply", None)]
    if not isinstance(document, dict):
        return [Diagnostic(codes.SCHEMA, "Definition must be a valid JSON object", None)]
    validation = Validation(machine_type, reading.repeated)
    validation.definition(document)
    return validation.findings.diagnostics


def _no_constant(name: str) -> None:
    raise json.JSONDecodeError(name, name, 0)  # NaN and Infinity are Python's, not JSON's


class _Reading:
    """Remembers the names that stand twice in one object: of two, parsers keep the last."""

    def __init__(self) -> None:
        self.repeated: dict[int, list[str]] = {}
        self._kept: list[dict[str, Any]] = []

    def object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            counted = Counter(name for name, _ in pairs)
            self.repeated[id(made)] = [name for name, count in counted.items() if count > 1]
            self._kept.append(made)  # so that no other object gets its identity
        return made


def _no_json(text: str, error: ValueError) -> Diagnostic:
    if not isinstance(error, json.JSONDecodeError):  # a number of more digits than Python reads
        return Diagnostic(codes.INVALID_JSON, str(error), None)
    reason, position = json_words.refusal(text), error.pos
    token = re.compile(r"\w*").match(text, position)
    behind = token.end() if token is not None else position
    line, column = text.count("\n", 0, behind) + 1, behind - (text.rfind("\n", 0, behind) + 1) + 1
    cut = f"[truncated {len(text) - _SOURCE_SHOWN_MAX} chars]" if len(text) > _SOURCE_SHOWN_MAX else ""
    place = f'[Source: (String)"{text[:_SOURCE_SHOWN_MAX]}"{cut}; line: {line}, column: {column}]'
    return Diagnostic(codes.INVALID_JSON, f"{reason}\n at {place}", place)


@dataclass(slots=True)
class Validation:
    """Of one definition. ``repeated``: by the identity of an object, the names that stand in it twice."""

    machine_type: str
    repeated: Mapping[int, list[str]]
    findings: Findings = field(default_factory=Findings)
    language: str = JSONPATH
    names: set[str] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)

    # ---- machines ------------------------------------------------------------------------------------------------------------

    def definition(self, document: dict[str, Any]) -> None:
        self.language = self._language(document, "", JSONPATH)
        self._machine(document, "", grammar.MACHINE_FIELDS, 0)
        states = document.get("States")
        if isinstance(states, dict) and states and not any(map(_is_end, states.values())):
            self.findings.diagnostics.append(
                Diagnostic(codes.MISSING_END, "The state machine does not have a terminal state.", None)
            )
        elif isinstance(states, dict):
            self._reachable(states, document.get("StartAt"), "")

    def _machine(self, document: Mapping[str, Any], location: str, fields: Mapping[str, Kind], depth: int) -> None:
        if depth > DEPTH_MAX:
            self.findings.add("The states are nested too deeply", location or "/", codes.TOO_DEEP)
            return
        self._known(document, fields, location)
        missing = [name for name in ("States", "StartAt") if name not in document]
        if missing:
            self.findings.add(f"These fields are required: [{', '.join(missing)}]", location or "/")
        states = document.get("States")
        if not isinstance(states, dict):
            return
        if not states:
            self.findings.add("The field 'States' should be non-empty", location or "/")
        for name in self.repeated.get(id(states), ()):
            self.findings.add(f"Duplicate State name: {name}", f"{location}/States/{name}", codes.DUPLICATE_STATE)
        for name, state in states.items():
            self._name(name, f"{location}/States/{name}")
            self._state(state, states, f"{location}/States/{name}", depth)

    def _inner(self, document: Any, location: str, depth: int) -> None:
        """A processor of items, or a branch: its states take the machine's language, not that of the state around them."""
        if not isinstance(document, dict):
            self.findings.add("Expected value of type [OBJECT]", location)
            return
        self._machine(document, location, grammar.INNER_FIELDS, depth + 1)
        config = document.get("ProcessorConfig")
        if isinstance(config, dict):
            self._config(config, f"{location}/ProcessorConfig")
        states = document.get("States")
        if isinstance(states, dict) and depth < DEPTH_MAX:
            self._reachable(states, document.get("StartAt"), location)

    def _config(self, config: Mapping[str, Any], location: str) -> None:
        self._known(config, grammar.CONFIG_FIELDS, location)
        for name, known in grammar.CONFIG_VALUES.items():
            if isinstance(config.get(name), str) and config[name] not in known:
                self.findings.add(f"Value should be one of the following: [{', '.join(known)}]", f"{location}/{name}")
        if config.get("Mode") == "DISTRIBUTED" and "ExecutionType" not in config:
            self.findings.add("These fields are required: [ExecutionType]", location)

    def _known(self, document: Mapping[str, Any], fields: Mapping[str, Kind], location: str) -> None:
        for name, value in document.items():
            if name in fields:
                FieldRules(self.findings, is_jsonata=False).check(name, value, fields[name], f"{location}/{name}")
            else:
                self.findings.add(f"Field '{name}' is not supported", location or "/")

    def _name(self, name: str, location: str) -> None:
        if name in self.names:
            self.findings.add(f"Duplicate State name: {name}", location, codes.DUPLICATE_STATE)
        self.names.add(name)
        if not 1 <= len(name) <= STATE_NAME_CHARACTERS_MAX or _HALF.search(name):
            reason = f"The name of a state has 1 to {STATE_NAME_CHARACTERS_MAX} characters"
            self.findings.add(reason, location, codes.INVALID_STATE_NAME)

    def _language(self, owner: Mapping[str, Any], location: str, otherwise: str) -> str:
        """Only the exact word makes it JSONPath; whatever else stands there is taken for JSONata, and told."""
        if "QueryLanguage" not in owner:
            return otherwise
        language = owner["QueryLanguage"]
        if not isinstance(language, str):
            self.findings.add("Expected value of type [STRING]", f"{location}/QueryLanguage")
        elif language not in (JSONATA, JSONPATH):
            self.findings.add("Value should be one of the following: [JSONPath, JSONata]", f"{location}/QueryLanguage")
        return JSONPATH if language == JSONPATH else JSONATA

    # ---- transitions ---------------------------------------------------------------------------------------------------------

    def _reachable(self, states: Mapping[str, Any], start_at: Any, location: str) -> None:
        reached: set[str] = set()
        waiting = [start_at] if isinstance(start_at, str) and start_at in states else []
        if isinstance(start_at, str) and not waiting:
            self._no_target(start_at, f"{location}/StartAt")
        while waiting:
            name = waiting.pop()
            if name not in reached and name in states:
                reached.add(name)
                waiting.extend(target for target, _ in _targets(states[name], ""))
        for name in states:
            if name not in reached:
                self.findings.add(f'State "{name}" is not reachable.', f"{location}/States/{name}", codes.MISSING_TARGET)

    def _no_target(self, target: str, location: str) -> None:
        self.findings.add(f"Missing 'Next' target: {target}", location, codes.MISSING_TARGET)

    # ---- states --------------------------------------------------------------------------------------------------------------

    def _state(self, state: Any, states: Mapping[str, Any], location: str, depth: int) -> None:
        if not isinstance(state, dict):
            self.findings.add("Expected value of type [OBJECT]", location)
            return
        kind = state.get("Type")
        if kind is None:
            self.findings.add("These fields are required: [Type]", location)
            return
        if not isinstance(kind, str) or kind not in grammar.STATE_TYPES:
            known = ", ".join(grammar.STATE_TYPES)
            self.findings.add(f"Value should be one of the following: [{known}]", f"{location}/Type")
            return
        is_jsonata = self._language(state, location, self.language) == JSONATA
        is_downgraded = self.language == JSONATA and not is_jsonata
        if is_downgraded:
            reason = "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"
            self.findings.add(reason, location)
        state_type = grammar.STATE_TYPES[kind]
        self._fields(state, state_type, location, FieldRules(self.findings, is_jsonata), is_told=not is_downgraded)
        self._moves(state, state_type, states, location)
        self._parts(kind, state, location, is_jsonata, depth)

    def _fields(
        self, owner: Mapping[str, Any], kind: StateType, location: str, field_rules: FieldRules, *, is_told: bool = True
    ) -> None:
        """``is_told``: fields of the other language are worth telling."""
        own, other = (kind.queries, grammar.PATHS_ONLY) if field_rules.is_jsonata else (kind.paths, grammar.QUERIES_ONLY)
        mine, theirs = (JSONATA, JSONPATH) if field_rules.is_jsonata else (JSONPATH, JSONATA)
        for name, value in owner.items():
            wanted = kind.fields.get(name) or own.get(name)
            if wanted is not None:
                field_rules.check(name, value, wanted, f"{location}/{name}")
            elif name not in other:
                self.findings.add(f"Field '{name}' is not supported", location)
            elif is_told:
                only = f"field '{name}' is only supported for the '{theirs}' QueryLanguage"
                self.findings.add(f"The QueryLanguage is set to '{mine}', but {only}", location)
        missing = [name for name in kind.required if name not in owner]
        if missing:
            self.findings.add(f"These fields are required: [{', '.join(missing)}]", location)
        for group in kind.one_of:
            allowed = [name for name in group if name in kind.fields or name in own]
            if sum(name in owner for name in allowed) != 1:
                self.findings.add(f"Exactly one of these fields is required: [{', '.join(allowed)}]", location)
        for one, another in grammar.EXCLUSIVE:
            if one in owner and another in owner and not field_rules.is_jsonata:
                self.findings.add(f"Only one of these fields is allowed: [{one}, {another}]", location)

    def _moves(self, state: Mapping[str, Any], kind: StateType, states: Mapping[str, Any], location: str) -> None:
        if not kind.is_terminal and ("Next" in state) == (state.get("End") is True):
            self.findings.add("Exactly one of these fields is required: [Next, End]", location)
        for target, way in _targets(state, location):
            if target not in states:
                self._no_target(target, way)

    # ---- parts of states -----------------------------------------------------------------------------------------------------

    def _parts(self, kind: str, state: Mapping[str, Any], location: str, is_jsonata: bool, depth: int) -> None:
        match kind:
            case "Task":
                self._task(state, location)
            case "Pass" if not is_jsonata and "Result" in state:
                FieldRules(self.findings, is_jsonata).result(state["Result"], f"{location}/Result")
            case "Choice":
                self._choices(state.get("Choices"), f"{location}/Choices", is_jsonata)
            case "Parallel":
                self._branches(state.get("Branches"), f"{location}/Branches", depth)
            case "Map":
                self._map(state, location, is_jsonata, depth)
        self._retriers(state.get("Retry"), f"{location}/Retry")
        self._catchers(state.get("Catch"), f"{location}/Catch", is_jsonata)

    def _task(self, state: Mapping[str, Any], location: str) -> None:
        arn, where = state.get("Resource"), f"{location}/Resource"
        if not isinstance(arn, str):
            return
        resource = resources.parse(arn)
        if resource is None:
            reason = "The value is not a valid resource ARN, or the resource is not available in this region."
            self.findings.add(f"The resource provided {arn} is not recognized. {reason}", where)
        elif self.machine_type == EXPRESS:
            self._express(resource, where)
        timeout, heartbeat = state.get("TimeoutSeconds"), state.get("HeartbeatSeconds")
        if isinstance(timeout, int) and isinstance(heartbeat, int) and heartbeat >= timeout:
            self.findings.add("HeartbeatSeconds must be smaller than TimeoutSeconds", location)

    def _express(self, resource: resources.Resource, location: str) -> None:
        if resource.kind == resources.ACTIVITY:
            self.findings.add("Express state machine does not support Activity ARN", location)
        elif resource.pattern.startswith("sync"):
            self.findings.add("Express state machine does not support '.sync' service integration", location)
        elif resource.waits_for_token:
            # AWS' own blank behind the sentence.
            self.findings.add("Express state machine does not support '.waitForTaskToken' service integration ", location)

    def _choices(self, choices: Any, location: str, is_jsonata: bool) -> None:
        if not isinstance(choices, list):
            return
        if not choices:
            self.findings.add("The field 'Choices' should be non-empty", location)
        for index, rule in enumerate(choices):
            rules.check_rule(FieldRules(self.findings, is_jsonata), rule, f"{location}[{index}]")

    def _branches(self, branches: Any, location: str, depth: int) -> None:
        if not isinstance(branches, list):
            return
        if not branches:
            self.findings.add("The field 'Branches' should be non-empty", location)
        for index, branch in enumerate(branches):
            self._inner(branch, f"{location}[{index}]", depth)

    def _map(self, state: Mapping[str, Any], location: str, is_jsonata: bool, depth: int) -> None:
        for name in ("ItemProcessor", "Iterator"):
            if isinstance(state.get(name), dict):
                outer_type = self.machine_type
                self.machine_type = EXPRESS if _is_express(state[name]) else outer_type
                self._inner(state[name], f"{location}/{name}", depth)
                self.machine_type = outer_type
        for name in ("ItemReader", "ItemBatcher", "ResultWriter"):
            if is_jsonata and isinstance(state.get(name), dict):
                FieldRules(self.findings, is_jsonata).query(name, state[name], f"{location}/{name}")
        label = state.get("Label")
        if isinstance(label, str):
            self._label(label, f"{location}/Label")

    def _label(self, label: str, location: str) -> None:
        if not LABEL.fullmatch(label):
            reason = "A label has 1 to 40 characters, without blanks, brackets, wildcards and other special characters"
            self.findings.add(reason, location, codes.INVALID_LABEL)
        elif label in self.labels:
            self.findings.add(f"Duplicate label name: {label}", location, codes.DUPLICATE_LABEL)
        self.labels.add(label)

    def _retriers(self, retriers: Any, location: str) -> None:
        for index, retrier in enumerate(retriers if isinstance(retriers, list) else ()):
            where = f"{location}[{index}]"
            if not isinstance(retrier, dict):
                self.findings.add("Expected value of type [OBJECT]", where)
                continue
            self._known(retrier, grammar.RETRIER_FIELDS, where)
            if retrier.get("JitterStrategy", "NONE") not in ("FULL", "NONE"):
                self.findings.add("Value should be one of the following: [FULL, NONE]", f"{where}/JitterStrategy")
            if "ErrorEquals" not in retrier:
                self.findings.add("These fields are required: [ErrorEquals]", where)
            self._errors(retrier.get("ErrorEquals"), f"{where}/ErrorEquals", is_last=index == len(retriers) - 1)

    def _catchers(self, catchers: Any, location: str, is_jsonata: bool) -> None:
        for index, catcher in enumerate(catchers if isinstance(catchers, list) else ()):
            where = f"{location}[{index}]"
            if not isinstance(catcher, dict):
                self.findings.add("Expected value of type [OBJECT]", where)
                continue
            self._fields(catcher, grammar.CATCHER, where, FieldRules(self.findings, is_jsonata, is_catcher=True))
            self._errors(catcher.get("ErrorEquals"), f"{where}/ErrorEquals", is_last=index == len(catchers) - 1)

    def _errors(self, names: Any, location: str, *, is_last: bool) -> None:
        if not isinstance(names, list):
            return
        if not names:
            self.findings.add("The field 'ErrorEquals' should be non-empty", location)
        elif not all(isinstance(name, str) for name in names):
            self.findings.add("Expected value of type [STRING]", location)
        elif "States.ALL" in names and (len(names) > 1 or not is_last):
            self.findings.add("'States.ALL' must stand alone, and in the last of its list", location)


def _targets(state: Any, location: str) -> Iterator[tuple[str, str]]:
    """The states that a state may go on to, each with the place that says so."""
    if not isinstance(state, dict):
        return
    for name in ("Next", "Default"):
        if isinstance(state.get(name), str):
            yield state[name], f"{location}/{name}"
    for name in ("Choices", "Catch"):
        parts = state.get(name)
        for index, part in enumerate(parts if isinstance(parts, list) else ()):
            if isinstance(part, dict) and isinstance(part.get("Next"), str):
                yield part["Next"], f"{location}/{name}[{index}]/Next"


def _is_express(processor: Mapping[str, Any]) -> bool:
    """Whether the children of a distributed Map are express executions."""
    config = processor.get("ProcessorConfig")
    return isinstance(config, dict) and (config.get("Mode"), config.get("ExecutionType")) == ("DISTRIBUTED", EXPRESS)


def _is_end(state: Any) -> bool:
    return isinstance(state, dict) and (state.get("End") is True or state.get("Type") in ("Succeed", "Fail"))


def has_errors(found: list[Diagnostic]) -> bool:
    return any(one.severity == ERROR for one in found)
