"""What all operations of logs share."""

from lambent.core.clock import Clock
from lambent.core.context import Context, Scope
from lambent.core.ports import Parameters
from lambent.durable.signals import Signals
from lambent.services.logs import errors
from lambent.services.logs.appender import Appender
from lambent.services.logs.engine import groups
from lambent.store.database import Database


class Base:
    """Keeps what the operations work with."""

    store: Database
    clock: Clock
    signals: Signals
    appender: Appender
    is_ending: bool  # the platform stops

    def now_ms(self) -> int:
        return int(self.clock.now() * 1000)


def scope_of(context: Context) -> Scope:
    return Scope(context.account, context.region)


def group_name_of(context: Context, parameters: Parameters) -> str:
    """The group of a request that may name it or identify it, one of the two."""
    name, identifier = parameters.get("logGroupName"), parameters.get("logGroupIdentifier")
    if name is not None and identifier is not None:
        raise errors.GroupNamedTwice()
    if name is None and identifier is None:
        raise errors.NoGroupNamed()
    return groups.of_identifier(str(name if name is not None else identifier), scope_of(context))
