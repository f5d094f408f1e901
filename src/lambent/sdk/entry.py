"""What runs inside a deployed function: its handler. ``LAMBENT_FUNCTION`` says which function it is.

The module is imported when this one is, that is in the function's INIT phase.
"""

import asyncio
import functools
import importlib
import inspect
import json
import os
import sys
from typing import Any

from lambent.sdk import large, streams, values
from lambent.sdk.functions import Function

VARIABLE = "LAMBENT_FUNCTION"
_GROWTH_MAX = 3  # of ``[1,1]`` that becomes ``[1, 1]``, and of two bytes that become ``\\u00e9``


def handler(event: Any, context: Any) -> Any:
    """Calls the function with what the event says, and answers what it returns, in JSON's shapes."""
    event = _resolved(event, context)
    args, kwargs = _function.arguments(event)
    result = _function.plain(*args, **kwargs)
    if inspect.iscoroutine(result):
        result = _runner().run(result)
    if inspect.isasyncgen(result):
        result = streams.drained(result, _runner())
    if hasattr(result, "__next__"):
        if _wants_pieces(context):
            return streams.lines_of(result)
        if _is_web(event) and _can_stream():
            return result
    return _answer(result, context)


def _answer(result: Any, context: Any) -> Any:
    text = values.dumps(result)
    value = json.loads(text)
    return _store(context).put(text) if _is_too_large(text, value) else value


def _is_too_large(text: bytes, value: Any) -> bool:
    """The runtime writes the value in its own way: with a space behind each comma, and up to python3.11 in ASCII."""
    if len(text) * _GROWTH_MAX <= large.ANSWER_BYTES_MAX:
        return False
    written = json.dumps(value, ensure_ascii=sys.version_info < (3, 12))
    return len(written.encode(errors="surrogatepass")) > large.ANSWER_BYTES_MAX


def _resolved(event: Any, context: Any) -> Any:
    if isinstance(event, dict) and len(event) == 1 and large.REFERENCE in event:
        return _store(context).resolved(event, is_last_use=False)  # an event may be tried again
    return event


def _store(context: Any) -> large.Store:
    from lambent.sdk.clients import Target

    return large.Store(Target.of(), context.invoked_function_arn.split(":")[4])


def _wants_pieces(context: Any) -> bool:
    custom = getattr(getattr(context, "client_context", None), "custom", None)
    return isinstance(custom, dict) and streams.WANTS_PIECES in custom and _can_stream()


def _can_stream() -> bool:
    """Whether the runtime takes iterators; AWS' own for Python does not."""
    marshaller = sys.modules.get("awslambdaric.lambda_runtime_marshaller")
    return bool(getattr(marshaller, "takes_iterators", False))


def _is_web(event: Any) -> bool:
    return isinstance(event, dict) and isinstance(event.get("requestContext"), dict) and "http" in event["requestContext"]


@functools.cache
def _runner() -> asyncio.Runner:
    """One for the life of this environment: what a function binds to its loop lives as long."""
    return asyncio.Runner()


def load(name: str) -> Function[..., Any]:
    """The function of ``module:qualname``. Raises LookupError, or whatever its module raises."""
    module, _, qualname = name.partition(":")
    if not module or not qualname:
        raise LookupError(f"{VARIABLE} is {name!r} and not module:qualname; functions are deployed by lambent deploy")
    found: Any = importlib.import_module(module)
    for part in qualname.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        raise LookupError(f"{module} has no function {qualname}")
    return found if isinstance(found, Function) else Function(found)


_function = load(os.environ.get(VARIABLE, ""))
