"""Definitions: from the JSON of the Amazon States Language to what the interpreter runs."""

from lambent.services.stepfunctions.engine.definition.compiler import InvalidField, compile_definition
from lambent.services.stepfunctions.engine.definition.states import Definition, Machine, State

__all__ = ["Definition", "InvalidField", "Machine", "State", "compile_definition"]
