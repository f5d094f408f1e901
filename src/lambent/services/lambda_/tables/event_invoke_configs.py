"""Event invoke configs: how the events of a function, version or alias are retried, and where records of their ends go."""

from msgspec import Struct

from lambent.core.clock import Instant
from lambent.core.context import Scope
from lambent.services.lambda_.engine.identifiers import FunctionName
from lambent.services.lambda_.tables.functions import signal_changed
from lambent.store.database import Transaction


class EventInvokeConfig(Struct, frozen=True):
    """``qualifier`` is "$LATEST", a version's digits or an alias' name. None: not set. An empty destination: none."""

    scope: Scope
    function_name: str
    qualifier: str
    retries_max: int | None
    age_s_max: int | None
    on_success: str
    on_failure: str
    modified_at: Instant

    @property
    def function(self) -> FunctionName:
        return FunctionName(self.scope, self.function_name, self.qualifier)


_COLUMNS = "account, region, function, qualifier, retries_max, age_s_max, on_success, on_failure, modified_at"
PUT_CONFIG = f"""
INSERT INTO lambda_event_invoke_configs ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (account, region, function, qualifier) DO UPDATE SET retries_max = excluded.retries_max,
    age_s_max = excluded.age_s_max, on_success = excluded.on_success, on_failure = excluded.on_failure,
    modified_at = excluded.modified_at
"""  # noqa: S608 - column names only
FIND_CONFIG = f"""
SELECT {_COLUMNS} FROM lambda_event_invoke_configs WHERE account = ? AND region = ? AND function = ? AND qualifier = ?
"""  # noqa: S608
LIST_CONFIGS = f"""
SELECT {_COLUMNS} FROM lambda_event_invoke_configs WHERE account = ? AND region = ? AND function = ? AND qualifier >= ?
ORDER BY qualifier LIMIT ?
"""  # noqa: S608
DELETE_CONFIG = "DELETE FROM lambda_event_invoke_configs WHERE account = ? AND region = ? AND function = ? AND qualifier = ?"
DELETE_CONFIGS_OF_FUNCTION = "DELETE FROM lambda_event_invoke_configs WHERE account = ? AND region = ? AND function = ?"


def put_config(tx: Transaction, config: EventInvokeConfig) -> None:
    """Inserts the config or replaces it."""
    key = (*_key(config.function), config.qualifier)
    what = (config.retries_max, config.age_s_max, config.on_success, config.on_failure, config.modified_at)
    tx.run(PUT_CONFIG, (*key, *what))
    signal_changed(tx, config.function)


def find_config(tx: Transaction, function: FunctionName, qualifier: str) -> EventInvokeConfig | None:
    return tx.one(FIND_CONFIG, (*_key(function), qualifier), into=_config)


def list_configs(tx: Transaction, function: FunctionName, *, start: str, count_max: int) -> list[EventInvokeConfig]:
    """By qualifier, from the qualifier ``start`` on."""
    return tx.all(LIST_CONFIGS, (*_key(function), start, count_max), into=_config)


def delete_config(tx: Transaction, function: FunctionName, qualifier: str) -> bool:
    """True when there was one."""
    signal_changed(tx, function)
    return tx.run(DELETE_CONFIG, (*_key(function), qualifier)) == 1


def delete_configs_of_function(tx: Transaction, function: FunctionName) -> None:
    tx.run(DELETE_CONFIGS_OF_FUNCTION, _key(function))


def _key(function: FunctionName) -> tuple[str, str, str]:
    return function.scope.account, function.scope.region, function.name


def _config(account: str, region: str, function: str, qualifier: str, *rest: object) -> EventInvokeConfig:
    retries_max, age_s_max, on_success, on_failure, modified_at = rest
    return EventInvokeConfig(
        scope=Scope(account, region),
        function_name=function,
        qualifier=qualifier,
        retries_max=None if retries_max is None else int(str(retries_max)),
        age_s_max=None if age_s_max is None else int(str(age_s_max)),
        on_success=str(on_success),
        on_failure=str(on_failure),
        modified_at=float(str(modified_at)),
    )
