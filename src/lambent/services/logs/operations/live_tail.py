"""StartLiveTail: events as they come in, over an event stream."""

from lambent.services.logs.operations.base import Base


class LiveTailOperations(Base):
    """Not there yet."""
