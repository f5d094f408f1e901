"""Signature Version 4, for requests that differ in their body only: some ten microseconds each.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

SERVICE = "lambda"


class Signer:
    """Signs for one host in one region."""

    def __init__(self, *, host: str, region: str) -> None:
        self._host, self._region = host, region
        self._keyed_by: tuple[str, str] = ("", "")
        self._key = _Keyed(b"")

    def signed(self, path: str, headers: Mapping[str, str], body: bytes, credentials: Any, now_s: float) -> list[str]:
        """The headers of a POST to ``path``, which is encoded. ``headers``: what else is sent and begins with x-amz-.

        ``credentials`` are what botocore calls frozen ones.
        """
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now_s))
        sent = {"host": self._host, "x-amz-date": moment, **headers}
        if credentials.token:
            sent["x-amz-security-token"] = credentials.token
        names = sorted(sent)
        canonical = "".join([f"{name}:{sent[name]}\n" for name in names])
        signed = ";".join(names)
        # Every service but S3 has the path encoded once more.
        request = f"POST\n{quote(path, safe='/~')}\n\n{canonical}\n{signed}\n{hashlib.sha256(body).hexdigest()}"
        scope = f"{moment[:8]}/{self._region}/{SERVICE}/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        signature = self._keyed(credentials.secret_key, moment[:8]).digest(text.encode()).hex()
        lines = [f"{name}: {value}" for name, value in sent.items()]
        lines.append(
            f"authorization: AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope}, "
            f"SignedHeaders={signed}, Signature={signature}"
        )
        return lines

    def _keyed(self, secret: str, day: str) -> "_Keyed":
        if (secret, day) != self._keyed_by:
            key = f"AWS4{secret}".encode()
            for part in (day, self._region, SERVICE, "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            self._key, self._keyed_by = _Keyed(key), (secret, day)
        return self._key


class _Keyed:
    """HMAC-SHA256 with a key of 32 bytes that has been taken in already. The library's own lets other threads run meanwhile."""

    def __init__(self, key: bytes) -> None:
        padded = key.ljust(64, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))

    def digest(self, message: bytes) -> bytes:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()
