"""Step Functions: state machines in the Amazon States Language, run durably.

How executions are kept and go on stands in DESIGN.md.
"""

from lambent.services.stepfunctions.operations import StepFunctions

__all__ = ["StepFunctions"]
