"""What can go wrong with a call: errors of functions, raised here as they were raised there, and misuse."""

import ast
import builtins
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any


class NotDeployed(RuntimeError):
    """A function is asked for as a deployed one, and this handle of it is bound to no deployment."""


class NotSendable(TypeError):
    """A value has no JSON form, so that it can be neither an argument nor a result of a call. ``where`` leads to it."""


class Mismatch(TypeError):
    """A JSON value does not fit the type hint that it was to become. ``where`` leads to it: ``books[3].id``."""

    def __init__(self, problem: str, where: str = "") -> None:
        super().__init__(f"{where.removeprefix('.')}: {problem}" if where else problem)
        self.problem, self.where = problem, where

    def within(self, step: str) -> "Mismatch":
        return Mismatch(self.problem, step + self.where)


@dataclass(frozen=True, slots=True)
class Failure:
    """What a function's failure looks like on the wire, in AWS' form, and what the call's answer told beside it."""

    type: str
    message: str
    stack_trace: tuple[str, ...] = ()
    log_tail: str = ""
    request_id: str = ""
    function: str = ""

    @classmethod
    def of(cls, payload: Any, **facts: str) -> "Failure":
        """From a payload that came with ``X-Amz-Function-Error``. Runtimes other than Python's may leave out any part."""
        members = payload if isinstance(payload, Mapping) else {"errorMessage": payload}
        trace = members.get("stackTrace") or members.get("trace") or ()
        return cls(
            type=str(members.get("errorType") or "Unknown"),
            message=str(members.get("errorMessage") or ""),
            stack_trace=_without_entry(trace if isinstance(trace, list | tuple) else [trace]),
            **facts,
        )


class RemoteError(Exception):
    """A function failed. ``type`` and ``message`` are what it raised; its text also has the remote stack and the log's end.

    Where the type can be found here, that is raised instead, and this is its ``__cause__``.
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.failure,)

    @property
    def type(self) -> str:
        return self.failure.type

    @property
    def message(self) -> str:
        return self.failure.message

    @property
    def stack_trace(self) -> tuple[str, ...]:
        """As the function's runtime formatted it, outermost call first."""
        return self.failure.stack_trace

    @property
    def log_tail(self) -> str:
        """The last 4 KB that the invocation logged; empty for those that were not waited for."""
        return self.failure.log_tail

    @property
    def request_id(self) -> str:
        return self.failure.request_id

    def __str__(self) -> str:
        failure = self.failure
        parts = [f"{failure.type}: {failure.message}"]
        if failure.function:
            parts.append(f"in {failure.function}" + (f", request {failure.request_id}" if failure.request_id else ""))
        if failure.stack_trace:
            parts.append("its stack:\n" + "".join(line if line.endswith("\n") else line + "\n" for line in failure.stack_trace))
        if failure.log_tail:
            parts.append("the end of its log:\n" + failure.log_tail)
        return "\n".join(part.rstrip("\n") for part in parts)


class RemoteTimeout(RemoteError, TimeoutError):
    """The function ran into its timeout."""


def exception_of(failure: Failure, namespace: Mapping[str, Any]) -> Exception:
    """What to raise here: the type that was raised there, with a RemoteError as its cause, or the RemoteError.

    AWS tells only the type's name. It is looked for in ``namespace``, the globals of the function's module, in the modules
    named there, among Python's own, and among the exceptions that are loaded, if only one of them has this name.
    """
    remote = (RemoteTimeout if _is_timeout(failure) else RemoteError)(failure)
    known = _type_named(failure.type, namespace)
    raised = _instance(known, failure.message) if known is not None else None
    if raised is None:
        return remote
    raised.__cause__ = remote
    return raised


def _without_entry(trace: Iterable[Any]) -> tuple[str, ...]:
    """The frame that called the function is ours and says nothing."""
    return tuple(line for line in map(str, trace) if "lambent/sdk/entry.py" not in line)


def _is_timeout(failure: Failure) -> bool:
    return failure.type in ("Sandbox.Timedout", "Function.Timedout") or (
        failure.type == "Unknown" and "Task timed out after" in failure.message
    )


def _type_named(name: str, namespace: Mapping[str, Any]) -> type[Exception] | None:
    if not name.isidentifier():
        return None
    modules = [each for each in namespace.values() if isinstance(each, ModuleType)]
    candidates: Iterable[Any] = (namespace.get(name), getattr(builtins, name, None), *(_member(each, name) for each in modules))
    for candidate in candidates:
        if _is_raisable(candidate) and candidate.__name__ == name:
            found: type[Exception] = candidate
            return found
    loaded = {each for each in _subclasses(Exception) if each.__name__ == name}
    return loaded.pop() if len(loaded) == 1 else None


def _member(module: ModuleType, name: str) -> Any:
    return vars(module).get(name)  # and not getattr, which may import what a lazy module names


def _is_raisable(candidate: Any) -> bool:
    """StopIteration would end loops instead of telling anything."""
    return (
        isinstance(candidate, type)
        and issubclass(candidate, Exception)
        and not issubclass(candidate, StopIteration | StopAsyncIteration)
    )


def _subclasses(of: type[Exception]) -> set[type[Exception]]:
    found: set[type[Exception]] = set()
    waiting = [of]
    while waiting:
        for each in type.__subclasses__(waiting.pop()):
            if each not in found and _is_raisable(each):
                found.add(each)
                waiting.append(each)
    return found


def _instance(cls: type[Exception], message: str) -> Exception | None:
    """One whose text is the message; None where the class cannot be made to say so."""
    for build in (_from_message, _from_literal, _without_init):
        try:
            made = build(cls, message)
            if str(made) == message:
                return made
        except Exception:  # noqa: S112, BLE001 - a constructor of the user's, called on a guess
            continue
    return None


def _from_message(cls: type[Exception], message: str) -> Exception:
    return cls(message) if message else cls()


def _from_literal(cls: type[Exception], message: str) -> Exception:
    """A KeyError's text is the repr of its argument."""
    return cls(ast.literal_eval(message))


def _without_init(cls: type[Exception], message: str) -> Exception:
    made = cls.__new__(cls)
    made.args = (message,)
    return made
