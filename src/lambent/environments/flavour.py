"""Which zygote suits a function's code: one that has imported boto3 ahead, or a leaner one that forks in half the time.

Importing boto3 takes 160 ms, forking with it some 1 ms more than without: only code that speaks of it should pay for it, and
code that brings its own must not find ours in its way.
"""

import os
from collections.abc import Iterable
from pathlib import Path

SCANNED_BYTES_MAX = 16 * 1024 * 1024  # more code than this is taken to use boto3

_NAMES = (b"boto3", b"botocore")


def mentions_sdk(folders: Iterable[Path]) -> bool:
    """Whether any Python file below these folders names boto3 or botocore. Blocks; run it off the event loop."""
    scanned = 0
    for folder in folders:
        for parent, _, files in os.walk(folder):
            for name in files:
                if not name.endswith(".py"):
                    continue
                try:
                    text = (Path(parent) / name).read_bytes()
                except OSError:
                    return True  # what we may not read may say anything
                scanned += len(text)
                if scanned > SCANNED_BYTES_MAX or any(each in text for each in _NAMES):
                    return True
    return False
