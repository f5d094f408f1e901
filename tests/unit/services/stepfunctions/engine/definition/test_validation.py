"""Validation of definitions: what AWS was recorded to say, and that nothing makes it fail."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambent.services.stepfunctions.engine.definition import InvalidField, compile_definition, grammar
from lambent.services.stepfunctions.engine.definition.diagnostics import ERROR, Diagnostic, refusal
from lambent.services.stepfunctions.engine.definition.references import variable_references
from lambent.services.stepfunctions.engine.definition.validation import DEPTH_MAX, has_errors, validate

END = {"Type": "Pass", "End": True}
SQS = "arn:aws:states:::sqs:sendMessage"


def machine(states, **fields):
    return {"StartAt": next(iter(states), "A"), "States": states} | fields


def told(document, **given):
    """Of each diagnostic its code, message and place."""
    text = document if isinstance(document, str) else json.dumps(document)
    return [(found.code, found.message, found.location) for found in validate(text, **given)]


def schema(message, location):
    return [("SCHEMA_VALIDATION_FAILED", message, location)]


def state(**fields):
    """What is told of a machine of this one state."""
    return told(machine({"A": fields}))


# ---- recorded answers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", " ", "[]", "1"])
def test_a_definition_is_an_object(text):
    assert told(text) == schema("Definition must be a valid JSON object", None)


def test_what_is_no_json_is_told_with_its_place():
    place = '[Source: (String)"not a definition"; line: 1, column: 4]'
    words = "was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
    assert told("not a definition") == [("INVALID_JSON_DESCRIPTION", f"Unrecognized token 'not': {words}\n at {place}", place)]


def test_fields_that_a_machine_needs():
    assert told({}) == schema("These fields are required: [States, StartAt]", "/")
    assert told({"States": {"A": END}})[0] == schema("These fields are required: [StartAt]", "/")[0]


@pytest.mark.parametrize("document", [machine({"A": END}), machine({"A": {"Type": "Succeed"}}, QueryLanguage="JSONata")])
@pytest.mark.parametrize("machine_type", ["STANDARD", "EXPRESS"])
def test_a_good_definition_has_nothing_told_of_it(document, machine_type):
    assert told(document, machine_type=machine_type) == []


def test_no_state_of_a_jsonata_machine_goes_back_to_jsonpath():
    states = {"Pass": {"Type": "Pass", "QueryLanguage": "JSONPath", "InputPath": "$", "Output": 1, "End": True}}
    reason = "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"
    assert told(machine(states, QueryLanguage="JSONata")) == schema(reason, "/States/Pass")
    assert told(machine({"A": END | {"QueryLanguage": "JSONata", "Output": "{% 1 %}"}})) == []


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        (f"{SQS}.waitForTaskToken", "Express state machine does not support '.waitForTaskToken' service integration "),
        ("arn:aws:states:::states:startExecution.sync", "Express state machine does not support '.sync' service integration"),
        ("arn:aws:states:us-east-1:123456789012:activity:a", "Express state machine does not support Activity ARN"),
    ],
)
def test_an_express_machine_waits_for_nobody(resource, message):
    document = machine({"A": {"Type": "Task", "Resource": resource, "End": True}})
    assert told(document, machine_type="EXPRESS") == schema(message, "/States/A/Resource")
    assert told(document) == []
    config = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}}
    after = {"Type": "Task", "Resource": resource, "End": True}
    children = machine({"M": {"Type": "Map", "ItemProcessor": document | config, "Next": "B"}, "B": after})
    assert told(children) == schema(message, "/States/M/ItemProcessor/States/A/Resource")


def test_missing_targets_and_states_out_of_reach_are_told_together():
    document = machine({"pass1": {"Type": "Pass", "Next": "pass3"}, "pass2": END})
    assert refusal(validate(json.dumps(document))) == (
        "MISSING_TRANSITION_TARGET: Missing 'Next' target: pass3 at /States/pass1/Next, "
        'MISSING_TRANSITION_TARGET: State "pass2" is not reachable. at /States/pass2'
    )


def test_fields_of_the_other_language_are_told_at_the_state():
    assert state(Type="Pass", Output=1, End=True) == schema(
        "The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage",
        "/States/A",
    )
    assert state(Type="Pass", QueryLanguage="JSONata", InputPath="$", End=True) == schema(
        "The QueryLanguage is set to 'JSONata', but field 'InputPath' is only supported for the 'JSONPath' QueryLanguage",
        "/States/A",
    )


@pytest.mark.parametrize(
    ("language", "message"),
    [("jsonpath", "Value should be one of the following: [JSONPath, JSONata]"), (1, "Expected value of type [STRING]")],
)
def test_a_query_language_is_one_of_two(language, message):
    assert state(Type="Pass", QueryLanguage=language, End=True) == schema(message, "/States/A/QueryLanguage")
    assert told(machine({"A": END}, QueryLanguage=language)) == schema(message, "/QueryLanguage")


def test_a_processor_has_no_query_language():
    processor = machine({"B": END}, QueryLanguage="JSONPath")
    found = state(Type="Map", ItemProcessor=processor, End=True)
    assert found == schema("Field 'QueryLanguage' is not supported", "/States/A/ItemProcessor")


def test_states_of_a_processor_have_the_machines_language():
    processor = machine({"B": END | {"Output": "{% 1 %}"}})
    outer = {"Type": "Map", "QueryLanguage": "JSONata", "ItemProcessor": processor, "End": True}
    assert [code for code, _, location in told(machine({"A": outer}))] == ["SCHEMA_VALIDATION_FAILED"]
    assert told(machine({"A": outer}, QueryLanguage="JSONata")) == []


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("phone", "UNSUPPORTED_JSONATA_EXPRESSION", "Reference to 'phone' at the top level is not supported."),
        ("$$", "UNSUPPORTED_JSONATA_EXPRESSION", "Reference to '$$' is not supported."),
        ("$states.errorOutput", "UNSUPPORTED_JSONATA_EXPRESSION", "Field '$states.errorOutput' does not exist."),
        ("a[1,2)", "INVALID_JSONATA_EXPRESSION", "S0202: Expected ], got ,"),
    ],
)
def test_jsonata_is_checked(text, code, message):
    found = told(machine({"E": END | {"Output": {"v": "{% " + text + " %}"}}}, QueryLanguage="JSONata"))
    where = "/States/E/Output" if "errorOutput" in text else "/States/E/Output/v"
    assert found == [(code, message, where)]


def test_the_error_is_there_in_a_catcher_only():
    catcher = {"ErrorEquals": ["States.ALL"], "Next": "B", "Output": "{% $states.errorOutput %}"}
    task = {"Type": "Task", "Resource": SQS, "Catch": [catcher], "Next": "B"}
    assert told(machine({"A": task, "B": END}, QueryLanguage="JSONata")) == []


def test_a_resource_that_is_none_is_told_with_its_arn():
    message = (
        "The resource provided arn:x is not recognized. The value is not a valid resource ARN,"
        " or the resource is not available in this region."
    )
    assert state(Type="Task", Resource="arn:x", End=True) == schema(message, "/States/A/Resource")


@pytest.mark.parametrize("value", ["x", "$.[", "States.No()"])
def test_a_key_of_a_template_has_a_path_behind_it(value):
    message = "The value for the field 'b.$' must be a valid JSONPath or a valid intrinsic function call"
    assert state(Type="Pass", Parameters={"a": [{"b.$": value}]}, End=True) == schema(message, "/States/A/Parameters/a[0]/b.$")


# ---- the grammar -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "message", "place"),
    [
        ({}, "These fields are required: [Type]", ""),
        ({"Type": "Nothing"}, f"Value should be one of the following: [{', '.join(grammar.STATE_TYPES)}]", "/Type"),
        ({"Type": "Pass"}, "Exactly one of these fields is required: [Next, End]", ""),
        ({"Type": "Pass", "End": True, "Odd": 1}, "Field 'Odd' is not supported", ""),
        ({"Type": "Pass", "End": True, "TimeoutSeconds": 1}, "Field 'TimeoutSeconds' is not supported", ""),
        ({"Type": "Pass", "End": True, "Comment": 1}, "Expected value of type [STRING]", "/Comment"),
        ({"Type": "Pass", "End": "yes", "Next": "A"}, "Expected value of type [BOOLEAN]", "/End"),
        ({"Type": "Pass", "End": True, "Parameters": 1}, "Expected value of type [OBJECT]", "/Parameters"),
        ({"Type": "Pass", "End": True, "Assign": []}, "Expected value of type [OBJECT]", "/Assign"),
        ({"Type": "Pass", "End": True, "InputPath": 1}, "Expected value of type [STRING]", "/InputPath"),
        ({"Type": "Task", "End": True}, "These fields are required: [Resource]", ""),
        (
            {"Type": "Task", "Resource": SQS, "End": True, "TimeoutSeconds": 0},
            "The value should be between 1 and 99999999",
            "/TimeoutSeconds",
        ),
        (
            {"Type": "Task", "Resource": SQS, "End": True, "TimeoutSeconds": 1.5},
            "Expected value of type [INTEGER]",
            "/TimeoutSeconds",
        ),
        (
            {"Type": "Wait", "End": True},
            "Exactly one of these fields is required: [Seconds, Timestamp, SecondsPath, TimestampPath]",
            "",
        ),
        ({"Type": "Parallel", "End": True, "Branches": []}, "The field 'Branches' should be non-empty", "/Branches"),
        ({"Type": "Parallel", "End": True, "Branches": [1]}, "Expected value of type [OBJECT]", "/Branches[0]"),
        ({"Type": "Map", "End": True}, "Exactly one of these fields is required: [ItemProcessor, Iterator]", ""),
        ({"Type": "Fail", "Error": "a", "ErrorPath": "$.a"}, "Only one of these fields is allowed: [Error, ErrorPath]", ""),
    ],
)
def test_a_state_is_told_what_is_wrong_with_it(fields, message, place):
    assert state(**fields)[0] == ("SCHEMA_VALIDATION_FAILED", message, f"/States/A{place}")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("InputPath", "$.", "Value is not a valid JSONPath: "),
        ("OutputPath", "States.UUID()", "Value is not a valid JSONPath: "),
        ("ResultPath", "$.a[*]", "Value is not a Reference Path: "),
    ],
)
def test_paths_are_checked(field, value, message):
    ((code, found, location),) = state(Type="Pass", End=True, **{field: value})
    assert (code, location) == ("SCHEMA_VALIDATION_FAILED", f"/States/A/{field}")
    assert found.startswith(message)


def test_a_heartbeat_is_shorter_than_the_timeout():
    found = state(Type="Task", Resource=SQS, TimeoutSeconds=5, HeartbeatSeconds=5, End=True)
    assert found == schema("HeartbeatSeconds must be smaller than TimeoutSeconds", "/States/A")


@pytest.mark.parametrize(
    ("retrier", "message", "place"),
    [
        ({}, "These fields are required: [ErrorEquals]", ""),
        ({"ErrorEquals": []}, "The field 'ErrorEquals' should be non-empty", "/ErrorEquals"),
        ({"ErrorEquals": [1]}, "Expected value of type [STRING]", "/ErrorEquals"),
        ({"ErrorEquals": ["A", "States.ALL"]}, "'States.ALL' must stand alone, and in the last of its list", "/ErrorEquals"),
        ({"ErrorEquals": ["A"], "BackoffRate": 0.5}, "The value should be between 1 and 99999999", "/BackoffRate"),
        (
            {"ErrorEquals": ["A"], "JitterStrategy": "SOME"},
            "Value should be one of the following: [FULL, NONE]",
            "/JitterStrategy",
        ),
        ({"ErrorEquals": ["A"], "Odd": 1}, "Field 'Odd' is not supported", ""),
    ],
)
def test_a_retrier_is_told_what_is_wrong_with_it(retrier, message, place):
    found = state(Type="Task", Resource=SQS, Retry=[retrier], End=True)
    assert found == schema(message, f"/States/A/Retry[0]{place}")


def test_a_catcher_goes_on_to_a_state():
    found = state(Type="Task", Resource=SQS, Catch=[{"ErrorEquals": ["A"], "Next": "X"}, {}], End=True)
    assert ("MISSING_TRANSITION_TARGET", "Missing 'Next' target: X", "/States/A/Catch[0]/Next") in found
    assert schema("These fields are required: [ErrorEquals, Next]", "/States/A/Catch[1]")[0] in found


def test_a_machine_comes_to_an_end():
    loop = machine({"A": {"Type": "Pass", "Next": "A"}})
    assert told(loop) == [("MISSING_END_STATE", "The state machine does not have a terminal state.", None)]
    assert refusal(validate(json.dumps(loop))).endswith(" at null")


def test_names_of_states_are_unique_in_the_whole_machine():
    inner = {"Type": "Parallel", "Branches": [machine({"A": END})], "End": True}
    assert ("DUPLICATE_STATE_NAME", "Duplicate State name: A", "/States/A/Branches[0]/States/A") in told(machine({"A": inner}))
    twice = '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true},"A":{"Type":"Pass","End":true}}}'
    assert told(twice) == [("DUPLICATE_STATE_NAME", "Duplicate State name: A", "/States/A")]


def test_names_of_states_have_a_length():
    assert [code for code, _, _ in told(machine({"x" * 81: END}))] == ["INVALID_STATE_NAME"]
    assert told(machine({"x" * 80: END})) == []


def test_half_a_character_is_no_name_and_can_be_told():
    ((code, _, location),) = told(machine({"x\ud83d": END}))
    assert (code, location) == ("INVALID_STATE_NAME", "/States/x?")
    assert all(message.isascii() for _, message, _ in told(machine({"x": {"Type": "Pass", "Next": "\ud83d"}})))


def test_labels_are_names_and_unique():
    def labelled(name, label):
        return {"Type": "Map", "Label": label, "ItemProcessor": machine({name: END})}

    states = {
        "A": labelled("I", "one") | {"Next": "B"},
        "B": labelled("J", "one") | {"Next": "C"},
        "C": labelled("K", "a b") | {"End": True},
    }
    assert [code for code, _, _ in told(machine(states))] == ["DUPLICATE_LABEL_NAME", "INVALID_LABEL_NAME"]


def test_the_mode_of_a_processor_is_known():
    processor = machine({"B": END}, ProcessorConfig={"Mode": "DISTRIBUTED", "ExecutionType": "OTHER"})
    found = state(Type="Map", ItemProcessor=processor, End=True)
    assert found == schema(
        "Value should be one of the following: [STANDARD, EXPRESS]", "/States/A/ItemProcessor/ProcessorConfig/ExecutionType"
    )


def test_machines_are_not_nested_without_bound():
    nested = machine({f"S{DEPTH_MAX + 1}": END})
    for number in range(DEPTH_MAX, -1, -1):
        nested = machine({f"S{number}": {"Type": "Parallel", "Branches": [nested], "End": True}})
    assert [code for code, _, _ in told(nested)] == ["TOO_DEEPLY_NESTED"]
    assert [code for code, _, _ in told('{"a":' + "[" * 100_000)] == ["TOO_DEEPLY_NESTED"]


# ---- warnings ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "code", "place"),
    [
        ({"Parameters": {"a": [{"b": "$.c"}]}}, "NO_DOLLAR", "/Parameters/a[0]/b"),
        ({"Parameters": {"b": "States.UUID()"}}, "NO_DOLLAR", "/Parameters/b"),
        ({"Result": {"b.$": "$.c"}}, "PASS_RESULT_IS_STATIC", "/Result/b.$"),
    ],
)
def test_what_looks_like_a_mistake_is_a_warning(fields, code, place):
    (found,) = validate(json.dumps(machine({"A": END | fields})))
    assert (found.code, found.severity, found.location) == (code, "WARNING", f"/States/A{place}")
    assert not has_errors([found])
    assert refusal([found]) is None


def test_a_path_in_a_field_that_is_no_path_is_a_warning():
    (found,) = validate(json.dumps(machine({"A": {"Type": "Wait", "Timestamp": "$.at", "End": True}})))
    assert (found.code, found.location) == ("NO_PATH", "/States/A/Timestamp")


# ---- anything ----------------------------------------------------------------------------------------------------------------

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-2, 5)
    | st.floats(allow_nan=False)
    | st.sampled_from(
        [
            "",
            "A",
            "B",
            "$",
            "$.a",
            "$$.x",
            "$v",
            "$.",
            "States.UUID()",
            "States.Array($.a)",
            "{% 1 %}",
            "{% $states.input.a %}",
            "{% a %}",
            SQS,
            "JSONPath",
            "JSONata",
            "INLINE",
            "States.ALL",
            "2026-01-01T00:00:00Z",
        ]
    )
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["a", "b.$", "Next", "ErrorEquals", "Variable", "IsNull", "And", "Condition", "Output"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
FIELDS = sorted(
    set().union(*(set(kind.fields) | set(kind.paths) | set(kind.queries) for kind in grammar.STATE_TYPES.values())) - {"Type"}
)
STATES = st.fixed_dictionaries(
    {"Type": st.sampled_from(sorted(grammar.STATE_TYPES))}, optional=dict.fromkeys(FIELDS, ANYTHING)
) | st.builds(
    lambda fields: {"Type": "Pass", "End": True} | fields, st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=2)
)
LIKELY = st.sampled_from(
    [
        {"Type": "Task", "Resource": SQS, "Retry": [{"ErrorEquals": ["States.ALL"]}], "Next": "B"},
        {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": True, "Next": "B"}], "Default": "B"},
        {"Type": "Wait", "Seconds": 1, "Next": "B"},
        {"Type": "Map", "ItemProcessor": {"StartAt": "I", "States": {"I": END}}, "Next": "B"},
        {"Type": "Parallel", "Branches": [{"StartAt": "J", "States": {"J": END}}], "Next": "B"},
        {"Type": "Pass", "Next": "B"},
    ]
)
CHANGED = st.builds(
    lambda likely, fields: likely | fields, LIKELY, st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=1)
)


@settings(deadline=None, max_examples=40)
@given(
    st.dictionaries(st.sampled_from(["A", "B", "C"]), STATES | CHANGED | ANYTHING, max_size=3),
    st.dictionaries(st.sampled_from(sorted(grammar.MACHINE_FIELDS)), ANYTHING, max_size=1),
)
def test_any_definition_is_validated(states, fields):
    for found in validate(json.dumps({"StartAt": "A", "States": states} | fields)):
        assert isinstance(found, Diagnostic)
        assert found.message
        assert found.severity in (ERROR, "WARNING")


@settings(deadline=None)
@given(st.text() | st.text(st.sampled_from('{}[]":,StartA truefls0123.e-\\ \n')))
def test_any_text_is_validated(text):
    validate(text)


@settings(deadline=None)
@given(CHANGED, st.dictionaries(st.just("QueryLanguage"), st.sampled_from(["JSONPath", "JSONata"])))
def test_what_passes_validation_compiles_and_is_described(first, fields):
    text = json.dumps({"StartAt": "A", "States": {"A": first, "B": {"Type": "Succeed"}}} | fields)
    if has_errors(validate(text)):
        return
    try:
        compile_definition(text)
    except InvalidField as error:
        pytest.fail(f"{error}: {text}")
    assert variable_references(text) is not None
