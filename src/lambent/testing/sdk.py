"""boto3, which is the user's: imported when it is asked for, and made to see one account."""

import copy
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from lambent.core.errors import LambentError

if TYPE_CHECKING:
    from lambent.testing.account import Account


class Boto3Missing(LambentError):
    """boto3 is asked for and not installed."""

    def __init__(self) -> None:
        super().__init__(
            "client, resource and session are boto3's, and boto3 is not installed beside lambent: pip install boto3"
        )


class Sdk:
    """boto3 for one account."""

    def __init__(self, account: "Account") -> None:
        self._account = account

    @cached_property
    def session(self) -> Any:
        """Raises Boto3Missing."""
        core = _botocore_session()
        made = _session_class()(botocore_session=core, region_name=self._account.region, **self._account.credentials)
        made.lambent_endpoint_url = self._account.endpoint_url
        # Every boto3 session adds the same folder to the loader that all share.
        loader = core.get_component("data_loader")
        loader.search_paths[:] = dict.fromkeys(loader.search_paths)
        return made

    @contextmanager
    def as_default(self) -> Iterator[None]:
        """``boto3.client`` anywhere in the process uses this account, as it would in a process of its own.

        boto3 keeps the session that it made first, with the credentials of then: those of another test.
        """
        loaded: Any = sys.modules.get("boto3")
        before = loaded.DEFAULT_SESSION if loaded is not None else None
        if loaded is not None:
            loaded.DEFAULT_SESSION = self.session
        try:
            yield
        finally:
            loaded = sys.modules.get("boto3")  # it may have been imported meanwhile
            if loaded is not None:
                loaded.DEFAULT_SESSION = before


def _boto3() -> Any:
    try:
        import boto3
    except ImportError as error:
        raise Boto3Missing from error
    return boto3


@cache
def _shared() -> tuple[Any, Any]:
    """What is dear to make and the same for all accounts: AWS' models, once read, and botocore's own handlers, registered."""
    from botocore.hooks import HierarchicalEmitter
    from botocore.loaders import Loader
    from botocore.session import Session

    emitter = HierarchicalEmitter()
    Session(event_hooks=emitter)
    return Loader(), emitter


def _botocore_session() -> Any:
    from botocore.session import Session

    loader, emitter = _shared()
    core = Session(event_hooks=copy.copy(emitter), include_builtin_handlers=False)
    core.register_component("data_loader", loader)
    return core


@cache
def _session_class() -> Any:
    boto3 = _boto3()

    class AccountSession(boto3.Session):  # type: ignore[misc, name-defined]
        """A session whose clients go to the platform, whatever the process' variables say."""

        lambent_endpoint_url = ""

        def client(self, *args: Any, endpoint_url: str | None = None, **options: Any) -> Any:
            return super().client(*args, endpoint_url=endpoint_url or self.lambent_endpoint_url, **options)

    return AccountSession
