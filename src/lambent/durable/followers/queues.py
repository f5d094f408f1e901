"""What followers know of queues: where they are, how much one answer has, and for how long gathered messages are hidden."""

from lambent.core import ports
from lambent.core.arn import Arn

RECEIVED_MAX = 10
"""Messages in one answer of ReceiveMessage, and in a batch without a window."""
VISIBILITY_MARGIN_S = 30
"""AWS hides messages that it gathers in a window for the window, the function's timeout and this."""

ACTIONS = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
"""What a role must be allowed to do to a queue that is followed in its name."""


def is_fifo(source: Arn) -> bool:
    return source.resource.endswith(".fifo")


def queue_url(source: Arn) -> str:
    """As sqs understands it from anybody in process: only the path counts."""
    return ports.queue_url("http://localhost", source.account, source.resource)


def gathered_visibility_s(window_s: int, timeout_s: int, visibility_s: int) -> int:
    """For how long what is gathered in a window is hidden, in a queue that hides it for ``visibility_s`` otherwise."""
    if window_s and window_s + timeout_s > visibility_s:
        return window_s + timeout_s + VISIBILITY_MARGIN_S
    return visibility_s
