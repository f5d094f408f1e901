"""Layers that the platform provides where nobody has published them: the web adapter, under the names of AWS' own and ours.

https://github.com/awslabs/aws-lambda-web-adapter publishes its program as layers of account 753240598075.
"""

import io
import stat
import zipfile
from functools import cache
from pathlib import Path

AWS_LABS_ACCOUNT = "753240598075"
AWS_LABS_NAMES = frozenset(("LambdaAdapterLayerX86", "LambdaAdapterLayerArm64"))
WEB_ADAPTER_NAME = "lambent-web-adapter"  # in every account

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


def managed_layer(account: str, name: str) -> bytes | None:
    """The zip of the layer of this name in this account; None where it is not one of ours."""
    if name == WEB_ADAPTER_NAME or (account == AWS_LABS_ACCOUNT and name in AWS_LABS_NAMES):
        return _web_adapter()
    return None


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
