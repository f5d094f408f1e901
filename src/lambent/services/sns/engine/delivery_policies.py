"""Delivery policies: how often, and after what delays, a message is posted to an HTTP endpoint again.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
"""

import json
from collections.abc import Mapping
from typing import Any

from lambent.services.sns import errors

RETRIES_MAX = 100
DELAY_S_MAX = 3_600
POLICY_S_MAX = 3_600  # how long all retries together may take
CONTENT_TYPE_DEFAULT = "text/plain; charset=UTF-8"

Json = dict[str, Any]

RETRY_POLICY_DEFAULT: Mapping[str, Any] = {
    "minDelayTarget": 20,
    "maxDelayTarget": 20,
    "numRetries": 3,
    "numMaxDelayRetries": 0,
    "numNoDelayRetries": 0,
    "numMinDelayRetries": 0,
    "backoffFunction": "linear",
}
_BACKOFFS = ("linear", "arithmetic", "geometric", "exponential")
_TOPIC_MEMBERS = ("defaultHealthyRetryPolicy", "disableSubscriptionOverrides", "defaultThrottlePolicy", "defaultRequestPolicy")
_SUBSCRIPTION_MEMBERS = ("healthyRetryPolicy", "sicklyRetryPolicy", "throttlePolicy", "requestPolicy", "guaranteed")


def of_topic(text: str, where: str) -> str:
    """The DeliveryPolicy of a topic as it is kept and told; empty where there is none. ``where`` begins the errors' reason."""
    http = _members(_parsed(text, where), ("http",), where).get("http")
    if not http:
        return ""
    given = _members(http, (*_TOPIC_MEMBERS, "defaultSicklyRetryPolicy"), where)
    kept = {"disableSubscriptionOverrides": False} | {name: value for name, value in given.items() if value is not None}
    if "defaultHealthyRetryPolicy" in kept:
        _check_retries(kept["defaultHealthyRetryPolicy"], where)
    _check_request_policy(kept.get("defaultRequestPolicy"), where)
    return json.dumps({"http": {name: kept[name] for name in _TOPIC_MEMBERS if name in kept}}, separators=(",", ":"))


def of_subscription(text: str, where: str) -> str:
    """The DeliveryPolicy of a subscription as it is kept and told; empty where there is none."""
    given = _members(_parsed(text, where), _SUBSCRIPTION_MEMBERS, where)
    if not given:
        return ""
    kept: Json = dict.fromkeys(_SUBSCRIPTION_MEMBERS) | given | {"guaranteed": bool(given.get("guaranteed"))}
    if kept["healthyRetryPolicy"] is not None:
        _check_retries(kept["healthyRetryPolicy"], where)
        kept["healthyRetryPolicy"] = {**RETRY_POLICY_DEFAULT, **kept["healthyRetryPolicy"]}
    _check_request_policy(kept["requestPolicy"], where)
    return json.dumps(kept, separators=(",", ":"))


def effective_of_topic(kept: str) -> Json:
    """What holds for a topic's HTTP subscriptions that say nothing themselves."""
    http = json.loads(kept)["http"] if kept else {}
    effective = {
        "defaultHealthyRetryPolicy": {**RETRY_POLICY_DEFAULT, **http.get("defaultHealthyRetryPolicy", {})},
        "disableSubscriptionOverrides": http.get("disableSubscriptionOverrides", False),
        "defaultThrottlePolicy": http.get("defaultThrottlePolicy"),
        "defaultRequestPolicy": http.get("defaultRequestPolicy", {"headerContentType": CONTENT_TYPE_DEFAULT}),
    }
    return {"http": {name: value for name, value in effective.items() if value is not None}}


def effective_of_subscription(kept: str, topic_kept: str) -> Json:
    """What holds for one HTTP subscription."""
    topic = effective_of_topic(topic_kept)["http"]
    own: Json = {} if not kept or topic["disableSubscriptionOverrides"] else json.loads(kept)
    return {
        "healthyRetryPolicy": own.get("healthyRetryPolicy") or topic["defaultHealthyRetryPolicy"],
        "sicklyRetryPolicy": None,
        "throttlePolicy": own.get("throttlePolicy") or topic.get("defaultThrottlePolicy"),
        "requestPolicy": own.get("requestPolicy") or topic["defaultRequestPolicy"],
        "guaranteed": own.get("guaranteed", False),
    }


