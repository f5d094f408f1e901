"""JSON values become what type hints say: one decoder a hint, made once.

What JSON has itself (numbers, text, lists, objects without a class) passes as it is, as Python does not check hints either.
What has another form in JSON is made from it, and a Mismatch says where that cannot be.
"""

import base64
import collections
import collections.abc
import dataclasses
import datetime
import decimal
import enum
import functools
import inspect
import pathlib
import sys
import types
import typing
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lambent.sdk.errors import Mismatch


@dataclass(frozen=True, slots=True)
class Decoder:
    """``decode`` makes the value or raises Mismatch; ``accepts`` says whether a JSON value is clearly meant, for unions."""

    decode: Callable[[Any], Any]
    accepts: Callable[[Any], bool]

    @property
    def is_identity(self) -> bool:
        return self.decode is _as_it_is


def decode(value: Any, hint: Any) -> Any:
    """``value``, of JSON's shapes, as what ``hint`` says. Raises Mismatch."""
    return decoder(hint).decode(value)


def decoder(hint: Any) -> Decoder:
    try:
        return _cached(hint)
    except TypeError:  # a hint that cannot be hashed, such as Literal[[]] or Annotated[int, []]
        return _made(hint)


def hints_of(thing: Any) -> dict[str, Any]:
    """The type hints of a function or class. One that cannot be resolved (imported for type checkers only) says nothing."""
    try:
        return typing.get_type_hints(thing, include_extras=True)
    except Exception:  # noqa: BLE001 - a hint is any expression
        return {name: _resolved(thing, text) for name, text in inspect.get_annotations(thing).items()}


def _resolved(thing: Any, hint: Any) -> Any:
    if not isinstance(hint, str):
        return hint
    namespace = getattr(thing, "__globals__", None) or vars(sys.modules.get(getattr(thing, "__module__", ""), typing))
    try:
        return eval(hint, dict(namespace))  # noqa: S307 - an annotation of the user's own source, as typing evaluates it
    except Exception:  # noqa: BLE001
        return Any


def item_of(hint: Any) -> Any:
    """What an iterator or list of this hint gives."""
    arguments = typing.get_args(_stripped(hint))
    return arguments[0] if arguments else Any


# ---- which decoder ----------------------------------------------------------------------------------------------------------


def _as_it_is(value: Any) -> Any:
    return value


def _always(_value: Any) -> bool:
    return True


def _is(*kinds: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kinds) and not (isinstance(value, bool) and bool not in kinds)


_ANYTHING = Decoder(_as_it_is, _always)


@functools.lru_cache(maxsize=4_096)
def _cached(hint: Any) -> Decoder:
    return _made(hint)


def _made(hint: Any) -> Decoder:
    hint = _stripped(hint)
    if type(hint).__name__ == "TypeAliasType":  # which may name itself, so that it is looked into when values come
        return Decoder(
            lambda value: decoder(hint.__value__).decode(value), lambda value: decoder(hint.__value__).accepts(value)
        )
    plain = _PLAIN.get(hint) if isinstance(hint, collections.abc.Hashable) else None
    if plain is not None:
        return plain
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _union(arguments)
    if origin is typing.Literal:
        return Decoder(_as_it_is, lambda value: any(value == each and type(value) is type(each) for each in arguments))
    kind = origin or hint
    if not isinstance(kind, type):
        return _ANYTHING
    for test, make in _MAKERS:
        if test(kind):
            return make(kind, arguments)
    return _ANYTHING


def _stripped(hint: Any) -> Any:
    """Without what says nothing about the value's form: Annotated, NewType, Final, Required; variables are their bounds."""
    while True:
        if isinstance(hint, typing.TypeVar):
            hint = hint.__bound__ or Any
        elif hasattr(hint, "__supertype__"):
            hint = hint.__supertype__
        elif typing.get_origin(hint) in _QUALIFIERS:
            hint = typing.get_args(hint)[0]
        else:
            return hint


_QUALIFIERS = {
    typing.Annotated, typing.Final, typing.ClassVar, typing.Required, typing.NotRequired, getattr(typing, "ReadOnly", None)
} - {None}  # fmt: skip


def _union(members: tuple[Any, ...]) -> Decoder:
    decoders = [decoder(each) for each in members]

    def decode(value: Any) -> Any:
        meant = [each for each in decoders if each.accepts(value)]
        for each in (*meant, *(other for other in decoders if other not in meant and not other.is_identity)):
            try:
                return each.decode(value)
            except ValueError:  # pydantic's
                continue
            except Mismatch:
                continue
        if all(each.is_identity for each in decoders):
            return value
        raise Mismatch(f"{_shown(value)} is none of {', '.join(_name(each) for each in members)}")

    if all(each.is_identity for each in decoders):
        return Decoder(_as_it_is, lambda value: any(each.accepts(value) for each in decoders))
    return Decoder(decode, lambda value: any(each.accepts(value) for each in decoders))


# ---- what has a form of its own ---------------------------------------------------------------------------------------------


