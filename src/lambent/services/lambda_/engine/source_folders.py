"""Code that is no archive but a folder of this machine, served as it stands there, and the debugger that such code may have.

It is asked for where S3Bucket is ``hot-reload`` and S3Key an absolute path, which tools that know no other way to name code can
say too.
"""

from collections.abc import Mapping
from typing import Any

from lambent.services.lambda_.engine import limits

BUCKET = "hot-reload"
DEBUG_PORT = "LAMBENT_DEBUG_PORT"
"""The variable of a function that has it wait for a debugger there."""
DEBUG_WAIT = "LAMBENT_DEBUG_WAIT"
"""Where this one says "true", a JVM waits too, before it runs anything; else debuggers attach to it whenever they like."""


def folder_named(source: Mapping[str, Any]) -> str:
    """The folder that the code of CreateFunction, or UpdateFunctionCode, names; empty where it is an archive or an image."""
    key = source.get("S3Key") or ""
    return key if source.get("S3Bucket") == BUCKET and key.startswith("/") and source.get("ZipFile") is None else ""


def waits_for_debugger(variables: Mapping[str, str]) -> bool:
    return bool(debug_port(variables)) and variables.get(DEBUG_WAIT) == "true"


def debug_port(variables: Mapping[str, str]) -> int:
    """0: no debugger is waited for."""
    text = variables.get(DEBUG_PORT, "")
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) <= limits.PORT_MAX else 0
