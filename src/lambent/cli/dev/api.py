"""What lambent dev asks of the platform, operation by operation, with AWS' member names."""

import contextlib
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from lambent.cli.client import Client
from lambent.cli.failures import CommandFailure, Refused

_FUNCTIONS = "/2015-03-31/functions"
_LAYERS = "/2018-10-31/layers"
_URLS = "/2021-10-31/functions"
READY_S_MAX = 120.0  # the first function of a runtime may have to fetch its packages
_POLL_S = 0.02

PUBLIC = (
    {"StatementId": "lambent-dev-url", "Action": "lambda:InvokeFunctionUrl", "Principal": "*", "FunctionUrlAuthType": "NONE"},
    {"StatementId": "lambent-dev", "Action": "lambda:InvokeFunction", "Principal": "*", "InvokedViaFunctionUrl": True},
)


class Api:
    """One account's Lambda."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def find(self, name: str) -> dict[str, Any] | None:
        """GetFunction."""
        return self._unless_missing("GET", f"{_FUNCTIONS}/{quote(name, safe='')}")

    def create(self, parameters: Mapping[str, Any]) -> None:
        self._ask("POST", _FUNCTIONS, parameters)

    def update_configuration(self, name: str, changes: Mapping[str, Any]) -> None:
        self._ask("PUT", f"{_FUNCTIONS}/{quote(name, safe='')}/configuration", changes)

    def update_code(self, name: str, code: Mapping[str, Any]) -> None:
        self._ask("PUT", f"{_FUNCTIONS}/{quote(name, safe='')}/code", code)

    def delete(self, name: str) -> None:
        with contextlib.suppress(Refused):
            self._client.rest("lambda", "DELETE", f"{_FUNCTIONS}/{quote(name, safe='')}")

    def await_ready(self, name: str) -> dict[str, Any]:
        """The configuration, as soon as the function is active and no update is under way. Raises CommandFailure where one failed."""
        told = self.await_settled(name)
        if told["State"] == "Failed" or told.get("LastUpdateStatus") == "Failed":
            raise CommandFailure(f"{name}: {told.get('StateReason') or told.get('LastUpdateStatusReason')}")
        return told

    def await_settled(self, name: str) -> dict[str, Any]:
        """The configuration, as soon as nothing is under way: it may be updated, also where the last update has failed."""
        deadline = time.monotonic() + READY_S_MAX
        while True:
            told: dict[str, Any] = self._ask("GET", f"{_FUNCTIONS}/{quote(name, safe='')}/configuration")
            if told["State"] != "Pending" and told.get("LastUpdateStatus") != "InProgress":
                return told
            if time.monotonic() > deadline:
                raise CommandFailure(f"{name} was not ready within {READY_S_MAX:.0f} s")
            time.sleep(_POLL_S)

    def url(self, name: str) -> str:
        """The address of the function: what it has, or a public one that is made now."""
        path = f"{_URLS}/{quote(name, safe='')}/url"
        told = self._unless_missing("GET", path)
        if told is None:
            told = self._ask("POST", path, {"AuthType": "NONE"})
            for statement in PUBLIC:
                with contextlib.suppress(Refused):  # it is there already
                    self._ask("POST", f"{_FUNCTIONS}/{quote(name, safe='')}/policy", statement)
        return str(told["FunctionUrl"])

    def find_layer(self, name: str, description: str) -> str:
        """The ARN of the version of a layer that has this description; empty where none has."""
        told = self._unless_missing("GET", f"{_LAYERS}/{quote(name, safe='')}/versions")
        versions = (told or {}).get("LayerVersions") or []
        return next((each["LayerVersionArn"] for each in versions if each.get("Description") == description), "")

    def publish_layer(self, name: str, description: str, content: Mapping[str, Any]) -> str:
        told = self._ask("POST", f"{_LAYERS}/{quote(name, safe='')}/versions", {"Description": description, "Content": content})
        return str(told["LayerVersionArn"])

    def put_object(self, bucket: str, key: str, body: bytes) -> None:
        """Into a bucket that is made where it is not there."""
        place = ""
        if self._client.region != "us-east-1":
            place = (
                f"<CreateBucketConfiguration><LocationConstraint>{self._client.region}</LocationConstraint>"
                "</CreateBucketConfiguration>"
            )
        try:
            self._client.rest("s3", "PUT", f"/{bucket}", body=place.encode())
        except Refused as refused:
            if refused.code != "BucketAlreadyOwnedByYou":
                raise
        self._client.rest("s3", "PUT", f"/{bucket}/{quote(key)}", body=body)

    def delete_object(self, bucket: str, key: str) -> None:
        self._client.rest("s3", "DELETE", f"/{bucket}/{quote(key)}")

    def _unless_missing(self, method: str, path: str) -> dict[str, Any] | None:
        try:
            told: dict[str, Any] = self._ask(method, path)
            return told
        except Refused as refused:
            if refused.code == "ResourceNotFoundException":
                return None
            raise

    def _ask(self, method: str, path: str, parameters: Mapping[str, Any] | None = None) -> Any:
        headers = {"content-type": "application/json"} if parameters is not None else {}
        body = json.dumps(parameters).encode() if parameters is not None else b""
        return self._client.rest("lambda", method, path, headers=headers, body=body).json()
