"""Lambda authorizers: what identifies a visitor, and what the function's answer means.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from lambent.core.errors import LambentError
from lambent.lang.iam_policy import InvalidPolicy, Kind, Policy, Principal, Request, Source, evaluate, parse
from lambent.services.apigateway.engine.http.exchange import Authorized, Exchange
from lambent.services.apigateway.engine.http.expressions import Expression, compile_value
from lambent.services.apigateway.engine.records import Authorizer

ACTION = "execute-api:Invoke"
ANSWER_BYTES_MAX = 8_192
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""


class BadAnswer(LambentError):
    """An authorizer's function returned what is no answer."""


class Answer(Struct, frozen=True):
    """``policy`` decides route by route; where there is none, ``is_authorized`` decides for all."""

    authorized: Authorized
    is_authorized: bool = False
    policy: Policy | None = None


class Identification:
    """The identity sources of an authorizer, compiled."""

    __slots__ = ("_sources",)

    def __init__(self, authorizer: Authorizer) -> None:
        """Raises BadExpression."""
        self._sources: tuple[Expression, ...] = tuple(compile_value(source) for source in authorizer.identity_sources)

    def of(self, exchange: Exchange) -> tuple[str, ...] | None:
        """What a visitor is known by; None where a part of it is missing."""
        found = []
        for source in self._sources:
            value = source(exchange, None)
            if not value:
                return None
            found.append(value)
        return tuple(found)


def read_answer(payload: bytes, *, is_simple: bool) -> Answer:
    """What a function answered. Raises BadAnswer."""
    if len(payload) > ANSWER_BYTES_MAX:
        raise BadAnswer(f"it has more than {ANSWER_BYTES_MAX} bytes")
    try:
        returned = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadAnswer("no JSON") from error
    if not isinstance(returned, dict):
        raise BadAnswer("no object")
    context = returned.get("context")
    if context is not None and not isinstance(context, dict):
        raise BadAnswer("context")
    if is_simple:
        is_authorized = returned.get("isAuthorized")
        if not isinstance(is_authorized, bool):
            raise BadAnswer("isAuthorized")
        return Answer(Authorized(context=context or {}), is_authorized)
    principal_id = returned.get("principalId")
    if not isinstance(principal_id, str):
        raise BadAnswer("principalId")
    return Answer(Authorized(context=context or {}, principal_id=principal_id), policy=_policy(returned.get("policyDocument")))


def allows(answer: Answer, route_arn: str, keys: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether the visitor may take the route. ``keys``: the values of context keys."""
    if answer.policy is None:
        return answer.is_authorized
    source = Source(Kind.IDENTITY, "authorizer", answer.policy)
    return evaluate(Request(Principal(), ACTION, route_arn, context=keys), (source,)).is_allowed


def _policy(document: Any) -> Policy:
    if not isinstance(document, dict):
        raise BadAnswer("policyDocument")
    try:
        return parse(msgspec.json.encode(document).decode())
    except InvalidPolicy as error:
        raise BadAnswer("policyDocument") from error
