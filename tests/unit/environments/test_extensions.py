"""Who may register when, which events reach whom, and when an invocation is over for extensions."""

import json

from tests.unit.environments.test_runtime_api import Exchange, refused

from lambent.environments import extensions
from lambent.environments.extensions import Extensions, FunctionFacts


class House:
    def __init__(self, *external: str) -> None:
        self.failures: list[tuple[str, str]] = []
        facts = FunctionFacts("f", "3", "app.handler", "111122223333")
        fail = lambda kind, text: self.failures.append((kind, text))  # noqa: E731
        self.all = Extensions(facts, has_changed=lambda: None, fail=fail)
        self.all.expect(external)

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Exchange:
        exchange = Exchange(method, "", json.dumps(body).encode(), **headers)
        exchange.path = extensions.PREFIX + path
        self.all.received(exchange)
        return exchange

    def register(self, name: str, *events: str, **headers: str) -> Exchange:
        return self.ask("POST", "register", {"events": list(events)}, lambda_extension_name=name, **headers)

    def next(self, name: str) -> Exchange:
        return self.ask("GET", "event/next", lambda_extension_identifier=self.all.all[name].identifier)


def test_who_registers_is_told_of_the_function():
    house = House("watcher")
    answer = house.register("watcher", "INVOKE", lambda_extension_accept_feature="accountId, other")
    told = {"functionName": "f", "functionVersion": "3", "handler": "app.handler", "accountId": "111122223333"}
    assert (answer.status, json.loads(answer.answered)) == (200, told)
    assert answer.head.decode() == f"Lambda-Extension-Identifier: {house.all.all['watcher'].identifier}\r\n"


def test_init_waits_for_all_to_register_and_to_ask():
    house = House("a", "b")
    house.register("a")
    assert not house.all.have_registered()
    house.register("b", "INVOKE")
    assert house.all.have_registered()
    house.next("a")
    assert not house.all.are_ready()
    house.next("b")
    assert house.all.are_ready()


def test_events_reach_those_that_asked_for_them():
    house = House("a", "b")
    house.register("a", "INVOKE", "SHUTDOWN")
    house.register("b", "SHUTDOWN")
    first, second = house.next("a"), house.next("b")
    house.all.tell("INVOKE", {"requestId": "r1"})
    assert json.loads(first.answered) == {"eventType": "INVOKE", "requestId": "r1"}
    assert not second.is_answered
    assert not house.all.are_done()
    again = house.next("a")
    assert house.all.are_done()
    house.all.tell("SHUTDOWN", {"shutdownReason": "spindown"})
    assert json.loads(again.answered)["eventType"] == json.loads(second.answered)["eventType"] == "SHUTDOWN"


def test_an_event_waits_for_who_is_still_busy():
    house = House("a")
    house.register("a", "INVOKE")
    house.next("a")
    house.all.tell("INVOKE", {"requestId": "r1"})
    house.all.tell("INVOKE", {"requestId": "r2"})
    assert json.loads(house.next("a").answered)["requestId"] == "r2"


def test_internal_ones_come_before_init_is_over_and_hear_no_shutdown():
    house = House()
    assert house.register("inner", "INVOKE").status == 200
    assert refused(house.register("inner", "INVOKE"))[1] == "Extension.InvalidExtensionState"
    assert refused(house.register("other", "SHUTDOWN"))[1] == "Extension.InvalidEventType"
    house.all.is_closed = True
    answer = refused(house.register("late"))
    assert answer == (403, "Extension.RegistrationClosed", "Extension registration closed already")


def test_what_cannot_be_is_refused():
    house = House("a")
    assert refused(house.ask("POST", "register", {}))[1] == "Extension.InvalidExtensionName"
    assert refused(house.ask("POST", "register", [], lambda_extension_name="a"))[1] == "InvalidRequestFormat"
    deep = Exchange("POST", "", b"[" * 200_000, lambda_extension_name="a")
    deep.path = f"{extensions.PREFIX}register"
    house.all.received(deep)
    assert refused(deep)[1] == "InvalidRequestFormat"
    assert refused(house.register("a", "OTHER"))[1] == "Extension.InvalidEventType"
    assert house.register("a").status == 200
    assert refused(house.register("a"))[1] == "Extension.InvalidExtensionState"
    assert refused(house.ask("GET", "event/next"))[1] == "Extension.MissingExtensionIdentifier"
    unknown = house.ask("GET", "event/next", lambda_extension_identifier="0" * 36)
    assert refused(unknown)[1] == "Extension.UnknownExtensionIdentifier"
    assert house.ask("GET", "other").status == 404
    for number in range(extensions.EXTENSIONS_MAX - 1):
        house.register(f"i{number}")
    assert refused(house.register("one more"))[2] == "Extension limit (10) reached"


def test_errors_that_extensions_tell_fail_the_environment():
    house = House("a")
    house.register("a")
    identifier = house.all.all["a"].identifier
    nameless = house.ask("POST", "init/error", {}, lambda_extension_identifier=identifier)
    assert refused(nameless)[1] == "Extension.MissingHeader"
    headers = {"lambda_extension_identifier": identifier, "lambda_extension_function_error_type": "Extension.Oops"}
    assert house.ask("POST", "init/error", {}, **headers).status == 202
    assert house.failures == [("Extension.InitError", "Extension.Oops")]
    assert refused(house.next("a"))[1] == "Extension.InvalidExtensionState"
