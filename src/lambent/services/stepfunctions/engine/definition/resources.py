"""What a Task does, read off its Resource.

https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
"""

import functools

from msgspec import Struct

from lambent.core.arn import Arn

FUNCTION = "function"
ACTIVITY = "activity"
SERVICE = "service"

CALLBACK = "waitForTaskToken"
RESOURCES_KEPT_MAX = 1_000
PATTERNS = (CALLBACK, "sync:2", "sync")

ORDINARY, FUNCTIONS, WAITING = "", "lambda", "waiting"
"""Lanes of the queue of calls. What may take long has one of its own, so that what is soon done need not wait for it."""
LANES = (ORDINARY, FUNCTIONS, WAITING)

_WAITING = frozenset(
    {
        ("http", "invoke"),
        ("aws-sdk:lambda", "invoke"),
        ("aws-sdk:sfn", "getActivityTask"),
        ("aws-sdk:sfn", "startSyncExecution"),
        ("aws-sdk:sqs", "receiveMessage"),
    }
)


class Resource(Struct, frozen=True):
    """``service`` and ``action`` of an integration: "lambda" and "invoke", "aws-sdk:dynamodb" and "putItem".

    ``pattern``: "" for request-response, "sync", "sync:2" or "waitForTaskToken".
    """

    arn: str
    kind: str
    service: str = ""
    action: str = ""
    pattern: str = ""

    @property
    def waits_for_token(self) -> bool:
        return self.pattern == CALLBACK

    @property
    def is_web_call(self) -> bool:
        """``http:invoke``, which has no other pattern."""
        return (self.service, self.action, self.pattern) == ("http", "invoke", "")

    @property
    def event_names(self) -> dict[str, str]:
        """How the history calls it."""
        suffix = f".{self.pattern}" if self.pattern else ""
        return {"resource": f"{self.action}{suffix}", "resourceType": self.service}

    @property
    def lane(self) -> str:
        if self.kind == FUNCTION or self.service == "lambda":
            return FUNCTIONS
        return WAITING if (self.service, self.action) in _WAITING else ORDINARY


@functools.lru_cache(maxsize=RESOURCES_KEPT_MAX)
def parse(text: str) -> Resource | None:
    """None for what is no resource of a Task."""
    arn = Arn.parse(text)
    if arn is None:
        return None
    if arn.service == "lambda" and arn.resource.startswith("function:"):
        return Resource(text, FUNCTION)
    if arn.service == "states" and arn.resource.startswith("activity:"):
        return Resource(text, ACTIVITY)
    if arn.service != "states" or arn.account or arn.region:
        return None
    return _integration(text, arn.resource)


def _integration(text: str, resource: str) -> Resource | None:
    pattern = next((known for known in PATTERNS if resource.endswith(f".{known}")), "")
    named = resource.removesuffix(f".{pattern}") if pattern else resource
    service, separator, action = named.rpartition(":")
    if not separator or not service or not action:
        return None
    return Resource(text, SERVICE, service, action, pattern)
