"""Data through a state, in both languages."""

import pytest

from lambent.lang import jsonata, jsonpath
from lambent.lang.intrinsics import compiled_path
from lambent.lang.payload_template import compile_template
from lambent.services.stepfunctions.engine.definition.flows import PathFlow, QueryFlow
from lambent.services.stepfunctions.engine.definition.views import View
from lambent.services.stepfunctions.engine.failures import StateFailed


def view(value: object) -> View:
    return View("S", 2, value, {}, {}, 0.0)


def test_a_result_goes_through_selector_result_path_and_output_path():
    flow = PathFlow(
        selector=compile_template({"b.$": "$.a"}),
        result_path=jsonpath.parse_reference("$.r"),
        output_path=compiled_path("$.r"),
        assign=compile_template({"v.$": "$.a"}),
    )
    left = flow.finish(view({"k": 1}), {"a": 5})
    assert (left.output, left.assigned) == ({"b": 5}, {"v": 5})


def test_an_error_that_is_caught_replaces_the_input_or_joins_it():
    assert PathFlow().caught(view({"k": 1}), {"Error": "E"}).output == {"Error": "E"}
    flow = PathFlow(result_path=jsonpath.parse_reference("$.e"))
    assert flow.caught(view({"k": 1}), {"Error": "E"}).output == {"k": 1, "e": {"Error": "E"}}


def test_a_place_that_cannot_be_written_is_an_error_of_its_own():
    flow = PathFlow(result_path=jsonpath.parse_reference("$.a.b"))
    with pytest.raises(StateFailed) as caught:
        flow.finish(view({"a": 1}), 5)
    assert caught.value.failure.error == "States.ResultPathMatchFailure"


def test_a_query_sees_the_result_and_the_error():
    flow = QueryFlow(output=jsonata.compile_template({"r": "{% $states.result.a %}"}, "Output"))
    assert flow.finish(view({}), {"a": 1}).output == {"r": 1}
    caught = QueryFlow(output=jsonata.compile_template("{% $states.errorOutput.Error %}", "Output"))
    assert caught.caught(view({}), {"Error": "E"}).output == "E"


def test_without_output_a_query_state_passes_on_its_result():
    assert QueryFlow().finish(view(1), 2).output == 2
    assert QueryFlow().passed(view(1), 1).output == 1
