"""ValidateStateMachineDefinition."""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.stepfunctions.engine.definition import InvalidField, compile_definition
from lambent.services.stepfunctions.operations.base import Base


class DefinitionOperations(Base):
    async def validate_state_machine_definition(self, context: Context, parameters: Parameters) -> Reply:  # noqa: ARG002 - of no account
        """Tells the first thing that keeps a definition from running; AWS' linter tells all, and warns."""
        try:
            compile_definition(parameters["definition"], machine_type=parameters.get("type") or "STANDARD")
        except InvalidField as error:
            found = {"severity": "ERROR", "code": error.code, "message": error.reason, "location": error.location}
            return {"result": "FAIL", "diagnostics": [found], "truncated": False}
        return {"result": "OK", "diagnostics": [], "truncated": False}