def content_type(effective: Json) -> str:
    return str(effective["requestPolicy"].get("headerContentType") or CONTENT_TYPE_DEFAULT)


def delays_s(effective: Json) -> tuple[float, ...]:
    """The delay before each retry: none at first, then the smallest, then growing, then the largest."""
    policy: Json = effective["healthyRetryPolicy"]
    smallest, largest = float(policy["minDelayTarget"]), float(policy["maxDelayTarget"])
    none, few, many = int(policy["numNoDelayRetries"]), int(policy["numMinDelayRetries"]), int(policy["numMaxDelayRetries"])
    growing = int(policy["numRetries"]) - none - few - many
    backoff = [_backoff(policy["backoffFunction"], smallest, largest, step, growing) for step in range(growing)]
    return (0.0,) * none + (smallest,) * few + tuple(backoff) + (largest,) * many


def _backoff(function: str, smallest: float, largest: float, step: int, steps: int) -> float:
    """The delay of one step of the back-off, from the smallest at the first to the largest at the last."""
    if steps == 1:
        return smallest
    way = step / (steps - 1)
    if function == "geometric":
        return smallest * float((largest / smallest) ** way)
    if function == "arithmetic":
        way = way * (step + 1) / steps
    elif function == "exponential":
        way = (2.0**step - 1) / (2.0 ** (steps - 1) - 1)
    return smallest + (largest - smallest) * way


# ---- checks ----------------------------------------------------------------------------------------------------------


def _parsed(text: str, where: str) -> Json:
    if not text:
        return {}
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise errors.InvalidParameter(reason=f"{where}DeliveryPolicy: failed to parse JSON. {error}") from None
    if not isinstance(document, dict):
        raise errors.InvalidParameter(reason=f"{where}DeliveryPolicy: must be a JSON object")
    return document


def _members(document: object, allowed: tuple[str, ...], where: str) -> Json:
    if not isinstance(document, dict):
        raise errors.InvalidParameter(reason=f"{where}DeliveryPolicy: must be a JSON object")
    for name in document:
        if name not in allowed:
            raise errors.InvalidParameter(reason=f"{where}DeliveryPolicy: Unexpected JSON member: {name}")
    return document


def _check_retries(given: object, where: str) -> None:
    policy = {**RETRY_POLICY_DEFAULT, **_members(given, tuple(RETRY_POLICY_DEFAULT), where)}

    def refuse(reason: str) -> None:
        raise errors.InvalidParameter(reason=f"{where}DeliveryPolicy: healthyRetryPolicy.{reason}")

    counts = {name: value for name, value in policy.items() if name != "backoffFunction"}
    for name, value in counts.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            refuse(f"{name} must be an integer of zero or more")
    if policy["backoffFunction"] not in _BACKOFFS:
        refuse(f"backoffFunction must be one of {', '.join(_BACKOFFS)}")
    if policy["numRetries"] > RETRIES_MAX:
        refuse(f"numRetries must be less than or equal to {RETRIES_MAX}")
    if not 1 <= policy["minDelayTarget"] <= policy["maxDelayTarget"] <= DELAY_S_MAX:
        refuse(f"minDelayTarget must be between 1 and maxDelayTarget, which must be less than or equal to {DELAY_S_MAX}")
    if policy["numNoDelayRetries"] + policy["numMinDelayRetries"] + policy["numMaxDelayRetries"] > policy["numRetries"]:
        refuse("numRetries must be at least the sum of numNoDelayRetries, numMinDelayRetries and numMaxDelayRetries")
    if sum(delays_s({"healthyRetryPolicy": policy})) > POLICY_S_MAX:
        refuse(f"numRetries: all retries together may take {POLICY_S_MAX} seconds")


def _check_request_policy(policy: object, where: str) -> None:
    if policy is not None and not isinstance(_members(policy, ("headerContentType",), where).get("headerContentType", ""), str):
        raise errors.InvalidParameter(reason=f"{where}DeliveryPolicy: requestPolicy.headerContentType must be a string")
