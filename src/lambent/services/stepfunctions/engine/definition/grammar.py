"""Which fields the objects of the Amazon States Language have, and of what kind their values are.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from collections.abc import Mapping, Set
from enum import Enum

from msgspec import Struct


class Kind(Enum):
    """Of a field's value; the value of a kind is what AWS calls the JSON type that it wants."""

    ANY = "ANY"
    TEXT = "STRING"
    FLAG = "BOOLEAN"
    WHOLE = "INTEGER"
    NUMBER = "NUMBER"
    OBJECT = "OBJECT"
    ARRAY = "ARRAY"
    PATH = "PATH"
    PATH_OR_NULL = "PATH OR NULL"
    REFERENCE_OR_NULL = "REFERENCE PATH OR NULL"
    EXPRESSION = "PATH OR INTRINSIC FUNCTION"
    TEMPLATE = "PAYLOAD TEMPLATE"
    QUERY = "VALUE WITH JSONATA"


class StateType(Struct, frozen=True):
    """``fields`` of both query languages, ``paths`` of JSONPath alone, ``queries`` of JSONata alone.

    ``required``: all of them must be there; ``one_of``: exactly one of each group; ``is_terminal``: it needs no Next or End.
    """

    fields: Mapping[str, Kind]
    paths: Mapping[str, Kind]
    queries: Mapping[str, Kind]
    required: tuple[str, ...] = ()
    one_of: tuple[tuple[str, ...], ...] = ()
    is_terminal: bool = False


MACHINE_FIELDS: Mapping[str, Kind] = {
    "Comment": Kind.TEXT,
    "StartAt": Kind.TEXT,
    "States": Kind.OBJECT,
    "Version": Kind.TEXT,
    "TimeoutSeconds": Kind.WHOLE,
    "QueryLanguage": Kind.ANY,
}
INNER_FIELDS: Mapping[str, Kind] = {
    "Comment": Kind.TEXT,
    "StartAt": Kind.TEXT,
    "States": Kind.OBJECT,
    "ProcessorConfig": Kind.OBJECT,
}
"""Of a processor of items and of a branch."""

CONFIG_FIELDS: Mapping[str, Kind] = {"Mode": Kind.TEXT, "ExecutionType": Kind.TEXT}
CONFIG_VALUES: Mapping[str, tuple[str, ...]] = {"Mode": ("INLINE", "DISTRIBUTED"), "ExecutionType": ("STANDARD", "EXPRESS")}

_EVERY: Mapping[str, Kind] = {"Type": Kind.ANY, "Comment": Kind.TEXT, "QueryLanguage": Kind.ANY}
_MOVING: Mapping[str, Kind] = {"Next": Kind.TEXT, "End": Kind.FLAG, "Assign": Kind.QUERY}
_TRIED: Mapping[str, Kind] = {"Retry": Kind.ARRAY, "Catch": Kind.ARRAY}
_AROUND: Mapping[str, Kind] = {"InputPath": Kind.PATH_OR_NULL, "OutputPath": Kind.PATH_OR_NULL}
_RESULT: Mapping[str, Kind] = {"Parameters": Kind.TEMPLATE, "ResultPath": Kind.REFERENCE_OR_NULL}
_SELECTED: Mapping[str, Kind] = {"ResultSelector": Kind.TEMPLATE}
_OUTPUT: Mapping[str, Kind] = {"Output": Kind.QUERY}
_GIVEN: Mapping[str, Kind] = {"Arguments": Kind.QUERY}

