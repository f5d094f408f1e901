"""Which trace a request and an invocation belong to."""

import re

import pytest

from lambent.core import traces

ROOT = "Root=1-5759e988-bd862e3fe1be46a994272793"
NOW = 0x5759E988


def test_a_visitor_without_a_trace_begins_one_at_this_second():
    assert re.fullmatch("Root=1-5759e988-[0-9a-f]{24}", traces.of_visitor({}, NOW + 0.5))


@pytest.mark.parametrize("given", [ROOT, f"{ROOT};Parent=53995c3f42cd8ad8;Sampled=1", f"Self=1-2;{ROOT}"])
def test_a_visitors_own_trace_is_kept(given):
    assert traces.of_visitor({"x-amzn-trace-id": given}, NOW) == given


@pytest.mark.parametrize("given", ["", "Root=1-2-3", "x", f"{ROOT}ff", ROOT + ";" + "x" * 1_024])
def test_what_is_no_trace_is_replaced(given):
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", traces.of_visitor({"x-amzn-trace-id": given}, NOW))


def test_an_invocation_knows_its_parent_and_whether_it_is_sampled():
    assert re.fullmatch(rf"{ROOT};Parent=[0-9a-f]{{16}};Sampled=0", traces.of_invocation(ROOT, NOW))
    assert traces.of_invocation(f"{ROOT};Sampled=1", NOW).startswith(f"{ROOT};Sampled=1;Parent=")
    whole = f"{ROOT};Parent=53995c3f42cd8ad8;Sampled=1"
    assert traces.of_invocation(whole, NOW) == whole


def test_an_invocation_without_a_trace_begins_one():
    assert re.fullmatch(r"Root=1-5759e988-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0", traces.of_invocation("", NOW))


@pytest.mark.parametrize("given", [ROOT, f"{ROOT};Parent=53995c3f42cd8ad8;Sampled=1", f"Self=1-2;{ROOT}"])
def test_the_root_is_found_wherever_it_stands(given):
    assert traces.root_of(given) == ROOT
