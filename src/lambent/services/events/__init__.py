"""EventBridge: buses, rules with patterns and schedules, and durable delivery to their targets.

PutEvents writes what it sets going in one transaction, as rows of a lane of the outbox, and answers after the commit.
Why it is so stands in DESIGN.md. Not here: archives and replays, connections and API destinations, endpoints, partner sources.
"""

from lambent.services.events.operations import Events

__all__ = ["Events"]
