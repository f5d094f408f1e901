"""What a usage plan lets a key do: how often in a period, and which stages and methods it opens.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.core.errors import LambentError
from lambent.services.apigateway import rest_errors as errors
from lambent.services.apigateway.engine.rest import parts
from lambent.services.apigateway.engine.rest.stage_settings import method_key
from lambent.services.apigateway.tables.rest import documents, usage
from lambent.services.apigateway.tables.rest.documents import Document
from lambent.store.database import Transaction

DAYS_TOLD_MAX = 90


class KeyRefused(LambentError):
    """A key that may not be used now. ``kind`` is the type of the gateway response, whatever the kind of the API."""

    kind: str
    status: int
    message: str


class InvalidKey(KeyRefused):
    """There is no key, or it does not open the stage."""

    kind, status, message = "INVALID_API_KEY", 403, "Forbidden"


class KeyThrottled(KeyRefused):
    """The key comes more often than its plan lets it."""

    kind, status, message = "THROTTLED", 429, "Too Many Requests"


class QuotaExceeded(KeyRefused):
    """The key was used as often in this period as its plan lets it."""

    kind, status, message = "QUOTA_EXCEEDED", 429, "Limit Exceeded"


class Limit(Struct, frozen=True):
    """A rate that requests may have."""

    rate_per_s: float
    burst: int


class Pass(Struct, frozen=True):
    """A key that opens a stage, by a plan. ``limits`` are of the whole plan ("") and of the stage's methods ("pets/GET")."""

    scope: Scope
    stage: str  # "abcdef1234/prod"
    key_id: str
    plan_id: str
    value: str
    limits: Mapping[str, Limit]
    quota_limit: int | None = None
    quota_period: str = "DAY"
    quota_offset: int = 0
    customer_id: str = ""
    api_key_name: str = ""


def find(tx: Transaction, scope: Scope, api_id: str, stage: str, value: str) -> Pass | None:
    """What a key, told by its value, opens; None where it does not open this stage."""
    key = next((key for key in parts.of_owner(tx, scope, parts.KEY, "") if key["value"] == value), None)
    if key is None or not key["enabled"]:
        return None
    held = [plan_id for plan_id, held in documents.of_all_owners(tx, scope, parts.PLAN_KEY.name) if held["id"] == key["id"]]
    for plan_id in held:
        plan = parts.find(tx, scope, parts.PLAN, "", plan_id)
        for opened in plan["apiStages"]:
            if (opened["apiId"], opened["stage"]) == (api_id, stage):
                return _pass(scope, key, plan, opened)
    return None


def use(tx: Transaction, found: Pass, now: Instant) -> bool:
    """Counts one request; False, and nothing counted, where the quota is used up."""
    today = _day(now)
    if found.quota_limit is not None:
        begin = period_begin(today, found.quota_period, found.quota_offset)
        used = usage.used(tx, found.scope, found.plan_id, found.key_id, begin.isoformat(), today.isoformat())
        if used >= found.quota_limit:
            return False
    usage.use(tx, found.scope, found.plan_id, found.key_id, today.isoformat())
    return True


def period_begin(today: date, period: str, offset: int) -> date:
    """The first day of the quota's period: a week begins on Sunday, and ``offset`` days later where that is set."""
    if period == "DAY":
        return today
    if period == "WEEK":
        return today - timedelta(days=(today.isoweekday() % 7 - offset) % 7)
    begin = today.replace(day=1) + timedelta(days=offset)
    return begin if begin <= today else (today.replace(day=1) - timedelta(days=1)).replace(day=1) + timedelta(days=offset)


