"""One test's account: its credentials, its clients, and the tools that work on it."""

import os
from collections.abc import Coroutine, Iterable
from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING, Any, Self, TypeVar
from unittest import mock

from lambent.core import ids
from lambent.core.clock import Work
from lambent.core.context import REGION_DEFAULT, Context
from lambent.durable.signals import Signals
from lambent.testing.clock import TurnableClock
from lambent.testing.deploying import Deployer
from lambent.testing.faults import Faults
from lambent.testing.functions import Function
from lambent.testing.logs import Logs
from lambent.testing.sdk import Sdk
from lambent.testing.watch import Received, Watch
from lambent.wire import constraints, models

if TYPE_CHECKING:
    from lambent.testing.platform import LocalPlatform

__tracebackhide__ = True  # pytest shows the line of the test that asked, not the way through here; --full-trace shows all

T = TypeVar("T")

SECRET = "test"  # noqa: S105  believed by platforms of tests, and by nobody else

ABSENT = (
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_DEFAULT_PROFILE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)
"""Variables that would lead a client to other credentials or another endpoint."""


class Account:
    """An account of its own on a ``LocalPlatform``: nothing in it before, nothing left of it afterwards.

    ``with platform.account() as aws:`` points the process' AWS variables at it, so that ``boto3.client("sqs")`` anywhere in the
    code under test reaches it too.
    """

    def __init__(self, platform: "LocalPlatform", *, number: str | None = None, region: str = REGION_DEFAULT) -> None:
        self.account = number or str(10**11 + int(ids.fraction() * 9 * 10**11))
        assert len(self.account) == 12, "an account has 12 digits"
        assert self.account.isdigit(), "an account has 12 digits"
        self.region = region
        self._platform = platform
        self._watch = Watch(lambda: platform.platform.clock.of(self.account))
        self._sdk = Sdk(self)
        self._patches = ExitStack()
        self.clock = TurnableClock(platform, self.account)
        self.logs = Logs(call=self.awaited, run=platform.run, signals=lambda: self.signals)
        self.deploy = Deployer(self)
        self.faults = Faults(self._watch, kill_busy=self._kill_busy, crash=platform.crash)
        self.functions: list[Function] = []  # that ``deploy`` made

    def __repr__(self) -> str:
        return f"<Account {self.account} at {self.endpoint_url}>"

    @property
    def endpoint_url(self) -> str:
        return self._platform.url

    @property
    def credentials(self) -> dict[str, str]:
        """As boto3 takes them: ``boto3.client("sqs", endpoint_url=aws.endpoint_url, **aws.credentials)``."""
        return {"aws_access_key_id": self.account, "aws_secret_access_key": SECRET}

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which AWS' tools find this account. They see no file of the user's, so no other account either."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": self.account,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
            "NO_PROXY": ",".join(filter(None, ("localhost,127.0.0.1", os.environ.get("NO_PROXY")))),
        }

    @property
    def variables_absent(self) -> tuple[str, ...]:
        """Variables that must not be set beside ``environment``."""
        return (*ABSENT, *(name for name in os.environ if name.startswith("AWS_ENDPOINT_URL_")))

    # ---- boto3 -------------------------------------------------------------------------------------------------------

    def client(self, service: str, **options: Any) -> Any:
        """``boto3.client`` of this account; ``options`` are its."""
        return self.session.client(service, **options)

    def resource(self, service: str, **options: Any) -> Any:
        """``boto3.resource`` of this account; ``options`` are its."""
        return self.session.resource(service, **options)

    @property
    def session(self) -> Any:
        """A ``boto3.Session`` of this account, whose clients go to the platform."""
        return self._sdk.session

    def as_boto3_default(self) -> AbstractContextManager[None]:
        """While the block runs, ``boto3.client`` anywhere in the process is of this account."""
        return self._sdk.as_default()

    # ---- from opening to closing -------------------------------------------------------------------------------------

    def open(self) -> Self:
        """Begins to watch the account; leaves the process' variables alone."""
        self._platform.watches.by_account[self.account] = self._watch
        return self

    def close(self) -> None:
        """Ends its faults and deletes all that it holds."""
        self._platform.watches.by_account.pop(self.account, None)
        self.faults.clear()
        if self._platform.is_running:
            self._platform.run(self._platform.platform.reset(self.account))

    def __enter__(self) -> Self:
        self.open()
        kept = {name: value for name, value in os.environ.items() if name not in self.variables_absent}
        self._patches.enter_context(mock.patch.dict(os.environ, kept | self.environment, clear=True))
        self._patches.enter_context(self.as_boto3_default())
        return self

    def __exit__(self, *_: object) -> None:
        self._patches.close()
        self.close()

    # ---- in process --------------------------------------------------------------------------------------------------

    def call(self, service: str, operation: str, **members: Any) -> dict[str, Any]:
        """Calls an operation without HTTP and without boto3, by AWS' names. Raises the ServiceError that it answers."""
        return self.run(self.awaited(service, operation, members))

    async def awaited(self, service: str, operation: str, members: dict[str, Any]) -> dict[str, Any]:
        """The same on the platform's own loop."""
        model = models.service(service).operation(operation)
        if model is not None:
            constraints.check(model, members)
        context = Context(
            account=self.account,
            region=self.region,
            request_id=ids.uuid4(),
            principal_arn=f"arn:aws:iam::{self.account}:root",
            endpoint_url=self.endpoint_url,
            access_key_id=self.account,
        )
        clocks = self._platform.platform.clock
        with Work(self.account, busy=clocks.requests, is_request=True):  # as one that came over HTTP
            return await self._platform.platform.call(context, service, operation, members)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self._platform.run(coroutine)

    @property
    def signals(self) -> Signals:
        return self._platform.platform.signals

    def function(self, created: dict[str, Any]) -> Function:
        """The function that CreateFunction or GetFunctionConfiguration has answered."""
        function = Function(call=self.call, logs=self.logs, received=self._received, created=created)
        self.functions.append(function)
        return function

    def _received(self, function_arn: str) -> Iterable[Received]:
        return list(self._watch.received[function_arn])

    def _kill_busy(self, function_arn: str) -> int:
        async def kill() -> int:
            pool = self._platform.platform.pool
            return pool.kill_busy(function_arn) if pool is not None else 0

        return self.run(kill())
