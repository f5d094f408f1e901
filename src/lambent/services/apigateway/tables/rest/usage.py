"""Rows of apigateway_rest_usage: how often a key was used under a plan on a day."""

from lambent.core.context import Scope
from lambent.store.database import Transaction

USE = """
INSERT INTO apigateway_rest_usage (account, region, plan_id, key_id, day, used) VALUES (?, ?, ?, ?, ?, 1)
ON CONFLICT (account, region, plan_id, key_id, day) DO UPDATE SET used = used + 1
"""
SUM = """
SELECT COALESCE(SUM(used), 0) FROM apigateway_rest_usage
WHERE account = ? AND region = ? AND plan_id = ? AND key_id = ? AND day >= ? AND day <= ?
"""
SET_DAY = """
INSERT INTO apigateway_rest_usage (account, region, plan_id, key_id, day, used) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (account, region, plan_id, key_id, day) DO UPDATE SET used = excluded.used
"""
LIST = """
SELECT key_id, day, used FROM apigateway_rest_usage
WHERE account = ? AND region = ? AND plan_id = ? AND day >= ? AND day <= ? ORDER BY key_id, day
"""
DELETE_OF_PLAN = "DELETE FROM apigateway_rest_usage WHERE account = ? AND region = ? AND plan_id = ?"


def use(tx: Transaction, scope: Scope, plan_id: str, key_id: str, day: str) -> None:
    tx.run(USE, (scope.account, scope.region, plan_id, key_id, day))


def used(tx: Transaction, scope: Scope, plan_id: str, key_id: str, first_day: str, last_day: str) -> int:
    return tx.one(SUM, (scope.account, scope.region, plan_id, key_id, first_day, last_day), into=int) or 0


def set_day(tx: Transaction, scope: Scope, plan_id: str, key_id: str, day: str, count: int) -> None:
    tx.run(SET_DAY, (scope.account, scope.region, plan_id, key_id, day, count))


def of_plan(tx: Transaction, scope: Scope, plan_id: str, first_day: str, last_day: str) -> list[tuple[str, str, int]]:
    """Key, day and count; days without a use are left out."""
    return tx.all(LIST, (scope.account, scope.region, plan_id, first_day, last_day), into=_row)


def delete_of_plan(tx: Transaction, scope: Scope, plan_id: str) -> None:
    tx.run(DELETE_OF_PLAN, (scope.account, scope.region, plan_id))


def _row(key_id: str, day: str, count: int) -> tuple[str, str, int]:
    return key_id, day, count