STATE_TYPES: Mapping[str, StateType] = {
    "Task": StateType(
        {
            **_EVERY,
            **_MOVING,
            **_TRIED,
            "Resource": Kind.TEXT,
            "TimeoutSeconds": Kind.WHOLE,
            "HeartbeatSeconds": Kind.WHOLE,
            "Credentials": Kind.OBJECT,
        },
        {**_AROUND, **_RESULT, **_SELECTED, "TimeoutSecondsPath": Kind.PATH, "HeartbeatSecondsPath": Kind.PATH},
        {**_GIVEN, **_OUTPUT},
        required=("Resource",),
    ),
    "Pass": StateType({**_EVERY, **_MOVING}, {**_AROUND, **_RESULT, "Result": Kind.ANY}, _OUTPUT),
    "Choice": StateType(
        {**_EVERY, "Choices": Kind.ARRAY, "Default": Kind.TEXT, "Assign": Kind.QUERY},
        _AROUND,
        _OUTPUT,
        required=("Choices",),
        is_terminal=True,
    ),
    "Wait": StateType(
        {**_EVERY, **_MOVING, "Seconds": Kind.WHOLE, "Timestamp": Kind.TEXT},
        {**_AROUND, "SecondsPath": Kind.PATH, "TimestampPath": Kind.PATH},
        _OUTPUT,
        one_of=(("Seconds", "Timestamp", "SecondsPath", "TimestampPath"),),
    ),
    "Succeed": StateType(_EVERY, _AROUND, _OUTPUT, is_terminal=True),
    "Fail": StateType(
        {**_EVERY, "Error": Kind.TEXT, "Cause": Kind.TEXT},
        {"ErrorPath": Kind.EXPRESSION, "CausePath": Kind.EXPRESSION},
        {},
        is_terminal=True,
    ),
    "Parallel": StateType(
        {**_EVERY, **_MOVING, **_TRIED, "Branches": Kind.ARRAY},
        {**_AROUND, **_RESULT, **_SELECTED},
        {**_GIVEN, **_OUTPUT},
        required=("Branches",),
    ),
    "Map": StateType(
        {
            **_EVERY,
            **_MOVING,
            **_TRIED,
            "ItemProcessor": Kind.OBJECT,
            "Iterator": Kind.OBJECT,
            "ItemSelector": Kind.QUERY,
            "ItemReader": Kind.OBJECT,
            "ItemBatcher": Kind.OBJECT,
            "ResultWriter": Kind.OBJECT,
            "MaxConcurrency": Kind.WHOLE,
            "ToleratedFailurePercentage": Kind.NUMBER,
            "ToleratedFailureCount": Kind.WHOLE,
            "Label": Kind.TEXT,
        },
        {
            **_AROUND,
            **_RESULT,
            **_SELECTED,
            "ItemsPath": Kind.PATH,
            "MaxConcurrencyPath": Kind.PATH,
            "ToleratedFailurePercentagePath": Kind.PATH,
            "ToleratedFailureCountPath": Kind.PATH,
        },
        {**_OUTPUT, "Items": Kind.QUERY},
        one_of=(("ItemProcessor", "Iterator"),),
    ),
}

EXCLUSIVE: tuple[tuple[str, str], ...] = (
    ("TimeoutSeconds", "TimeoutSecondsPath"),
    ("HeartbeatSeconds", "HeartbeatSecondsPath"),
    ("MaxConcurrency", "MaxConcurrencyPath"),
    ("ToleratedFailurePercentage", "ToleratedFailurePercentagePath"),
    ("ToleratedFailureCount", "ToleratedFailureCountPath"),
    ("Error", "ErrorPath"),
    ("Cause", "CausePath"),
)
"""Fields of which a state has one at most."""

BOUNDS: Mapping[str, tuple[float, float]] = {
    "TimeoutSeconds": (1, 99_999_999),
    "HeartbeatSeconds": (1, 99_999_999),
    "Seconds": (0, 99_999_999),
    "MaxConcurrency": (0, 100_000_000),
    "ToleratedFailurePercentage": (0, 100),
    "ToleratedFailureCount": (0, 100_000_000),
    "IntervalSeconds": (1, 99_999_999),
    "MaxAttempts": (0, 99_999_999),
    "BackoffRate": (1, 99_999_999),
    "MaxDelaySeconds": (1, 31_622_399),
}

RETRIER_FIELDS: Mapping[str, Kind] = {
    "Comment": Kind.TEXT,
    "ErrorEquals": Kind.ARRAY,
    "IntervalSeconds": Kind.WHOLE,
    "MaxAttempts": Kind.WHOLE,
    "BackoffRate": Kind.NUMBER,
    "MaxDelaySeconds": Kind.WHOLE,
    "JitterStrategy": Kind.TEXT,
}
CATCHER = StateType(
    {"Comment": Kind.TEXT, "ErrorEquals": Kind.ARRAY, "Next": Kind.TEXT, "Assign": Kind.QUERY},
    {"ResultPath": Kind.REFERENCE_OR_NULL},
    _OUTPUT,
    required=("ErrorEquals", "Next"),
)

PATHS_ONLY: Set[str] = frozenset().union(*(state.paths for state in STATE_TYPES.values()))
QUERIES_ONLY: Set[str] = frozenset().union(*(state.queries for state in STATE_TYPES.values()))