def _from_text(kind: str, parse: Callable[[Any], Any], *others: type) -> Decoder:
    """``others``: JSON types that are taken besides text."""

    def decode(value: Any) -> Any:
        if isinstance(value, str) or (isinstance(value, others) and not isinstance(value, bool)):
            try:
                return parse(value)
            except (ValueError, ArithmeticError):
                pass
        raise Mismatch(f"{_shown(value)} is no {kind}")

    return Decoder(decode, _is(str, *others))


def _float(value: Any) -> Any:
    return float(value) if type(value) is int else value


_PLAIN: dict[Any, Decoder] = {
    Any: _ANYTHING,
    object: _ANYTHING,
    inspect.Parameter.empty: _ANYTHING,
    None: Decoder(_as_it_is, lambda value: value is None),
    type(None): Decoder(_as_it_is, lambda value: value is None),
    bool: Decoder(_as_it_is, _is(bool)),
    int: Decoder(_as_it_is, _is(int)),
    float: Decoder(_float, _is(int, float)),
    str: Decoder(_as_it_is, _is(str)),
    list: Decoder(_as_it_is, _is(list)),
    dict: Decoder(_as_it_is, _is(dict)),
    datetime.datetime: _from_text("date and time in ISO 8601", datetime.datetime.fromisoformat),
    datetime.date: _from_text("date in ISO 8601", datetime.date.fromisoformat),
    datetime.time: _from_text("time in ISO 8601", datetime.time.fromisoformat),
    datetime.timedelta: _from_text("number of seconds", lambda value: datetime.timedelta(seconds=float(value)), int, float),
    decimal.Decimal: _from_text("decimal number", lambda value: decimal.Decimal(str(value)), int, float),
    uuid.UUID: _from_text("UUID", uuid.UUID),
    bytes: _from_text("base64", lambda value: base64.b64decode(value, validate=True)),
    bytearray: _from_text("base64", lambda value: bytearray(base64.b64decode(value, validate=True))),
}


def _many(build: Callable[[Any], Any], item: Decoder, value: Any) -> Any:
    if not isinstance(value, list):
        raise Mismatch(f"{_shown(value)} is no list")
    if item.is_identity:
        return build(value)
    return build([_at(item, each, f"[{at}]") for at, each in enumerate(value)])


def _at(item: Decoder, value: Any, step: str) -> Any:
    try:
        return item.decode(value)
    except Mismatch as error:
        raise error.within(step) from None


def _sequence(build: Callable[[Any], Any]) -> Callable[[type, tuple[Any, ...]], Decoder]:
    def make(_kind: type, arguments: tuple[Any, ...]) -> Decoder:
        item = decoder(arguments[0]) if arguments else _ANYTHING
        if build is list and item.is_identity:
            return Decoder(_as_it_is, _is(list))
        return Decoder(lambda value: _many(build, item, value), _is(list))

    return make


def _tuple(_kind: type, arguments: tuple[Any, ...]) -> Decoder:
    if not arguments or (len(arguments) == 2 and arguments[1] is Ellipsis):
        return _sequence(tuple)(tuple, arguments[:1])
    items = [decoder(each) for each in arguments if each != ()]

    def decode(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) != len(items):
            raise Mismatch(f"{_shown(value)} is no list of {len(items)}")
        return tuple(_at(item, each, f"[{at}]") for at, (item, each) in enumerate(zip(items, value, strict=True)))

    return Decoder(decode, lambda value: isinstance(value, list) and len(value) == len(items))


def _mapping(kind: type, arguments: tuple[Any, ...]) -> Decoder:
    build = kind if issubclass(kind, collections.OrderedDict | collections.Counter) else dict
    key_hint, member_hint = arguments if len(arguments) == 2 else (arguments[0] if arguments else str, Any)
    member = decoder(member_hint)
    read_key = _key_decoder(key_hint)
    if member.is_identity and read_key is _as_it_is and build is dict and not issubclass(kind, collections.defaultdict):
        return Decoder(_as_it_is, _is(dict))

    def decode(value: Any) -> Any:
        if not isinstance(value, dict):
            raise Mismatch(f"{_shown(value)} is no object")
        pairs = [(read_key(key), _at(member, each, f"[{key!r}]")) for key, each in value.items()]
        return collections.defaultdict(None, pairs) if issubclass(kind, collections.defaultdict) else build(dict(pairs))

    return Decoder(decode, _is(dict))


def _key_decoder(hint: Any) -> Callable[[Any], Any]:
    """JSON's keys are text, also those that were numbers."""
    hint = _stripped(hint)
    if hint in (int, float):
        return _from_text("number", typing.cast("Callable[[Any], Any]", hint)).decode
    if hint is bool:
        return lambda key: key == "true"
    return decoder(hint).decode


