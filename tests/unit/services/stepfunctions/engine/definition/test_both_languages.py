"""The same workflow in JSONPath and in JSONata comes to the same result, with the same calls on its way."""

import json
from typing import Any, NamedTuple

import pytest
from tests.unit.services.stepfunctions.engine.runs import Story

from lambent.services.stepfunctions.engine.failures import Failure

INVOKE = "arn:aws:states:::lambda:invoke"
EVERY = ["States.ALL"]


class Case(NamedTuple):
    """``path`` and ``nata`` are the states from "S" on. Calls are answered with ``answers``, one after the other; "!" and a
    name fails one."""

    name: str
    path: dict[str, Any]
    nata: dict[str, Any]
    given: Any
    output: Any
    answers: tuple[Any, ...] = ()


def one(path: dict[str, Any], nata: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A single Pass state in each language."""
    return {"S": {"Type": "Pass", "End": True, **path}}, {"S": {"Type": "Pass", "End": True, **nata}}


def choice(path: dict[str, Any], condition: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Says "yes" where the rule holds, else "no"."""
    ends = {"Yes": {"Type": "Pass", "End": True}, "No": {"Type": "Pass", "End": True}}

    def states(rule: dict[str, Any], member: str) -> dict[str, Any]:
        said = {name: state | {member: name.lower()} for name, state in ends.items()}
        return {"S": {"Type": "Choice", "Choices": [rule | {"Next": "Yes"}], "Default": "No"}, **said}

    return states(path, "Result"), states({"Condition": condition}, "Output")


def call(path: dict[str, Any], nata: dict[str, Any], **both: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    task = {"Type": "Task", "Resource": INVOKE, "End": True, **both}
    return {"S": task | path}, {"S": task | nata}


def fan(path: dict[str, Any], nata: dict[str, Any], body: tuple[dict[str, Any], dict[str, Any]], **both: Any) -> Any:
    inner = [{"ItemProcessor": {"StartAt": "S", "States": states}} for states in body]
    state = {"Type": "Map", "End": True, **both}
    return {"S": state | inner[0] | path}, {"S": state | inner[1] | nata}


GATHERED = {"FunctionName": "f", "Payload.$": "$"}, {"FunctionName": "f", "Payload": "{% $states.input %}"}
WORK = call(
    {"Parameters": GATHERED[0], "OutputPath": "$.Payload"},
    {"Arguments": GATHERED[1], "Output": "{% $states.result.Payload %}"},
)

CASES = [
    Case("the input goes through", *one({}, {}), {"a": 1}, {"a": 1}),
    Case("a part of the input", *one({"InputPath": "$.a.b"}, {"Output": "{% $states.input.a.b %}"}), {"a": {"b": [1]}}, [1]),
    Case(
        "an object is made",
        *one({"Parameters": {"x.$": "$.a", "y": 2}}, {"Output": {"x": "{% $states.input.a %}", "y": 2}}),
        {"a": "v"},
        {"x": "v", "y": 2},
    ),
    Case(
        "a result beside the input",
        *one({"Result": 5, "ResultPath": "$.r"}, {"Output": "{% $merge([$states.input, {'r': 5}]) %}"}),
        {"a": 1},
        {"a": 1, "r": 5},
    ),
    Case(
        "a text from parts",
        *one(
            {"Parameters": {"t.$": "States.Format('{}-{}', $.a, $.b)"}},
            {"Output": {"t": "{% $string($states.input.a) & '-' & $string($states.input.b) %}"}},
        ),
        {"a": "x", "b": 2},
        {"t": "x-2"},
    ),
    Case(
        "a list and its length",
        *one(
            {"Parameters": {"l.$": "States.Array($.a, 2)", "n.$": "States.ArrayLength($.c)"}},
            {"Output": {"l": "{% [$states.input.a, 2] %}", "n": "{% $count($states.input.c) %}"}},
        ),
        {"a": 1, "c": [1, 2, 3]},
        {"l": [1, 2], "n": 3},
    ),
    Case(
        "chunks of a list",
        *one(
            {"Parameters": {"p.$": "States.ArrayPartition($.a, 2)"}},
            {"Output": {"p": "{% $partition($states.input.a, 2) %}"}},
        ),
        {"a": [1, 2, 3]},
        {"p": [[1, 2], [3]]},
    ),
    Case(
        "a range, a member, the distinct ones",
        *one(
            {
                "Parameters": {
                    "r.$": "States.ArrayRange(1, 7, 3)",
                    "i.$": "States.ArrayContains($.a, 2)",
                    "u.$": "States.ArrayUnique($.a)",
                }
            },
            {
                "Output": {
                    "r": "{% $range(1, 7, 3) %}",
                    "i": "{% 2 in $states.input.a %}",
                    "u": "{% $distinct($states.input.a) %}",
                }
            },
        ),
        {"a": [1, 2, 2]},
        {"r": [1, 4, 7], "i": True, "u": [1, 2]},
    ),
    Case(
        "JSON in a text",
        *one(
            {"Parameters": {"o.$": "States.StringToJson($.t)", "s.$": "States.JsonToString($.a)"}},
            {"Output": {"o": "{% $parse($states.input.t) %}", "s": "{% $string($states.input.a) %}"}},
        ),
        {"t": '{"k": [1]}', "a": {"b": 1}},
        {"o": {"k": [1]}, "s": '{"b":1}'},
    ),
    Case(
        "base64 there and back",
        *one(
            {"Parameters": {"e.$": "States.Base64Encode($.t)", "d.$": "States.Base64Decode($.b)"}},
            {"Output": {"e": "{% $base64encode($states.input.t) %}", "d": "{% $base64decode($states.input.b) %}"}},
        ),
        {"t": "hi", "b": "aGk="},
        {"e": "aGk=", "d": "hi"},
    ),
    Case(
        "digests",
        *one(
            {"Parameters": {"h.$": "States.Hash($.t, 'SHA-256')"}},
            {"Output": {"h": "{% $hash($states.input.t, 'SHA-256') %}"}},
        ),
        {"t": "a"},
        {"h": "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"},
    ),
    Case(
        "sums and splits",
        *one(
            {"Parameters": {"n.$": "States.MathAdd($.n, 2)", "s.$": "States.StringSplit($.t, ',')"}},
            {"Output": {"n": "{% $states.input.n + 2 %}", "s": "{% $split($states.input.t, ',') %}"}},
        ),
        {"n": 3, "t": "a,b"},
        {"n": 5, "s": ["a", "b"]},
    ),
    Case(
        "two objects in one",
        *one(
            {"Parameters": {"m.$": "States.JsonMerge($.a, $.b, false)"}},
            {"Output": {"m": "{% $merge([$states.input.a, $states.input.b]) %}"}},
        ),
        {"a": {"x": 1, "y": 1}, "b": {"y": 2}},
        {"m": {"x": 1, "y": 2}},
    ),
    Case(
        "the context",
        *one({"Parameters": {"n.$": "$$.Execution.Name"}}, {"Output": {"n": "{% $states.context.Execution.Name %}"}}),
        {},
        {"n": "e"},
    ),
    Case(
        "a number in a range",
        *choice({"Variable": "$.n", "NumericGreaterThan": 5}, "{% $states.input.n > 5 %}"),
        {"n": 6},
        "yes",
    ),
    Case(
        "a number beside it", *choice({"Variable": "$.n", "NumericGreaterThan": 5}, "{% $states.input.n > 5 %}"), {"n": 5}, "no"
    ),
    Case(
        "both of two rules",
        *choice(
            {"And": [{"Variable": "$.a", "BooleanEquals": True}, {"Variable": "$.t", "StringEquals": "x"}]},
            "{% $states.input.a and $states.input.t = 'x' %}",
        ),
        {"a": True, "t": "x"},
        "yes",
    ),
    Case(
        "not one of two rules",
        *choice(
            {"Not": {"Or": [{"Variable": "$.t", "StringMatches": "a*"}, {"Variable": "$.t", "StringEquals": "b"}]}},
            "{% $not($contains($states.input.t, /^a/) or $states.input.t = 'b') %}",
        ),
        {"t": "ab"},
        "no",
    ),
    Case("what is there", *choice({"Variable": "$.x", "IsPresent": True}, "{% $exists($states.input.x) %}"), {"y": 1}, "no"),
    Case(
        "a call and its result",
        *call(
            {"Parameters": {"FunctionName": "f", "Payload": {"v.$": "$.v"}}, "ResultSelector": {"got.$": "$.Payload.r"}},
            {
                "Arguments": {"FunctionName": "f", "Payload": {"v": "{% $states.input.v %}"}},
                "Output": {"got": "{% $states.result.Payload.r %}"},
            },
        ),
        {"v": 1},
        {"got": 2},
        ({"r": 2},),
    ),
    Case(
        "a failure that is tried again",
        *call(
            *({member: value} for member, value in zip(("Parameters", "Arguments"), GATHERED, strict=True)),
            Retry=[{"ErrorEquals": ["Busy"]}],
        ),
        1,
        {"Payload": "done"},
        ("!Busy", "done"),
    ),
    Case(
        "a failure that is caught",
        {
            **call({"Parameters": GATHERED[0]}, {}, Catch=[{"ErrorEquals": EVERY, "ResultPath": "$.e", "Next": "C"}])[0],
            "C": {"Type": "Pass", "Parameters": {"of.$": "$.v", "why.$": "$.e.Error"}, "End": True},
        },
        {
            **call(
                {},
                {"Arguments": GATHERED[1]},
                Catch=[
                    {
                        "ErrorEquals": EVERY,
                        "Output": {"v": "{% $states.input.v %}", "e": "{% $states.errorOutput %}"},
                        "Next": "C",
                    }
                ],
            )[1],
            "C": {"Type": "Pass", "Output": {"of": "{% $states.input.v %}", "why": "{% $states.input.e.Error %}"}, "End": True},
        },
        {"v": 7},
        {"of": 7, "why": "Broken"},
        ("!Broken",),
    ),
    Case(
        "each item by itself, in order",
        *fan(
            {
                "ItemsPath": "$.items",
                "ItemSelector": {"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value"},
                "ResultPath": "$.all",
            },
            {
                "Items": "{% $states.input.items %}",
                "ItemSelector": {"i": "{% $states.context.Map.Item.Index %}", "v": "{% $states.context.Map.Item.Value %}"},
                "Output": "{% $merge([$states.input, {'all': $states.result}]) %}",
            },
            WORK,
        ),
        {"items": ["a", "b"]},
        {"items": ["a", "b"], "all": [1, 2]},
        (1, 2),
    ),
    Case("no items at all", *fan({}, {}, WORK), [], []),
    Case(
        "branches that see the same input",
        *(
            {
                "S": {
                    "Type": "Parallel",
                    "End": True,
                    **told,
                    "Branches": [
                        {"StartAt": "S", "States": one(*each)[at]}
                        for each in (
                            ({"InputPath": "$.a"}, {"Output": "{% $states.input.a %}"}),
                            ({"Parameters": {"b.$": "$.a"}}, {"Output": {"b": "{% $states.input.a %}"}}),
                        )
                    ],
                }
            }
            for at, told in enumerate(({"ResultSelector": {"r.$": "$"}}, {"Output": {"r": "{% $states.result %}"}}))
        ),
        {"a": 1},
        {"r": [1, {"b": 1}]},
    ),
    Case(
        "variables that later states see",
        {
            "S": {"Type": "Pass", "Assign": {"x.$": "$.a", "y": 2}, "Next": "T"},
            "T": {"Type": "Pass", "Parameters": {"x.$": "$x", "y.$": "$y", "a.$": "$.a"}, "End": True},
        },
        {
            "S": {"Type": "Pass", "Assign": {"x": "{% $states.input.a %}", "y": 2}, "Next": "T"},
            "T": {"Type": "Pass", "Output": {"x": "{% $x %}", "y": "{% $y %}", "a": "{% $states.input.a %}"}, "End": True},
        },
        {"a": [1]},
        {"x": [1], "y": 2, "a": [1]},
    ),
    Case(
        "variables of a Map's iterations are their own",
        *(
            {
                "S": {"Type": "Pass", "Assign": {"x": 1}, "Next": "M"},
                "M": {
                    "Type": "Map",
                    "Next": "E",
                    "ItemProcessor": {
                        "StartAt": "I",
                        "States": {
                            "I": {"Type": "Pass", "Assign": set_, "Next": "J"},
                            "J": {"Type": "Pass", "End": True, **told},
                        },
                    },
                },
                "E": {"Type": "Pass", "End": True, **end},
            }
            for set_, told, end in (
                ({"z.$": "$"}, {"Parameters": {"z.$": "$z", "x.$": "$x"}}, {"Parameters": {"all.$": "$", "x.$": "$x"}}),
                (
                    {"z": "{% $states.input %}"},
                    {"Output": {"z": "{% $z %}", "x": "{% $x %}"}},
                    {"Output": {"all": "{% $states.input %}", "x": "{% $x %}"}},
                ),
            )
        ),
        [5, 6],
        {"all": [{"z": 5, "x": 1}, {"z": 6, "x": 1}], "x": 1},
    ),
    Case(
        "a wait as long as the input says",
        {"S": {"Type": "Wait", "SecondsPath": "$.s", "Next": "T"}, "T": {"Type": "Pass", "InputPath": "$.v", "End": True}},
        {
            "S": {"Type": "Wait", "Seconds": "{% $states.input.s %}", "Next": "T"},
            "T": {"Type": "Pass", "Output": "{% $states.input.v %}", "End": True},
        },
        {"s": 30, "v": "w"},
        "w",
    ),
]


def told(states: dict[str, Any], language: str, case: Case) -> tuple[Any, list[Any], float]:
    """The output, the parameters of all calls, and when the execution has ended."""
    story = Story({"QueryLanguage": language, "StartAt": "S", "States": states}, case.given)
    asked, answers = [], list(case.answers)
    while story.end is None:
        if not story.calls:
            story.ring()
            continue
        asked.append(json.loads(story.calls[0].parameters))
        answer = answers.pop(0)
        if isinstance(answer, str) and answer.startswith("!"):
            story.answer(failure=Failure(answer[1:], "no"))
        else:
            story.answer({"Payload": answer})
    assert not answers, "calls that were to be made"
    return story.output, asked, story.now


@pytest.mark.parametrize("case", CASES, ids=[case.name.replace(" ", "-") for case in CASES])
def test_a_workflow_comes_to_the_same_in_both_languages(case: Case) -> None:
    in_path, in_nata = told(case.path, "JSONPath", case), told(case.nata, "JSONata", case)
    assert in_path[0] == case.output
    assert in_nata == in_path
