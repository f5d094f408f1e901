"""Step Functions' operations, by what they are about: state machines, versions, aliases, executions, tasks, activities.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html
"""

from lambent.services.stepfunctions.operations.activities import ActivityOperations
from lambent.services.stepfunctions.operations.aliases import AliasOperations
from lambent.services.stepfunctions.operations.executions import ExecutionOperations
from lambent.services.stepfunctions.operations.express import ExpressOperations
from lambent.services.stepfunctions.operations.histories import HistoryOperations
from lambent.services.stepfunctions.operations.machines import MachineOperations
from lambent.services.stepfunctions.operations.map_runs import MapRunOperations
from lambent.services.stepfunctions.operations.state_tests import StateTestOperations
from lambent.services.stepfunctions.operations.tags import TagOperations
from lambent.services.stepfunctions.operations.tasks import TaskOperations
from lambent.services.stepfunctions.operations.validation import ValidationOperations
from lambent.services.stepfunctions.operations.versions import VersionOperations


class StepFunctions(
    MachineOperations,
    MapRunOperations,
    VersionOperations,
    AliasOperations,
    ValidationOperations,
    TagOperations,
    ExecutionOperations,
    ExpressOperations,
    HistoryOperations,
    StateTestOperations,
    TaskOperations,
    ActivityOperations,
):
    """Step Functions for one platform."""
