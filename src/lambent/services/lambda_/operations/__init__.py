"""Lambda's operations, by what they are about. ``Lambda`` is all of them.

https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
"""

from lambent.services.lambda_.operations.account import AccountOperations
from lambent.services.lambda_.operations.aliases import AliasOperations
from lambent.services.lambda_.operations.concurrency import ConcurrencyOperations
from lambent.services.lambda_.operations.durable.executions import DurableExecutionOperations
from lambent.services.lambda_.operations.event_invoke_configs import EventInvokeConfigOperations
from lambent.services.lambda_.operations.event_source_mappings import EventSourceMappingOperations
from lambent.services.lambda_.operations.function_urls import FunctionUrlOperations
from lambent.services.lambda_.operations.functions import FunctionOperations
from lambent.services.lambda_.operations.invoke import InvokeOperations
from lambent.services.lambda_.operations.layers import LayerOperations
from lambent.services.lambda_.operations.permissions import PermissionOperations
from lambent.services.lambda_.operations.tags import TagOperations
from lambent.services.lambda_.operations.versions import VersionOperations


class Lambda(
    InvokeOperations,
    FunctionOperations,
    VersionOperations,
    AliasOperations,
    LayerOperations,
    PermissionOperations,
    ConcurrencyOperations,
    EventInvokeConfigOperations,
    EventSourceMappingOperations,
    FunctionUrlOperations,
    DurableExecutionOperations,
    TagOperations,
    AccountOperations,
):
    """AWS Lambda."""


__all__ = ["Lambda"]
