"""The Extensions API of one environment: who has registered, who waits for which event, who has failed.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html. An external extension is a program of its
own, started before the runtime; an internal one lives in the runtime's process.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from msgspec import Struct

from lambent.core import ids
from lambent.environments.http_exchanges import Exchange
from lambent.environments.runtime_api import ACCEPTED, error, not_found

PREFIX = "/2020-01-01/extension/"
EXTENSIONS_MAX = 10

_EVENTS = ("INVOKE", "SHUTDOWN")
_IDENTIFIER = "lambda-extension-identifier"


class FunctionFacts(Struct, frozen=True):
    """What an extension is told when it registers."""

    name: str
    version: str
    handler: str
    account: str


@dataclass(slots=True, eq=False)
class Extension:
    name: str
    is_external: bool
    identifier: str = field(default_factory=ids.uuid4)
    state: str = "Started"  # as AWS' errors name it: then Registered, Ready, Running, InitError, ExitError, Exited
    events: tuple[str, ...] = ()
    waiting: Exchange | None = None
    event: bytes = b""  # that it has not asked for yet

    @property
    def is_waiting(self) -> bool:
        return self.state == "Ready" and self.waiting is not None

    def give(self, event: bytes) -> None:
        self.event = event
        self.hand_over()

    def hand_over(self) -> None:
        if self.event and self.waiting is not None and self.waiting.is_open:
            exchange, event = self.waiting, self.event
            self.waiting, self.event, self.state = None, b"", "Running"
            exchange.answer(200, event, headers=f"Lambda-Extension-Event-Identifier: {ids.uuid4()}\r\n".encode())


class Extensions:
    """Those of one environment.

    ``has_changed`` is called when one has registered or come to wait, ``fail`` with the type and text of a failure.
    """

    def __init__(self, facts: FunctionFacts, *, has_changed: Callable[[], None], fail: Callable[[str, str], None]) -> None:
        self.all: dict[str, Extension] = {}  # by name
        self.is_closed = False  # for registrations: INIT is over
        self._facts = facts
        self._has_changed = has_changed
        self._fail = fail

    def expect(self, names: Iterable[str]) -> None:
        """These programs are about to start."""
        for name in names:
            self.all[name] = Extension(name, is_external=True)

    @property
    def external(self) -> list[Extension]:
        return [extension for extension in self.all.values() if extension.is_external]

    def have_registered(self) -> bool:
        return all(extension.state != "Started" for extension in self.external)

    def are_ready(self) -> bool:
        return all(extension.state == "Ready" for extension in self.all.values())

    def are_done(self) -> bool:
        """Whether all that were told of the event wait for the next."""
        return all(extension.is_waiting for extension in self.all.values() if "INVOKE" in extension.events)

    def wait_for_events(self) -> bool:
        return any("INVOKE" in extension.events for extension in self.all.values())

    def tell(self, kind: str, event: dict[str, object]) -> None:
        """INVOKE or SHUTDOWN, to those that asked for it. An internal one ends with its runtime and is not told."""
        body = json.dumps({"eventType": kind, **event}, separators=(",", ":")).encode()
        for extension in self.all.values():
            if kind in extension.events and extension.state in ("Ready", "Running", "Registered"):
                extension.give(body)

    def ended(self, name: str) -> None:
        self.all[name].state = "Exited"
        self.all[name].waiting = None

    # ---- what extensions call ----------------------------------------------------------------------------------------

    def received(self, exchange: Exchange) -> None:
        match (exchange.method, exchange.path.removeprefix(PREFIX)):
            case ("POST", "register"):
                self._register(exchange)
            case ("GET", "event/next"):
                self._next(exchange)
            case ("POST", "init/error"):
                self._report(exchange, "InitError", "Extension.InitError", from_states=("Registered", "Started"))
            case ("POST", "exit/error"):
                states = ("Registered", "Ready", "Running")
                self._report(exchange, "ExitError", "Extension.ExitError", from_states=states)
            case _:
                not_found(exchange)

    def find(self, exchange: Exchange) -> Extension | None:
        """Who calls; answers for itself who is nobody."""
        identifier = exchange.headers.get(_IDENTIFIER, "")
        if not identifier:
            error(exchange, 403, "Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header")
            return None
        for extension in self.all.values():
            if extension.identifier == identifier:
                return extension
        if len(identifier) != 36:
            error(exchange, 403, "Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier")
        else:
            error(exchange, 403, "Extension.UnknownExtensionIdentifier", f"Unknown extension {identifier}")
        return None

    def _register(self, exchange: Exchange) -> None:
        name = exchange.headers.get("lambda-extension-name", "")
        if not name:
            error(exchange, 403, "Extension.InvalidExtensionName", "Empty extension name")
            return
        try:
            events = tuple(map(str, json.loads(bytes(exchange.body)).get("events") or ()))
        except (ValueError, AttributeError, TypeError, RecursionError) as problem:
            error(exchange, 403, "InvalidRequestFormat", str(problem))
            return
        extension = self._registering(exchange, name, events)
        if extension is None:
            return
        extension.state, extension.events = "Registered", events
        facts = self._facts
        answer = {"functionName": facts.name, "functionVersion": facts.version, "handler": facts.handler}
        if "accountId" in (part.strip() for part in exchange.headers.get("lambda-extension-accept-feature", "").split(",")):
            answer["accountId"] = facts.account
        head = f"Lambda-Extension-Identifier: {extension.identifier}\r\n".encode()
        exchange.answer(200, json.dumps(answer, separators=(",", ":")).encode(), headers=head)
        self._has_changed()

    def _registering(self, exchange: Exchange, name: str, events: tuple[str, ...]) -> Extension | None:
        """The one that may register; answers for itself who may not."""
        known = self.all.get(name)
        is_external = known is not None and known.is_external
        for event in events:
            if event not in _EVENTS:
                error(exchange, 403, "Extension.InvalidEventType", f"{event}: ErrorInvalidEventType")
                return None
            if event == "SHUTDOWN" and not is_external:
                text = f"{event}: ShutdownEventNotSupportedForInternalExtension"
                error(exchange, 403, "Extension.InvalidEventType", text)
                return None
        if known is not None and is_external:
            if known.state == "Started":
                return known
            self._refuse(exchange, known, "Registered")
        elif self.is_closed:
            error(exchange, 403, "Extension.RegistrationClosed", "Extension registration closed already")
        elif known is not None:
            error(exchange, 403, "Extension.InvalidExtensionState", "Extension with this name already registered")
        elif len(self.all) >= EXTENSIONS_MAX:
            error(exchange, 403, "Extension.TooManyExtensions", f"Extension limit ({EXTENSIONS_MAX}) reached")
        else:
            extension = self.all[name] = Extension(name, is_external=False)
            return extension
        return None

    def _next(self, exchange: Exchange) -> None:
        extension = self.find(exchange)
        if extension is None:
            return
        if extension.state not in ("Registered", "Ready", "Running"):
            self._refuse(exchange, extension, "Ready")
            return
        extension.waiting, extension.state = exchange, "Ready"
        if extension.event:
            extension.hand_over()
        self._has_changed()

    def _report(self, exchange: Exchange, state: str, failure: str, *, from_states: tuple[str, ...]) -> None:
        extension = self.find(exchange)
        if extension is None:
            return
        error_type = exchange.headers.get("lambda-extension-function-error-type", "")
        if not error_type:
            error(exchange, 403, "Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found")
        elif extension.state not in from_states:
            self._refuse(exchange, extension, state)
        else:
            extension.state = state
            exchange.answer(202, ACCEPTED)
            self._fail(failure, error_type)

    def _refuse(self, exchange: Exchange, extension: Extension, state: str) -> None:
        text = (
            f"State transition from {extension.state} to {state} failed for extension {extension.name}. "
            "Error: State transition is not allowed"
        )
        error(exchange, 403, "Extension.InvalidExtensionState", text)