def _enum(kind: type, _arguments: tuple[Any, ...]) -> Decoder:
    def decode(value: Any) -> Any:
        try:
            return kind(value)
        except ValueError:
            raise Mismatch(f"{_shown(value)} is no {kind.__name__}") from None

    values = [member.value for member in typing.cast("type[enum.Enum]", kind)]
    return Decoder(decode, lambda value: value in values)


def _path(kind: type, _arguments: tuple[Any, ...]) -> Decoder:
    return _from_text("path", kind)


def _pydantic(kind: Any, _arguments: tuple[Any, ...]) -> Decoder:
    return Decoder(kind.model_validate, _always)


# ---- objects with named members ---------------------------------------------------------------------------------------------


class _Members:
    """The members of a class, read when the first value comes: by then all that it refers to is defined."""

    def __init__(self, kind: Any, arguments: tuple[Any, ...], names: tuple[str, ...], required: frozenset[str]) -> None:
        self.kind, self.names, self.required = kind, names, required
        self._arguments = arguments

    @functools.cached_property
    def decoders(self) -> dict[str, Decoder]:
        hints = hints_of(self.kind)
        variables = dict(zip(getattr(self.kind, "__parameters__", ()), self._arguments, strict=False))
        return {name: decoder(_substituted(hints.get(name, Any), variables)) for name in self.names}

    def decode(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Mismatch(f"{_shown(value)} is no object, as a {self.kind.__name__} is")
        missing = [name for name in self.names if name in self.required and name not in value]
        if missing:
            raise Mismatch(f"an object without {', '.join(missing)} is no {self.kind.__name__}")
        return {name: _at(each, value[name], f".{name}") for name, each in self.decoders.items() if name in value}

    def are_meant(self, value: Any) -> bool:
        return isinstance(value, dict) and self.required <= value.keys() <= set(self.names)


def _substituted(hint: Any, variables: Mapping[Any, Any]) -> Any:
    if isinstance(hint, typing.TypeVar):
        return variables.get(hint, hint)
    parameters = getattr(hint, "__parameters__", ())
    if parameters and variables and not isinstance(hint, type):
        return hint[tuple(variables.get(each, each) for each in parameters)]
    return hint


def _dataclass(kind: Any, arguments: tuple[Any, ...]) -> Decoder:
    fields = [field for field in dataclasses.fields(kind) if field.init]
    absent = dataclasses.MISSING
    required = frozenset(each.name for each in fields if each.default is absent and each.default_factory is absent)
    members = _Members(kind, arguments, tuple(each.name for each in fields), required)
    return Decoder(lambda value: kind(**members.decode(value)), members.are_meant)


def _typed_dict(kind: Any, arguments: tuple[Any, ...]) -> Decoder:
    members = _Members(kind, arguments, tuple(kind.__annotations__), kind.__required_keys__)

    def decode(value: Any) -> Any:
        return value | members.decode(value) if isinstance(value, dict) else members.decode(value)

    return Decoder(decode, members.are_meant)


def _named_tuple(kind: Any, arguments: tuple[Any, ...]) -> Decoder:
    names = kind._fields
    members = _Members(kind, arguments, names, frozenset(names) - kind._field_defaults.keys())

    def decode(value: Any) -> Any:
        if isinstance(value, list) and len(members.required) <= len(value) <= len(names):
            return kind(**members.decode(dict(zip(names, value, strict=False))))
        if isinstance(value, list):
            raise Mismatch(f"a list of {len(value)} is no {kind.__name__}, which has {len(names)} members")
        return kind(**members.decode(value))

    return Decoder(decode, lambda value: isinstance(value, list) and len(members.required) <= len(value) <= len(names))


def _iterator(_kind: type, arguments: tuple[Any, ...]) -> Decoder:
    return _sequence(iter)(list, arguments[:1])


def _derives_from(*kinds: type) -> Callable[[type], bool]:
    return lambda kind: issubclass(kind, kinds)


_abc = collections.abc
_MAKERS: tuple[tuple[Callable[[type], bool], Callable[[Any, tuple[Any, ...]], Decoder]], ...] = (
    (typing.is_typeddict, _typed_dict),
    (lambda kind: issubclass(kind, tuple) and hasattr(kind, "_fields"), _named_tuple),
    (lambda kind: hasattr(kind, "model_validate"), _pydantic),
    (dataclasses.is_dataclass, _dataclass),
    (_derives_from(enum.Enum), _enum),
    (_derives_from(pathlib.PurePath), _path),
    (_derives_from(tuple), _tuple),
    (_derives_from(frozenset), _sequence(frozenset)),
    (_derives_from(collections.deque), _sequence(collections.deque)),
    (lambda kind: kind in (set, _abc.Set, _abc.MutableSet), _sequence(set)),
    (lambda kind: kind in (_abc.Iterator, _abc.Generator), _iterator),
    (lambda kind: kind in (list, _abc.Sequence, _abc.MutableSequence, _abc.Iterable, _abc.Collection), _sequence(list)),
    (_derives_from(_abc.Mapping), _mapping),
)


def _name(hint: Any) -> str:
    return str(getattr(hint, "__name__", None) or hint)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