def report(
    tx: Transaction, scope: Scope, plan_id: str, *, key_id: str, first_day: str, last_day: str
) -> dict[str, list[list[int]]]:
    """By key, for each day how often it was used, and may still be. Raises BadRequestException, NotFoundException."""
    plan = parts.find(tx, scope, parts.PLAN, "", plan_id)
    days = _days(first_day, last_day)
    held = [key["id"] for key in parts.of_owner(tx, scope, parts.PLAN_KEY, plan_id)]
    counted = {(key, day): count for key, day, count in usage.of_plan(tx, scope, plan_id, _far(days[0]), last_day)}
    keys = [key for key in held if key_id in ("", key) and any(key == used for used, _ in counted)]
    return {key: [_told(plan.get("quota"), counted, key, day) for day in days] for key in keys}


def extend(
    tx: Transaction, scope: Scope, plan_id: str, key_id: str, operations: Iterable[Mapping[str, Any]], now: Instant
) -> None:
    """Sets how many requests a key has left in the running period: "/remaining"."""
    plan = parts.find(tx, scope, parts.PLAN, "", plan_id)
    parts.find(tx, scope, parts.PLAN_KEY, plan_id, key_id)
    for operation in operations:
        if operation.get("path") != "/remaining" or operation.get("op") != "replace":
            raise errors.PatchPathUnknown(path=operation.get("path"), operation=operation.get("op"), paths="/remaining")
        remaining = str(operation.get("value") or "")
        if not remaining.isdecimal() or "quota" not in plan:
            raise errors.BadRequest(reason="Invalid remaining quota specified")
        quota, today = plan["quota"], _day(now)
        begin = period_begin(today, quota["period"], quota["offset"]).isoformat()
        used = usage.used(tx, scope, plan_id, key_id, begin, today.isoformat())
        today_count = usage.used(tx, scope, plan_id, key_id, today.isoformat(), today.isoformat())
        usage.set_day(tx, scope, plan_id, key_id, today.isoformat(), quota["limit"] - int(remaining) - used + today_count)


def _told(quota: Mapping[str, Any] | None, counted: Mapping[tuple[str, str], int], key: str, day: date) -> list[int]:
    used = counted.get((key, day.isoformat()), 0)
    if quota is None:
        return [used, 0]
    begin = period_begin(day, quota["period"], quota["offset"]).isoformat()
    so_far = sum(count for (id_, at), count in counted.items() if id_ == key and begin <= at <= day.isoformat())
    return [used, max(quota["limit"] - so_far, 0)]


def _days(first_day: str, last_day: str) -> Sequence[date]:
    try:
        first, last = date.fromisoformat(first_day), date.fromisoformat(last_day)
    except ValueError as error:
        raise errors.BadRequest(reason="Usage start and end dates must have the format yyyy-mm-dd") from error
    if not 0 <= (last - first).days < DAYS_TOLD_MAX:
        raise errors.BadRequest(reason=f"Usage start date must be before the end date, by at most {DAYS_TOLD_MAX} days")
    return [first + timedelta(days=count) for count in range((last - first).days + 1)]


def _far(day: date) -> str:
    """Early enough to have the whole of the period in which a day is."""
    return (day - timedelta(days=62)).isoformat()


def day_of(now: Instant) -> str:
    """As usage is told by days."""
    return _day(now).isoformat()


def _day(now: Instant) -> date:
    return datetime.fromtimestamp(now, UTC).date()


def _pass(scope: Scope, key: Document, plan: Document, opened: Mapping[str, Any]) -> Pass:
    limits = {
        "": plan.get("throttle"),
        **{method_key(*_split(name)): limit for name, limit in opened.get("throttle", {}).items()},
    }
    quota = plan.get("quota") or {}
    return Pass(
        scope,
        f"{opened['apiId']}/{opened['stage']}",
        key["id"],
        plan["id"],
        key["value"],
        {name: _limit(limit) for name, limit in limits.items() if limit},
        quota.get("limit"),
        quota.get("period", "DAY"),
        quota.get("offset", 0),
        key.get("customerId", ""),
        key.get("name", ""),
    )


def _split(name: str) -> tuple[str, str]:
    path, _, verb = name.rpartition("/")
    return path, verb


def _limit(limit: Mapping[str, Any]) -> Limit:
    return Limit(limit.get("rateLimit", 0.0), limit.get("burstLimit", 0))
