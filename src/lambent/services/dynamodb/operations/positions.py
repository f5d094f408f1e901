"""NextToken of a SELECT: where the next page begins, and of which statement."""

import hashlib
from typing import Any

import msgspec

from lambent.core import page_tokens
from lambent.core.ports import Parameters
from lambent.services.dynamodb import errors
from lambent.services.dynamodb.engine import values
from lambent.services.dynamodb.engine.statements import Position
from lambent.services.dynamodb.engine.table import Index, Table
from lambent.services.dynamodb.operations.queries import start_key
from lambent.services.dynamodb.partiql import errors as refused

_LIKE: list[Any] = ["", 0, ""]
"""A digest of the statement, the number of a range, and a key as JSON or nothing."""


def token_of(position: Position, parameters: Parameters) -> str:
    key = values.encoded(position.key).decode() if position.key is not None else ""
    return page_tokens.token_of([_digest(parameters), position.range, key])


def position_of(table: Table, index: Index | None, parameters: Parameters) -> Position:
    """Where a page begins. Raises errors.InvalidNextToken, NextTokenOfAnother."""
    token = parameters.get("NextToken")
    if token is None:
        return Position()
    try:
        digest, number, key = page_tokens.key_of(token, _LIKE)
    except page_tokens.BadPageToken as error:
        raise refused.InvalidNextToken from error
    if digest != _digest(parameters):
        raise refused.NextTokenOfAnother
    if number < 0:
        raise refused.InvalidNextToken
    if not key:
        return Position(number)
    try:
        start = start_key(table, index, {"ExclusiveStartKey": values.decoded(key.encode())})
    except (msgspec.DecodeError, ValueError, errors.ValidationFailed) as error:
        raise refused.InvalidNextToken from error
    return Position(number, start)


def _digest(parameters: Parameters) -> str:
    asked = [parameters["Statement"], parameters.get("Parameters")]
    return hashlib.sha256(msgspec.json.encode(asked, order="deterministic")).hexdigest()[:16]
