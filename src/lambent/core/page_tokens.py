"""What a client brings back to have the next page of a list: the key of a row, as text that it need not understand."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import TypeVar, cast

from lambent.core.errors import LambentError

INTEGER_MAX = 2**63 - 1
"""The largest that a table holds."""

T = TypeVar("T")


class BadPageToken(LambentError):
    """The text is no token of a list with such keys."""


def token_of(key: str | int | Sequence[str | int]) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def key_of(token: str, like: T) -> T:
    """The key that a token was made of. Anybody may write one, so it is held against a key of the list: ``like``.

    Raises BadPageToken.
    """
    try:
        key = json.loads(base64.urlsafe_b64decode(token))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise BadPageToken("no key is in it") from error
    if not _is_alike(key, like):
        raise BadPageToken("no row can have its key")
    return cast(T, key)


def _is_alike(key: object, like: object) -> bool:
    if isinstance(key, list) and isinstance(like, list):
        return len(key) == len(like) and all(map(_is_alike, key, like))
    if type(key) is not type(like):
        return False
    if isinstance(key, str):
        return not any("\ud800" <= character <= "\udfff" for character in key)  # halves of characters, which no table takes
    return not (isinstance(key, int) and abs(key) > INTEGER_MAX)
