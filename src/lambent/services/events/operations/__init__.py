"""EventBridge's operations, by what they are about: buses, rules, targets, events, connections.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Operations.html
"""

from lambent.services.events.operations.buses import BusOperations
from lambent.services.events.operations.connections import ConnectionOperations
from lambent.services.events.operations.put_events import EventOperations
from lambent.services.events.operations.rules import RuleOperations
from lambent.services.events.operations.targets import TargetOperations


class Events(BusOperations, RuleOperations, TargetOperations, EventOperations, ConnectionOperations):
    """EventBridge for one platform."""
