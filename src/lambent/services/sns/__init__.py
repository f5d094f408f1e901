"""SNS: topics, subscriptions with filters, and durable delivery to queues, functions and servers.

Publish writes what it sets going in one transaction, as rows of two lanes of the outbox, and answers after the commit.
Why it is so stands in DESIGN.md. Not here: mobile push, the sandbox of text messages, archives and replays, data protection.
"""

from lambent.services.sns.operations import Sns

__all__ = ["Sns"]
