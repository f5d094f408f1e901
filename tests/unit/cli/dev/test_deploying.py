"""What lambent dev asks of the platform: no more than is different."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from lambent.cli.dev.deploying import Deployer
from lambent.cli.dev.functions import Function

FUNCTION = Function("f", Path("/home/ada/f"), "app.handler", "python3.12", "test", environment={"A": "1"}, timeout_s=9)
CODE = {"S3Bucket": "hot-reload", "S3Key": "/home/ada/f"}


class Api:
    """Remembers what was asked."""

    def __init__(self, found: dict[str, Any] | None = None) -> None:
        self.found = found
        self.told: dict[str, Any] = {}
        self.asked: list[tuple[str, Any]] = []

    def find(self, name: str) -> dict[str, Any] | None:
        return self.found

    def create(self, parameters: Any) -> None:
        self.asked.append(("create", parameters))

    def update_configuration(self, name: str, changes: Any) -> None:
        self.asked.append(("configuration", changes))

    def update_code(self, name: str, code: Any) -> None:
        self.asked.append(("code", code))

    def await_ready(self, name: str) -> dict[str, Any]:
        return self.told

    def await_settled(self, name: str) -> dict[str, Any]:
        return self.told

    def url(self, name: str) -> str:
        return "http://f"


def deployed(api: Api, function: Function = FUNCTION, **options: Any) -> Any:
    return Deployer(api, "000000000000", lambda _: None, **options).deploy(function)  # type: ignore[arg-type]


def configuration(**changes: Any) -> dict[str, Any]:
    told = {
        "Runtime": "python3.12",
        "Handler": "app.handler",
        "Timeout": 9,
        "MemorySize": 128,
        "Environment": {"Variables": {"A": "1"}},
    }
    return {"Configuration": told | changes, "Code": {"Location": "file:///home/ada/f"}}


def test_a_function_that_is_not_there_is_made_with_what_was_said() -> None:
    api = Api()
    served = deployed(api)
    assert (served.was_made, served.url) == (True, "http://f")
    ((kind, parameters),) = api.asked
    assert (kind, parameters["Code"], parameters["Timeout"]) == ("create", CODE, 9)
    assert "MemorySize" not in parameters


def test_an_update_that_failed_is_made_again_though_the_function_tells_what_is_wanted() -> None:
    api = Api(configuration(LastUpdateStatus="Failed"))
    deployed(api)
    ((kind, changes),) = api.asked
    assert (kind, changes["Environment"], changes["Timeout"]) == ("configuration", {"Variables": {"A": "1"}}, 9)


def test_a_function_that_is_as_described_is_let_be() -> None:
    api = Api(configuration())
    assert not deployed(api).was_made
    assert api.asked == []


def test_only_what_is_different_is_changed() -> None:
    api = Api(configuration(Handler="other.handler", MemorySize=1024))
    deployed(api)
    assert api.asked == [("configuration", {"Handler": "app.handler"})]


def test_code_that_is_elsewhere_comes_from_the_folder_now() -> None:
    api = Api(configuration() | {"Code": {"Location": "http://localhost/zip"}})
    deployed(api)
    assert api.asked == [("code", CODE)]


def test_a_debugged_function_is_told_its_port_and_later_that_it_has_none(tmp_path: Path) -> None:
    (tmp_path / "debugpy").mkdir()  # it brings the debugger itself
    function = Function("f", tmp_path, "app.handler", "python3.12", "test")
    api = Api()
    deployer = Deployer(api, "000000000000", lambda _: None, {"f": 5678})  # type: ignore[arg-type]
    deployer.deploy(function)
    assert api.asked[0][1]["Environment"] == {"Variables": {"LAMBENT_DEBUG_PORT": "5678"}}
    (tmp_path / "debugpy").rmdir()  # what is in the folder does not matter any more
    layers = [
        {"Arn": "arn:aws:lambda:us-east-1:1:layer:lambent-dev-debugpy:3"},
        {"Arn": "arn:aws:lambda:us-east-1:1:layer:own:1"},
    ]
    debugged = {"LAMBENT_DEBUG_PORT": "5678", "LAMBENT_DEBUG_WAIT": "true"}
    api.told = {"Environment": {"Variables": debugged | {"A": "1"}}, "Layers": layers}
    deployer.stop_debugging("f")
    assert api.asked[1][1] == {"Environment": {"Variables": {"A": "1"}}, "Layers": [layers[1]["Arn"]]}


def test_a_debugger_that_java_too_waits_for_is_said_in_a_variable() -> None:
    api = Api()
    java = replace(FUNCTION, runtime="java21", environment={})
    deployed(api, java, debug_ports={"f": 5005}, waits_for_debugger=True)
    variables = {"LAMBENT_DEBUG_PORT": "5005", "LAMBENT_DEBUG_WAIT": "true"}
    assert api.asked[0][1]["Environment"] == {"Variables": variables}


def test_no_address_is_made_where_none_is_wanted() -> None:
    assert deployed(Api(), has_urls=False).url == ""
