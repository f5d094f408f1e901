"""Compiled states are frozen and compare by identity."""

import dataclasses
import json

import pytest
from tests.unit.services.stepfunctions.engine.runs import machine, passing

from lambent.services.stepfunctions.engine.definition import compile_definition


def test_nothing_compiled_can_be_changed():
    definition = compile_definition(json.dumps({"TimeoutSeconds": 5, **machine(S=passing())}))
    assert definition.timeout_s == 5
    with pytest.raises(dataclasses.FrozenInstanceError):
        definition.machines[0].states["S"].name = "T"  # type: ignore[misc]
