"""Remembers what names mean, so that a warm invocation reads no row. A commit that changes a function forgets it."""

from collections import defaultdict
from collections.abc import Mapping

from msgspec import Struct

from lambent.core.context import Scope
from lambent.core.ports import EnvironmentSpec
from lambent.services.lambda_.engine import targets
from lambent.services.lambda_.engine.identifiers import FunctionName, parse_function
from lambent.services.lambda_.engine.retries import Rules
from lambent.services.lambda_.engine.settings import Durable
from lambent.services.lambda_.operations.archives import Archives
from lambent.services.lambda_.operations.specs import environment_spec, provisioned_spec
from lambent.services.lambda_.tables.functions import changed_topic
from lambent.store.database import Database

Name = tuple[str, str, str, str | None]
"""Account and region of the caller, FunctionName and Qualifier as they came."""

NAMES_MAX = 100_000

TOPIC_PREFIX = changed_topic(Scope("", ""), "").rstrip("/") + "/"
"""Begins the topics by which a function's commits say that it has changed."""


class Resolved(Struct, frozen=True):
    """``other`` gets ``other_weight`` of the invocations (0 to 1) and ``first`` the rest.

    ``rules`` are those of events; ``dead_letter_arns`` are by version ("$LATEST" or digits), of those that have one.
    ``durable`` is the first version's: a function is created durable or never is.
    """

    function: FunctionName
    invoked_arn: str
    first: EnvironmentSpec
    other: EnvironmentSpec | None
    other_weight: float
    reserved_concurrency: int | None
    unreserved_concurrency: int
    rules: Rules
    dead_letter_arns: Mapping[str, str]
    durable: Durable | None = None


class Targets:
    """``known`` is all that the hot path needs; ``find`` reads what is not known."""

    def __init__(self, *, store: Database, archives: Archives) -> None:
        self._store = store
        self._archives = archives
        self.known: dict[Name, Resolved] = {}
        self._names: defaultdict[tuple[str, str, str], set[Name]] = defaultdict(set)
        self._changes = 0
        store.on_signal(self._hear)

    async def find(self, name: Name) -> Resolved:
        """Raises what is wrong with the name, FunctionNotFound, or FunctionNotReady."""
        resolved = self.known.get(name)
        if resolved is not None:
            return resolved
        account, region, text, qualifier = name
        function = parse_function(text, qualifier, Scope(account, region))
        changes = self._changes
        target = await self._store.read(targets.find, function)
        resolved = self._resolved(target)
        # What was read while something changed may be out of date already: use it once and do not keep it.
        if changes == self._changes:
            if len(self.known) >= NAMES_MAX:
                self.forget_account(None)
            self.known[name] = resolved
            self._names[function.scope.account, function.scope.region, function.name].add(name)
        return resolved

    def forget_account(self, account: str | None) -> None:
        """Forgets the functions of an account, or all."""
        self._changes += 1
        for owner in [owner for owner in self._names if account in (None, owner[0])]:
            self._forget(owner)

    def _hear(self, topic: str) -> None:
        if not topic.startswith(TOPIC_PREFIX):
            return
        self._changes += 1
        account, region, name = topic.removeprefix(TOPIC_PREFIX).split("/")
        if name == "*":
            for owner in [owner for owner in self._names if owner[:2] == (account, region)]:
                self._forget(owner)
        else:
            self._forget((account, region, name))

    def _forget(self, owner: tuple[str, str, str]) -> None:
        for name in self._names.pop(owner, ()):
            del self.known[name]

    def _resolved(self, target: targets.Target) -> Resolved:
        archive = self._archives.archive
        qualifier = target.function.qualifier
        first = environment_spec(target.first, archive)
        if target.is_provisioned and qualifier is not None:
            first = provisioned_spec(target.first, qualifier, archive)
        return Resolved(
            function=target.function,
            invoked_arn=target.function.invoked_arn,
            first=first,
            other=environment_spec(target.other, archive) if target.other is not None else None,
            other_weight=target.other_weight,
            reserved_concurrency=target.reserved_concurrency,
            unreserved_concurrency=target.unreserved_concurrency,
            rules=target.rules,
            dead_letter_arns={
                version.label: version.settings.dead_letter_arn
                for version in (target.first, target.other)
                if version is not None and version.settings.dead_letter_arn
            },
            durable=target.first.settings.durable,
        )
