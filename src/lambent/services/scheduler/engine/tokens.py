"""Client tokens: a request that comes again with its token is answered as before, and not done again.

AWS does not say for how long; here it is a day.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.scheduler import errors
from lambent.services.scheduler.tables import tokens
from lambent.store.database import Transaction

KEPT_S = 86_400.0


def is_used(tx: Transaction, scope: Scope, operation: str, parameters: Mapping[str, Any], now: Instant) -> bool:
    """Whether the very request was done before; if it was not, it is remembered. Raises TokenUsedOtherwise."""
    token = parameters.get("ClientToken")
    if not token:
        return False
    tokens.delete_older(tx, scope, now - KEPT_S)
    digest = _digest(operation, parameters)
    used_for = tokens.find(tx, scope, token)
    if used_for is None:
        tokens.put(tx, scope, token, digest, now)
        return False
    if used_for != digest:
        raise errors.TokenUsedOtherwise(token=token)
    return True


def _digest(operation: str, parameters: Mapping[str, Any]) -> str:
    text = json.dumps([operation, parameters], sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
