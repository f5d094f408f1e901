"""What is wrong with a definition, without making a state machine of it."""

from lambent.core.context import Context
from lambent.core.ports import Parameters, Reply
from lambent.services.stepfunctions.engine.definition.diagnostics import ERROR, Diagnostic
from lambent.services.stepfunctions.engine.definition.validation import has_errors, validate
from lambent.services.stepfunctions.operations.apart import apart
from lambent.services.stepfunctions.operations.base import Base, told
from lambent.services.stepfunctions.operations.machines import STANDARD

DIAGNOSTICS_MAX = 100


class ValidationOperations(Base):
    """https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html"""

    async def validate_state_machine_definition(self, context: Context, parameters: Parameters) -> Reply:  # noqa: ARG002
        found = await apart(self._clock, validate, parameters["definition"], machine_type=parameters.get("type") or STANDARD)
        is_strict = (parameters.get("severity") or ERROR) == ERROR
        asked = [one for one in found if not is_strict or one.severity == ERROR]
        count_max = parameters.get("maxResults") or DIAGNOSTICS_MAX
        return {
            "result": "FAIL" if has_errors(found) else "OK",
            "diagnostics": [_diagnostic(one) for one in asked[:count_max]],
            "truncated": len(asked) > count_max,
        }


def _diagnostic(one: Diagnostic) -> dict[str, str]:
    return told({"severity": one.severity, "code": one.code, "message": one.message, "location": one.location})
