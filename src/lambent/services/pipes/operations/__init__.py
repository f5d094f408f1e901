"""EventBridge Pipes' operations, by what they are about: pipes, and their tags.

https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_Operations.html
"""

from lambent.services.pipes.operations.pipes import PipeOperations
from lambent.services.pipes.operations.tags import TagOperations


class Pipes(PipeOperations, TagOperations):
    """EventBridge Pipes for one platform."""
