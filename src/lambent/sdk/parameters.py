"""Arguments as a payload, and back: one parameter is sent as its value, several as an object, none as null.

So an AWS event, a state's input or another client's JSON is simply the argument of a function of one parameter.
"""

import functools
import inspect
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from lambent.sdk.errors import Mismatch
from lambent.sdk.hints import Decoder, decoder, hints_of

_POSITIONAL, _KEYWORDS = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD


class Parameters:
    """The parameters of one Python function."""

    def __init__(self, plain: Callable[..., Any]) -> None:
        self._plain = plain

    @functools.cached_property
    def signature(self) -> inspect.Signature:
        return inspect.signature(self._plain)

    @functools.cached_property
    def is_single(self) -> bool:
        """Whether a payload is the one argument itself."""
        kinds = [each.kind for each in self.signature.parameters.values()]
        return len(kinds) == 1 and kinds[0] not in (_POSITIONAL, _KEYWORDS)

    @functools.cached_property
    def names(self) -> tuple[str, ...]:
        """Of those that can be given by name."""
        return tuple(each.name for each in self.signature.parameters.values() if each.kind not in (_POSITIONAL, _KEYWORDS))

    @functools.cached_property
    def hints(self) -> dict[str, Any]:
        return hints_of(self._plain)

    @functools.cached_property
    def _decoders(self) -> dict[str, Decoder]:
        return {name: decoder(self.hints.get(name, Any)) for name in self.signature.parameters}

    def payload(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """What is sent. Raises the TypeError that a call of the function with these arguments would."""
        if self.is_single:
            if len(args) == 1 and not kwargs:
                return args[0]
            bound = self._bound(args, kwargs)
            bound.apply_defaults()
            return next(iter(bound.arguments.values()))
        bound = self._bound(args, kwargs)
        if not self.signature.parameters:
            return None
        sent: dict[str, Any] = {}
        for name, value in bound.arguments.items():
            if self.signature.parameters[name].kind is _KEYWORDS:
                sent = value | sent
            else:
                sent[name] = value
        return sent

    def _bound(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> inspect.BoundArguments:
        try:
            return self.signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{self._plain.__name__}(): {error}") from None

    def arguments(self, payload: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The positional and the named arguments of a call. Raises TypeError, of which Mismatch is one."""
        if not self.signature.parameters:
            return (), {}
        if self.is_single:
            ((name, parameter),) = self.signature.parameters.items()
            value = self._decoded(name, payload)
            return ((), {name: value}) if parameter.kind is inspect.Parameter.KEYWORD_ONLY else ((value,), {})
        if not isinstance(payload, Mapping):
            names = ", ".join(self.signature.parameters)
            raise TypeError(f"{self._plain.__name__}() takes an object with {names}, not {type(payload).__name__}")
        return self._of_object(payload)

    def _of_object(self, payload: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        bound = inspect.BoundArguments(self.signature, OrderedDict())
        rest = dict(payload)
        missing = []
        for name, parameter in self.signature.parameters.items():
            if parameter.kind is _KEYWORDS:
                bound.arguments[name] = {key: self._decoded(name, value, key) for key, value in rest.items()}
                rest.clear()
            elif name in rest:
                value = rest.pop(name)
                is_many = parameter.kind is _POSITIONAL
                bound.arguments[name] = (
                    tuple(self._decoded(name, each) for each in value) if is_many else self._decoded(name, value)
                )
            elif parameter.default is parameter.empty and parameter.kind is not _POSITIONAL:
                missing.append(repr(name))
        if missing:
            raise TypeError(f"{self._plain.__name__}() missing {len(missing)} required arguments: {', '.join(missing)}")
        if rest:
            raise TypeError(f"{self._plain.__name__}() got an unexpected argument {next(iter(rest))!r}")
        bound.apply_defaults()
        return bound.args, bound.kwargs

    def _decoded(self, name: str, value: Any, key: str = "") -> Any:
        try:
            return self._decoders[name].decode(value)
        except Mismatch as error:
            raise error.within(key or name) from None


class AnyParameters(Parameters):
    """Of a function whose signature is not known here: one value, or named ones."""

    def __init__(self, name: str) -> None:
        self._name = name

    @functools.cached_property
    def is_single(self) -> bool:
        return True

    @functools.cached_property
    def names(self) -> tuple[str, ...]:
        return ()

    def payload(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        if len(args) > 1 or (args and kwargs):
            raise TypeError(f"{self._name}() is known here by its name only: give it one value, or named ones")
        return args[0] if args else dict(kwargs) or None

    def arguments(self, payload: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (payload,), {}
