"""The pytest plugin: fixtures of a platform in the run's own process. What they need is imported when one of them is used."""

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from lambent.testing.account import Account
    from lambent.testing.clock import TurnableClock
    from lambent.testing.deploying import Deployer
    from lambent.testing.faults import Faults
    from lambent.testing.logs import Logs
    from lambent.testing.platform import LocalPlatform

LOG_MESSAGES_MAX = 200  # of a function, in the report of a failed test

_ACCOUNT: "pytest.StashKey[Account]" = pytest.StashKey()


@pytest.fixture(scope="session")
def lambent_options() -> dict[str, Any]:
    """Options of the run's LocalPlatform. Override it in conftest.py: ``return {"clock": "real"}``."""
    return {}


@pytest.fixture(scope="session")
def lambent(lambent_options: dict[str, Any]) -> "Iterator[LocalPlatform]":
    """The run's platform (each xdist worker has its own): state in memory, a free port, a clock that stands still."""
    from lambent.testing.platform import LocalPlatform

    with LocalPlatform(**{"clock": "virtual"} | lambent_options) as platform:
        yield platform


@pytest.fixture
def aws(lambent: "LocalPlatform", monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> "Iterator[Account]":
    """A fresh account; while the test runs, the process' AWS variables and boto3's default session point at it."""
    account = lambent.account()
    for name in account.variables_absent:
        monkeypatch.delenv(name, raising=False)
    for name, value in account.environment.items():
        monkeypatch.setenv(name, value)
    request.node.stash[_ACCOUNT] = account
    account.open()
    with account.as_boto3_default():
        yield account
    account.close()


@pytest.fixture
def clock(aws: "Account") -> "TurnableClock":
    """The account's clock: ``clock.advance(60)``."""
    return aws.clock


@pytest.fixture
def deploy(aws: "Account") -> "Deployer":
    """``deploy(handler)`` makes a function of a callable, a file, a folder or a zip."""
    return aws.deploy


@pytest.fixture
def logs(aws: "Account") -> "Logs":
    """``logs(function)``: what it wrote."""
    return aws.logs


@pytest.fixture
def faults(aws: "Account") -> "Faults":
    """Makes calls fail, environments die and the platform crash, for this test's account."""
    return aws.faults


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: "pytest.CallInfo[None]") -> Generator[None, Any, None]:
    """A test that failed shows what its functions wrote."""
    outcome = yield
    if call.when == "call" and _ACCOUNT in item.stash:
        report = outcome.get_result()
        if report.failed:
            report.sections += _log_sections(item.stash[_ACCOUNT])


def _log_sections(account: "Account") -> Iterator[tuple[str, str]]:
    for function in account.functions:
        messages = account.logs(function, with_platform_lines=True)
        if messages:
            yield f"lambent logs of {function.name}", "\n".join(messages[-LOG_MESSAGES_MAX:])
