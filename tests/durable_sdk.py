"""AWS' durable execution SDK as functions bring it: beside their code, in their zip."""

import io
import zipfile
from pathlib import Path

import aws_durable_execution_sdk_python as sdk


def archive(app: str) -> bytes:
    """A zip of app.py and the SDK."""
    content, root = io.BytesIO(), Path(sdk.__file__).parent
    with zipfile.ZipFile(content, "w") as made:
        made.writestr("app.py", app)
        for file in root.rglob("*.py"):
            made.write(file, f"{root.name}/{file.relative_to(root)}")
    return content.getvalue()
