"""Variables that states read; the first four are recorded answers of AWS."""

import json

import pytest

from lambent.services.stepfunctions.engine.definition.references import variable_references

END = {"Type": "Pass", "End": True}


def references(*, language=None, **states):
    document = {"StartAt": next(iter(states)), "States": states}
    return variable_references(json.dumps(document | ({"QueryLanguage": language} if language else {})))


def test_a_payload_template_reads_what_its_paths_name():
    assert references(
        State0={"Type": "Pass", "Parameters": {"result": "$result"}, "Assign": {"result": "foobar"}, "Next": "State1"},
        State1=END | {"ResultPath": "$.result", "Parameters": {"result.$": "$result"}},
    ) == {"State1": ["result"]}


def test_a_choice_reads_what_it_compares():
    rule = {"Variable": "$guess", "StringEqualsPath": "$answer", "Next": "CorrectAnswer"}
    assert references(
        CheckAnswer={"Type": "Choice", "Choices": [rule]},
        WrongAnswer=END | {"Assign": {"guess.$": "$answer"}, "Result": {"a.$": "$no"}},
    ) == {"CheckAnswer": ["answer", "guess"], "WrongAnswer": ["answer"]}


def test_paths_of_fields_are_read():
    assert references(
        WaitSecondsState={"Type": "Wait", "SecondsPath": "$waitTime", "End": True},
        WaitUntilState={"Type": "Wait", "TimestampPath": "$startAt", "End": True},
    ) == {"WaitSecondsState": ["waitTime"], "WaitUntilState": ["startAt"]}


def test_states_inside_of_maps_are_told_by_their_own_names():
    summate = END | {"Assign": {"Sum.$": "States.MathAdd(States.MathAdd($yCurrent, $xCurrent), $bias)"}}
    inner = {"Type": "Map", "ItemProcessor": {"StartAt": "Summate", "States": {"Summate": summate}}, "End": True}
    outer = {"Type": "Parallel", "Branches": [{"StartAt": "Inner", "States": {"Inner": inner}}], "End": True}
    assert references(Outer=outer) == {"Summate": ["bias", "xCurrent", "yCurrent"]}


def test_jsonata_reads_what_it_does_not_bind_itself():
    state = END | {"Output": {"a": "{% ($q := $x; $q + $sum($y) + $states.input.z) %}"}, "Assign": {"b": "{% $w %}"}}
    assert references(language="JSONata", A=state) == {"A": ["w", "x", "y"]}


def test_rules_in_rules_and_catchers_are_read():
    rule = {"And": [{"Not": {"Variable": "$a.b", "IsNull": True}}], "Next": "B", "Assign": {"c.$": "$d"}}
    catch = {"ErrorEquals": ["States.ALL"], "Next": "B", "Assign": {"e.$": "$f"}}
    task = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Catch": [catch], "End": True}
    assert references(A={"Type": "Choice", "Choices": [rule]}, B=task) == {"A": ["a", "d"], "B": ["f"]}


@pytest.mark.parametrize("state", [END, END | {"InputPath": None, "OutputPath": "$.a", "Parameters": {"a.$": "$$.b"}}])
def test_a_state_that_reads_no_variable_is_not_told(state):
    assert references(A=state) == {}
