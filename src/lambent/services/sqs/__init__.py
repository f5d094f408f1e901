"""Simple Queue Service: queues, and messages that are in exactly one place at every instant."""

from lambent.services.sqs.operations import Sqs

__all__ = ["Sqs"]
