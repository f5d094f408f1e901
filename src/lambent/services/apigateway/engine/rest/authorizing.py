"""Lambda authorizers of REST APIs: what identifies a visitor, what the function is told, and what its answer means.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
"""

from collections.abc import Mapping
from typing import Any

import msgspec
import re2
from msgspec import Struct

from lambent.core.clock import Instant
from lambent.lang.iam_policy import Decision, InvalidPolicy, Kind, Policy, Principal, Request, Source, evaluate, parse
from lambent.services.apigateway.engine.http.authorizers import ACTION, ANSWER_BYTES_MAX

ANSWERS_KEPT_MAX = 10_000
TOKEN = "TOKEN"  # noqa: S105 - a kind of authorizer


class Answer(Struct, frozen=True):
    """``context`` is what ``$context.authorizer`` names, the principal's id among it."""

    policy: Policy
    context: Mapping[str, Any]
    usage_key: str = ""
    policy_text: str = ""


class BadAnswer(Exception):
    """An authorizer's function returned what is no answer."""


class AuthorizerPlan:
    """One authorizer, and what it answered lately."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.id: str = given["id"]
        self.kind: str = given["type"]
        self.uri: str = given.get("authorizerUri", "")
        self.credentials: str = given.get("authorizerCredentials", "")
        self.sources: tuple[str, ...] = tuple(filter(None, map(str.strip, given.get("identitySource", "").split(","))))
        self.validation: str = given.get("identityValidationExpression", "")
        self.ttl_s: int = given.get("authorizerResultTtlInSeconds", 0)
        self._answers: dict[tuple[str, ...], tuple[Instant, Answer]] = {}

    def is_valid(self, token: str) -> bool:
        """Whether a token looks like one at all."""
        try:
            return not self.validation or re2.fullmatch(self.validation, token) is not None
        except re2.error:
            return False

    def kept(self, identity: tuple[str, ...], now: Instant) -> Answer | None:
        found = self._answers.get(identity)
        return found[1] if found is not None and now < found[0] else None

    def keep(self, identity: tuple[str, ...], answer: Answer, now: Instant) -> None:
        if self.ttl_s and identity:
            if len(self._answers) >= ANSWERS_KEPT_MAX:
                self._answers.clear()
            self._answers[identity] = now + self.ttl_s, answer


def read_answer(payload: bytes) -> Answer:
    """Raises BadAnswer."""
    if len(payload) > ANSWER_BYTES_MAX:
        raise BadAnswer(f"it has more than {ANSWER_BYTES_MAX} bytes")
    try:
        returned = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadAnswer("no JSON") from error
    if not isinstance(returned, dict) or not isinstance(returned.get("principalId"), str | int):
        raise BadAnswer("principalId")
    context = returned.get("context") or {}
    if not isinstance(context, dict) or any(isinstance(value, dict | list) for value in context.values()):
        raise BadAnswer("context")
    document = returned.get("policyDocument")
    if not isinstance(document, dict):
        raise BadAnswer("policyDocument")
    text = msgspec.json.encode(document).decode()
    try:
        policy = parse(text)
    except InvalidPolicy as error:
        raise BadAnswer("policyDocument") from error
    told = {name: _text(value) for name, value in context.items() if value is not None}
    return Answer(
        policy, {"principalId": str(returned["principalId"]), **told}, str(returned.get("usageIdentifierKey") or ""), text
    )


def decision(policy: Policy, arn: str, keys: Mapping[str, tuple[str, ...]]) -> Decision:
    """What an authorizer's policy says of a method."""
    source = Source(Kind.IDENTITY, "authorizer", policy)
    return evaluate(Request(Principal(), ACTION, arn, context=keys), (source,)).decision


def _text(value: Any) -> str:
    """Functions behind the API are told text, whatever the authorizer said."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
