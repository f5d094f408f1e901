"""Values across the wire: Python to JSON, and JSON to Python by type hints.

JSON's own shapes pass as they are. Dataclasses, pydantic models, typed dicts, named tuples, tuples, sets, dates and times,
Decimal, UUID, enumerations, paths and bytes have a JSON form, and come back where a type hint says so, else it stays.
"""

import base64
import dataclasses
import datetime
import decimal
import enum
import json
import math
import pathlib
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from typing import Any

from lambent.sdk.errors import NotSendable

FUNCTION = "lambent:function"
"""The one key of an object that stands for a deployed function: its ARN."""

_MARK = b'"' + FUNCTION.encode() + b'"'


def dumps(value: Any) -> bytes:
    """The JSON text, in UTF-8. Raises NotSendable, which says where in ``value``, and NotDeployed for functions."""
    try:
        text = _ENCODER.encode(value)
    except RecursionError as error:
        raise NotSendable("the value contains itself, or lists in lists without end") from error
    except (TypeError, ValueError) as error:
        if isinstance(error, NotSendable):
            raise NotSendable(_explained(value) or str(error)) from error.__cause__
        explained = _explained(value)
        if explained:
            raise NotSendable(explained) from error
        text = _ENCODER.encode(_with_text_keys(value))  # all that is left: keys that JSON has in another form
    try:
        return text.encode()
    except UnicodeEncodeError:  # halves of surrogate pairs have no UTF-8, but an escape
        return json.dumps(json.loads(text)).encode()


def to_json(value: Any) -> Any:
    """The same as a value of JSON's shapes only: what the other side sees."""
    return json.loads(dumps(value))


def loads(text: bytes) -> Any:
    """JSON to Python without hints, functions as handles."""
    value = json.loads(text)
    return revived(value) if _MARK in text else value


def revived(value: Any) -> Any:
    """``value`` with its functions as callable handles, at any depth; changed in place."""
    if type(value) is dict:
        if len(value) == 1 and isinstance(arn := value.get(FUNCTION), str) and _OF_FUNCTION.fullmatch(arn):
            from lambent.sdk.functions import handle_of

            return handle_of(arn)
        for key, member in value.items():
            if type(member) in _CONTAINERS:
                value[key] = revived(member)
    elif type(value) is list:
        for at, member in enumerate(value):
            if type(member) in _CONTAINERS:
                value[at] = revived(member)
    return value


_CONTAINERS = (dict, list)
_OF_FUNCTION = re.compile(r"(arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:)?[A-Za-z0-9_-]{1,140}(:[$A-Za-z0-9_-]{1,129})?")
"""An ARN or a name, with a version or an alias or none. What is neither stays the object that it is."""


# ---- the JSON form of what JSON does not have -------------------------------------------------------------------------------


def _form(value: Any) -> Any:
    """One level: what is in it may need a form in turn. Raises NotSendable."""
    simple = _FORMS.get(type(value))
    if simple is not None:
        return simple(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if hasattr(value, "__lambent_json__"):
        return value.__lambent_json__()
    if hasattr(value, "model_dump"):  # pydantic's, which is not imported here
        return value.model_dump(mode="json")
    for kind, form in _FORMS_OF_KINDS:
        if isinstance(value, kind):
            return form(value)
    if callable(getattr(value, "tolist", None)):  # numpy's arrays and scalars
        return value.tolist()
    advice = "; define it with @function, and deploy it" if _is_function(value) else ""
    raise NotSendable(f"{_described(value)} has no JSON form{advice}")


def _described(value: Any) -> str:
    if _is_function(value):
        return f"{value.__qualname__}, which is not a deployed function,"
    return f"a value of type {type(value).__module__}.{type(value).__qualname__}".replace("builtins.", "")


def _is_function(value: Any) -> bool:
    return callable(value) and hasattr(value, "__qualname__")


def _ordered(values: Iterable[Any]) -> list[Any]:
    """Sets have no order, and equal calls should have equal payloads."""
    try:
        return sorted(values)
    except TypeError:
        return list(values)


def _base64(value: Any) -> str:
    return base64.b64encode(value).decode()


def _isoformat(value: Any) -> str:
    text: str = value.isoformat()
    return text


_FORMS: dict[type, Callable[[Any], Any]] = {
    datetime.datetime: _isoformat,
    datetime.date: _isoformat,
    datetime.time: _isoformat,
    datetime.timedelta: datetime.timedelta.total_seconds,
    decimal.Decimal: str,
    uuid.UUID: str,
    bytes: _base64,
    bytearray: _base64,
    memoryview: _base64,
    set: _ordered,
    frozenset: _ordered,
}
_FORMS_OF_KINDS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (enum.Enum, lambda value: value.value),
    (pathlib.PurePath, str),
    (datetime.date, _isoformat),
    (decimal.Decimal, str),
    (bytes, _base64),
    (Mapping, dict),
    (Set, _ordered),
    (Iterable, list),
)
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_form)


# ---- keys, and what is wrong with a value -----------------------------------------------------------------------------------

_PLAIN_KEYS = (str, int, float, bool, type(None))


def _key(key: Any) -> Any:
    """Raises NotSendable."""
    if isinstance(key, _PLAIN_KEYS):
        return key
    form = key if isinstance(key, tuple) else _form(key)
    if not isinstance(form, _PLAIN_KEYS):
        raise NotSendable(f"a key is {_described(key)}, and JSON's keys are text")
    return form


def _with_text_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {_key(key): _with_text_keys(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_with_text_keys(member) for member in value]
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Iterator):  # which was gone through when the keys were found to be no text
        raise NotSendable(f"{_described(value)} can be gone through once, which keys that are not text take twice; give a list")
    return _with_text_keys(_form(value))


def _explained(value: Any, where: str = "", above: tuple[int, ...] = ()) -> str:
    """Where in ``value`` something has no JSON form, and what it is; empty where nothing is wrong."""
    if value is None or isinstance(value, str | int):
        return ""
    place = f"at {where}: " if where else ""
    if isinstance(value, float):
        return "" if math.isfinite(value) else f"{place}JSON has no {value}"
    if id(value) in above:
        return f"{place}the value contains itself"
    try:
        members = list(_members(value))
    except NotSendable as error:
        return f"{place}{error}"
    return next((found for step, each in members if (found := _explained(each, where + step, (*above, id(value))))), "")


def _members(value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, member in value.items():
            _key(key)
            yield f"[{key!r}]", member
    elif isinstance(value, list | tuple):
        for at, member in enumerate(value):
            yield f"[{at}]", member
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield f".{field.name}", getattr(value, field.name)
    else:
        yield "", _form(value)
