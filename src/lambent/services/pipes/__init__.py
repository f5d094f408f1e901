"""EventBridge Pipes: from a queue or a stream, through filters and an enrichment, to a target.

Every pipe is a row, followed by the followers that lambda's event source mappings use too. Why it is so stands in DESIGN.md.
"""

from lambent.services.pipes.operations import Pipes

__all__ = ["Pipes"]
