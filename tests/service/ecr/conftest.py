"""What tests of ecr share: a client, docker's protocol spoken by hand, and a small image."""

import base64
import hashlib
import http.client
import json
from typing import Any

import pytest

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


@pytest.fixture
def ecr(client: Any) -> Any:
    return client("ecr")


class Registry:
    """A client of docker's protocol, at the host that names this account."""

    def __init__(self, url: str, host: str) -> None:
        self._address = url.removeprefix("http://")
        self.headers = {"Host": host}

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(self._address, timeout=30)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, self.headers | named)
            response = connection.getresponse()
            return response.status, {key.lower(): value for key, value in response.getheaders()}, response.read()
        finally:
            connection.close()

    def push_blob(self, name: str, data: bytes) -> str:
        digest = digest_of(data)
        assert self.ask("POST", f"/v2/{name}/blobs/uploads/?digest={digest}", data)[0] == 201
        return digest

    def push(self, name: str, tag: str, *layers: bytes) -> str:
        parts = [b"{}", *layers]
        told = [{"mediaType": "x/y", "digest": self.push_blob(name, part), "size": len(part)} for part in parts]
        body = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": told[0], "layers": told[1:]}
        text = json.dumps(body).encode()
        status, headers, answer = self.ask("PUT", f"/v2/{name}/manifests/{tag}", text, Content_Type=OCI_MANIFEST)
        assert status == 201, answer
        return headers["docker-content-digest"]

    def log_in(self, token: str) -> None:
        self.headers["Authorization"] = f"Basic {token}"


@pytest.fixture
def registry(platform: Any, account: str, ecr: Any) -> Registry:
    """With a repository called team/app."""
    ecr.create_repository(repositoryName="team/app")
    return Registry(platform.url, f"{account}.dkr.ecr.us-east-1.localhost:{platform.url.rpartition(':')[2]}")


@pytest.fixture
def basic() -> Any:
    return lambda user, password: base64.b64encode(f"{user}:{password}".encode()).decode()
