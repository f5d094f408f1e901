"""Layers that the platform provides where nobody has published them: the web adapter, under the names of AWS' own and ours.

https://github.com/awslabs/aws-lambda-web-adapter publishes its program as layers of account 753240598075.
"""

import io
import json
import stat
import zipfile
from functools import cache
from pathlib import Path

from msgspec import Struct

AWS_LABS_ACCOUNT = "753240598075"
AWS_LABS_NAMES = {"LambdaAdapterLayerX86": "x86_64", "LambdaAdapterLayerArm64": "arm64"}
WEB_ADAPTER_NAME = "lambent-web-adapter"  # in every account

_DESCRIPTION = "Lambda Web Adapter, as this platform has it"
_INSIDE = Path(__file__).parent / "inside"
_PROGRAMS = ("web_adapter.py", "web_requests.py")
# The function's own interpreter where the runtime is Python; else the machine's.
_BOOTSTRAP = """#!/bin/sh
case "${1##*/}" in
python*) python="$1" ;;
*) python=python3 ;;
esac
exec "$python" -I -S "${0%/*}/lambent/web_adapter.py"
"""


class ManagedLayer(Struct, frozen=True):
    """``content`` is its zip."""

    content: bytes
    description: str
    architectures: tuple[str, ...]


def managed_layer(account: str, name: str) -> ManagedLayer | None:
    """The layer of this name in this account; None where it is not one of ours."""
    if name == WEB_ADAPTER_NAME:
        return ManagedLayer(_web_adapter(), _DESCRIPTION, tuple(AWS_LABS_NAMES.values()))
    if account == AWS_LABS_ACCOUNT and name in AWS_LABS_NAMES:
        return ManagedLayer(_web_adapter(), _DESCRIPTION, (AWS_LABS_NAMES[name],))
    return None


def policy_of(account: str, name: str, arn: str) -> str:
    """Who may use a version of it: everybody, as AWS' own are shared. Empty where it is not one of ours."""
    if managed_layer(account, name) is None:
        return ""
    allowed = {"Sid": "public", "Effect": "Allow", "Principal": "*", "Action": "lambda:GetLayerVersion", "Resource": arn}
    return json.dumps({"Version": "2012-10-17", "Id": "default", "Statement": [allowed]})


@cache
def _web_adapter() -> bytes:
    """The same bytes each time, so that all functions share one unpacked copy."""
    files = {"bootstrap": _BOOTSTRAP}
    files |= {f"lambent/{name}": (_INSIDE / name).read_text() for name in _PROGRAMS}
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (stat.S_IFREG | 0o755) << 16
            bundle.writestr(entry, text)
    return memory.getvalue()
