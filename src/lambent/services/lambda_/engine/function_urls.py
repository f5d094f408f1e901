"""Function URLs: made, found, changed, deleted, listed; and what a visitor of one must be allowed.

https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
"""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from lambent.core import ids
from lambent.core.clock import Instant
from lambent.services.lambda_ import errors
from lambent.services.lambda_.engine.identifiers import FunctionName
from lambent.services.lambda_.tables import aliases, function_urls, functions
from lambent.services.lambda_.tables.function_urls import UrlRow
from lambent.store.database import Transaction

URL_ID_CHARS = 32
NONE, AWS_IAM = "NONE", "AWS_IAM"
BUFFERED, RESPONSE_STREAM = "BUFFERED", "RESPONSE_STREAM"

_QUALIFIER = re.compile(r"(?!\d+$)[0-9a-zA-Z_-]+")
_QUALIFIER_TEXT = r"((?!^\d+$)^[0-9a-zA-Z-_]+$)"  # as AWS' message has it


class Asked(Struct, frozen=True):
    """What is to be set; None leaves what there is. ``cors`` {} takes it away."""

    auth_type: str | None = None
    invoke_mode: str | None = None
    cors: Mapping[str, Any] | None = None


def checked(function: FunctionName) -> FunctionName:
    """Raises ValidationException for a version: only functions and aliases have URLs."""
    qualifier = function.qualifier
    if qualifier is not None and not _QUALIFIER.fullmatch(qualifier):
        must = f"satisfy regular expression pattern: {_QUALIFIER_TEXT}"
        raise errors.ValidationException(value=qualifier, member="qualifier", must=must)
    return function


def create(tx: Transaction, function: FunctionName, asked: Asked, now: Instant) -> UrlRow:
    """Raises UrlFunctionMissing and UrlExists."""
    if functions.find_function(tx, function) is None:
        raise errors.UrlFunctionMissing()
    existing = function_urls.find_url(tx, function)
    if existing is not None:
        raise errors.UrlExists(arn=existing.function.invoked_arn)
    _check_alias(tx, function)
    row = UrlRow(
        scope=function.scope,
        function_name=function.name,
        alias=function.qualifier or "",
        id=ids.lower_and_digits(URL_ID_CHARS),
        auth_type=asked.auth_type or NONE,
        invoke_mode=asked.invoke_mode or BUFFERED,
        cors=asked.cors or None,
        created_at=now,
        modified_at=now,
    )
    function_urls.put_url(tx, row)
    return row


def find(tx: Transaction, function: FunctionName) -> UrlRow:
    """Raises NoSuchResource."""
    row = function_urls.find_url(tx, function)
    if row is None:
        raise errors.NoSuchResource()
    return row


def update(tx: Transaction, function: FunctionName, asked: Asked, now: Instant) -> UrlRow:
    """Changes what is given. Raises UrlFunctionMissing and NoSuchResource."""
    if functions.find_function(tx, function) is None:
        raise errors.UrlFunctionMissing()
    _check_alias(tx, function)
    before = find(tx, function)
    row = replace(
        before,
        auth_type=asked.auth_type or before.auth_type,
        invoke_mode=asked.invoke_mode or before.invoke_mode,
        cors=before.cors if asked.cors is None else asked.cors or None,
        modified_at=now,
    )
    function_urls.put_url(tx, row)
    return row


def delete(tx: Transaction, function: FunctionName) -> None:
    """Raises NoSuchResource."""
    find(tx, function)
    function_urls.delete_url(tx, function)


def list_urls(tx: Transaction, function: FunctionName, *, start: str, count_max: int) -> list[UrlRow]:
    """Raises UrlFunctionMissing."""
    if functions.find_function(tx, function) is None:
        raise errors.UrlFunctionMissing()
    return function_urls.list_urls(tx, function, start=start, count_max=count_max)


def needs(auth_type: str) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """The actions that a visitor must be allowed, both of them, with the context keys that each has.

    https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html: the second since October 2025.
    """
    return (
        ("lambda:InvokeFunctionUrl", {"lambda:FunctionUrlAuthType": auth_type}),
        ("lambda:InvokeFunction", {"lambda:InvokedViaFunctionUrl": "true", "lambda:FunctionUrlAuthType": auth_type}),
    )


def _check_alias(tx: Transaction, function: FunctionName) -> None:
    if function.qualifier is not None and aliases.find_alias(tx, function, function.qualifier) is None:
        raise errors.UrlFunctionMissing()
