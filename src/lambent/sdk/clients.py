"""The AWS clients of this process: one a service, region, endpoint and identity, from boto3's standard configuration."""

import os
import threading
from dataclasses import dataclass
from typing import Any

CONNECTIONS_MAX = 64  # of each client; idle ones cost nothing
REGION_DEFAULT = "us-east-1"  # where an endpoint of one's own is named and no region
ATTEMPTS_MAX = 5  # unless AWS_MAX_ATTEMPTS or the profile says otherwise

_IDENTITY = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE")

Key = tuple[object, ...]

_lock = threading.Lock()
_clients: dict[Key, Any] = {}
_sessions: dict[Key, Any] = {}
_accounts: dict[Key, str] = {}


@dataclass(frozen=True, slots=True)
class Target:
    """Where to: a region, of AWS or of an endpoint. ``endpoint_url`` None is AWS, or what boto3's configuration says."""

    region: str
    endpoint_url: str | None = None
    profile: str | None = None

    @classmethod
    def of(cls, *, region: str | None = None, endpoint_url: str | None = None, profile: str | None = None) -> "Target":
        """What is given, and for the rest what boto3's configuration says: variables, then the profile's file.

        Raises LookupError where no region is configured.
        """
        endpoint_url = endpoint_url or os.environ.get("AWS_ENDPOINT_URL") or None
        region = region or os.environ.get("AWS_REGION") or session_of(profile).region_name
        if region is None and endpoint_url is None:
            raise LookupError("no region is configured: set AWS_REGION, or give one (region=…, --region)")
        return cls(region or REGION_DEFAULT, endpoint_url, profile)

    @property
    def key(self) -> Key:
        """What is remembered of a target is remembered by this: it differs between identities in the environment."""
        return (self, *map(os.environ.get, _IDENTITY))

    @property
    def account(self) -> str:
        """The 12 digits of the account that the credentials are of; asked once."""
        if self.key not in _accounts:
            _accounts[self.key] = str(self.client("sts").get_caller_identity()["Account"])
        return _accounts[self.key]

    @property
    def partition(self) -> str:
        """The second part of ARNs there: ``aws``, ``aws-cn`` …"""
        from botocore.exceptions import UnknownRegionError

        try:
            return str(session_of(self.profile).get_partition_for_region(self.region))
        except UnknownRegionError:  # one of an endpoint of one's own
            return "aws"

    def function_arn(self, name_or_arn: str) -> str:
        """The ARN of a function there, which may be known by its name alone, with a version or alias or none."""
        if name_or_arn.startswith("arn:"):
            return name_or_arn
        return f"arn:{self.partition}:lambda:{self.region}:{self.account}:function:{name_or_arn.rpartition('function:')[2]}"

    def client(self, service: str, *, connections: int = CONNECTIONS_MAX, **config: Any) -> Any:
        """The boto3 client; the same for the same question, safe to share between threads. ``config`` is botocore's Config."""
        key = (self.key, service, connections, repr(sorted(config.items())))
        found = _clients.get(key)
        if found is not None:
            return found
        session = session_of(self.profile)
        with _lock:
            if key not in _clients:
                from botocore.config import Config

                settings = {"retries": _retries(session), "tcp_keepalive": True} | config
                _clients[key] = session.client(
                    service,
                    region_name=self.region,
                    endpoint_url=self.endpoint_url,
                    config=Config(max_pool_connections=connections, **settings),
                )
            return _clients[key]


def _retries(session: Any) -> dict[str, Any]:
    """What is configured stays; botocore's own default, five attempts with an older notion of what passes, does not."""
    configured = session._session.get_config_variable
    mode = "adaptive" if configured("retry_mode") == "adaptive" else "standard"
    return {"mode": mode} if configured("max_attempts") else {"mode": mode, "total_max_attempts": ATTEMPTS_MAX}


def session_of(profile: str | None) -> Any:
    """The boto3 session of a profile, as the process' identity is at present."""
    key = (profile, *map(os.environ.get, _IDENTITY))
    with _lock:
        if key not in _sessions:
            import boto3

            _sessions[key] = boto3.Session(profile_name=profile)
        return _sessions[key]


def _forked() -> None:
    """A connection that two processes use gives one the other's answers, and a lock that a thread held stays held."""
    global _lock
    _lock = threading.Lock()
    _clients.clear()
    _sessions.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
